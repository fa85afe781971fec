"""A source of somebody else, as the guide tells how to write one: built as a wheel, installed, found, and tested."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "howto" / "add-a-source.md"
FILE = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process in which the guide's wheel is installed, in a folder of its own."""
    written, place = tmp_path_factory.mktemp("stranger"), tmp_path_factory.mktemp("installed")
    for name, text in FILE.findall(GUIDE.read_text("utf-8")):
        file = written / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(written / "dist")]
    subprocess.run(build, cwd=written, check=True, capture_output=True)
    (wheel,) = (written / "dist").glob("*.whl")
    uv = Path(sys.executable).with_name("uv")
    install = [str(uv), "pip", "install", "--offline", "--no-deps", "--target", str(place), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    records = f"sqlite:///{place / 'records.sqlite3'}"
    return {**os.environ, "PYTHONPATH": str(place), "TREND_RECORDS": records}


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_guide_shows_a_source_of_at_most_thirty_lines() -> None:
    (code,) = (text for name, text in FILE.findall(GUIDE.read_text("utf-8")) if name.endswith(".py"))
    assert len(code.splitlines()) <= 30


def test_it_is_found_with_its_settings_and_can_be_added(installed: dict[str, str]) -> None:
    trend = "from trend_agent.cli import main; main()"
    kinds = json.loads(run(installed, "-c", trend, "sources", "kinds", "--json"))
    assert kinds["example"]["about"] == "Stories from Example News, by its public JSON list."
    assert [field["name"] for field in kinds["example"]["settings"]] == [
        "section",
        "root",
        "pages",
        "interval",
        "full_text",
    ]
    run(installed, "-c", trend, "sources", "add", "example", "section=sport")
    rows = json.loads(run(installed, "-c", trend, "sources", "--json"))
    assert [row["settings"] for row in rows if row["kind"] == "example"] == [{"section": "sport"}]


def test_it_passes_the_contract_of_all_sources_unchanged(installed: dict[str, str]) -> None:
    tests = ["tests/contracts/test_sources.py", "-k", "example]", "-q", "-p", "no:cacheprovider"]
    told = run(installed, "-m", "pytest", *tests)
    (passed,) = re.findall(r"(\d+) passed", told)
    assert int(passed) >= 12
