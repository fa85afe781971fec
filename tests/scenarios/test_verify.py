"""A reader checks a list: written by one command, verified by another, and any change to it is found."""

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from trend_agent.items import plain
from trend_agent.sources.demo import World

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]


def trend(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TREND, *arguments], capture_output=True, text=True, check=False, timeout=110)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a small world, with its list exported."""
    place = tmp_path_factory.mktemp("verify")
    world = World(seed=3, days=1.5, per_day=400, until=datetime(2026, 3, 1, 12, tzinfo=UTC))
    lines = [orjson.dumps(plain(item), default=str) for item in world.items()]
    (place / "world.jsonl").write_bytes(b"\n".join(lines))
    done = trend(
        "run",
        str(place / "world.jsonl"),
        "--records",
        str(place / "r"),
        "--top",
        "15",
        "--export",
        str(place / "list"),
    )
    assert done.returncode == 0, done.stderr
    return place


def test_what_was_exported_verifies(folder: Path) -> None:
    done = trend("verify", str(folder / "list"))
    assert (done.returncode, done.stdout.strip()) == (0, "15 scores computed again, all as written")
    assert (
        trend(
            "top", "--records", str(folder / "r"), "--top", "15", "--export", str(folder / "again")
        ).returncode
        == 0
    )
    assert (folder / "again").read_bytes() == (folder / "list").read_bytes()


def test_a_changed_number_is_named(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "list").read_text().splitlines()]
    rows[4]["items"][0]["weight"] *= 2
    changed = folder / "changed"
    changed.write_text("\n".join(json.dumps(row) for row in rows))
    done = trend("verify", str(changed))
    assert done.returncode == 1
    assert (
        f"line 5 (topic {rows[4]['topic']}): items[0] ({rows[4]['items'][0]['id']}) was changed"
        in done.stderr
    )
    assert "the weight of items[0] says" in done.stderr


def test_what_is_no_export_is_refused(folder: Path) -> None:
    done = trend("verify", str(folder / "world.jsonl"))
    assert done.returncode == 2
    assert "an export begins with a line of kind 'list'" in done.stderr
    assert trend("verify", str(folder / "nothing")).returncode == 2


def test_a_place_is_explained_with_what_would_alter_it(folder: Path) -> None:
    done = trend("why", "2", "--records", str(folder / "r"))
    assert done.returncode == 0, done.stderr
    assert "score" in done.stdout
    words = " ".join(done.stdout.split())
    assert "stand above “" in words or "bring it above “" in words
    assert "stand below “" in words or "bring it below “" in words
    other = trend("why", "2", "--records", str(folder / "r"), "--horizon", "week", "--json")
    assert json.loads(other.stdout)["configuration"] not in done.stdout
    assert "not among the" in trend("why", "999", "--records", str(folder / "r")).stderr


def test_the_verdict_is_the_same_fact_as_json(folder: Path) -> None:
    done = trend("verify", str(folder / "list"), "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"scores": 15, "wrong": []})


def test_a_gzip_stream_cut_off_is_named_and_no_abort(folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress((folder / "list").read_bytes())[:-40])
    done = trend("verify", str(cut))
    assert done.returncode == 2
    assert done.stderr.startswith(f"trend: cannot read {str(cut)!r}: the gzip stream is broken")
