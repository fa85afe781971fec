"""The index of vectors belongs to one process: while that is the service, `trend search` asks it."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import orjson
import pytest

from services import free_port
from trend_agent.items import Item, plain

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
NOW = datetime.now(UTC)


def environment(folder: Path, port: int) -> dict[str, str]:
    (folder / "sources.toml").write_text('[[rss]]\nurl = "http://feed.invalid/rss.xml"\n')
    return {
        **os.environ,
        "TREND_RECORDS": f"sqlite:///{folder}/r.sqlite3",
        "TREND_SOURCES": f"{folder}/sources.toml",
        "TREND_PORT": str(port),
    }


def trend(folder: Path, port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TREND, *arguments], env=environment(folder, port), capture_output=True, text=True, check=False
    )


def indexed(port: int) -> Any:
    """What the service finds by its vectors, once it does."""
    end = time.monotonic() + 90
    where = f"http://127.0.0.1:{port}/api/v1/search?q=storm+coast&way=semantic"
    while time.monotonic() < end:
        try:
            with urlopen(where, timeout=10) as answer:
                page = json.loads(answer.read())
            if page["found"] and not page["degraded"]:
                return page
        except (URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.5)
    pytest.fail("the service has no index")


def test_a_search_while_the_service_runs_is_answered_by_it(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    items = [
        Item(f"w:{n}", "w", title, NOW - timedelta(minutes=n), lang="en")
        for n, title in enumerate(
            ("Storm hits the coast", "Bank cuts its rates", "Otters return to the river")
        )
    ]
    log = tmp_path / "items.jsonl"
    log.write_bytes(b"\n".join(orjson.dumps(plain(item), default=str) for item in items))
    done = trend(tmp_path, port, "run", str(log), "--records", f"{tmp_path}/r.sqlite3")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "log").open("wb") as out:
        up = subprocess.Popen([*TREND, "up"], env=environment(tmp_path, port), stdout=out, stderr=out)
    try:
        page = indexed(port)
        done = trend(tmp_path, port, "search", "storm coast", "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert [one["item"]["id"] for one in found] == [one["item"]["id"] for one in page["found"]]
        assert found[0]["item"]["id"] == "w:0"
        words = trend(tmp_path, port, "search", "--keyword", "storm coast", "--json")
        assert [one["item"]["id"] for one in json.loads(words.stdout)] == ["w:0"]
        astray = trend(tmp_path, other, "search", "storm coast")
        assert (astray.returncode, len(astray.stderr.splitlines())) == (1, 1), astray.stderr
        assert "open in another process" in astray.stderr
        assert f"asked at http://127.0.0.1:{other}" in astray.stderr
        doctor = json.loads(trend(tmp_path, port, "doctor", "--json").stdout)
        assert any("The index was not compared" in note for note in doctor["notes"])
    finally:
        up.kill()
        up.wait()
    mended = json.loads(trend(tmp_path, port, "doctor", "--mend", "--json").stdout)
    assert (mended["wrong"], mended["notes"][-1]) == ([], "the index was mended: 0 items stored, 0 deleted")
