"""A wheel built from a clean tree holds the pages: who installs it needs no Node."""

import subprocess
import sys
from pathlib import Path
from shutil import copy2
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as pip would, from nothing but what is in the repository; installing for Node takes some seconds."""
    tree = tmp_path_factory.mktemp("tree")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in names:
        if name.startswith(("src/", "web/", "pyproject", "README", "LICENSE", "requirements/node")):
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copy2(ROOT / name, target)
    assert not (tree / "src" / "trend_agent" / "web" / "app").exists()
    build = "from hatchling.build import build_wheel; print(build_wheel('dist'))"
    made = subprocess.run(
        [sys.executable, "-c", build], cwd=tree, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return tree / "dist" / made.stdout.strip().splitlines()[-1]


def test_a_wheel_from_a_clean_tree_holds_the_pages(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    pages = {name.removeprefix("trend_agent/web/app/") for name in names if "/web/app/" in name}
    assert {"index.html", "static/icon.svg", "static/theme.js", "static/licenses.md"} <= pages
    scripts = [name for name in pages if name.startswith("assets/") and name.endswith(".js")]
    assert scripts
    assert any(f"{name}.gz" in pages for name in scripts)
    document = ZipFile(wheel).read("trend_agent/web/app/index.html").decode()
    assert any(f'src="/{name}"' in document for name in scripts)
    assert not [name for name in names if "node_modules" in name]
