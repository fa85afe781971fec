"""The whole in one process, as a newcomer starts it: filled within a minute, honest about what is shown."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]

NO_ANSWER = """
[[rss]]
url = "http://feed.invalid/rss.xml"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A `trend` that serves, and what it answers."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.port = free_port()
        (folder / "sources.toml").write_text(NO_ANSWER)
        environment = {
            **os.environ,
            "TREND_PORT": str(self.port),
            "TREND_SOURCES": str(folder / "sources.toml"),
            "TREND_RECORDS": f"sqlite:///{folder}/r.sqlite3",
        }
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*TREND, *arguments], stdout=log, stderr=log, env=environment, cwd=folder
            )

    def get(self, path: str) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def wait_for_trends(self, seconds: float) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if (found := self.json("/api/v1/trends"))["trends"]:
                    return found["trends"]
            except (URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.3)
        pytest.fail(f"no trends: {self.log.read_text()[-2000:]}")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, "up")
    yield running
    running.process.kill()
    running.process.wait()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, "demo", "--speed", "600")
    yield running
    running.process.kill()
    running.process.wait()


def test_without_a_network_the_page_is_filled_within_a_minute_and_says_from_what(up: Running) -> None:
    trends = up.wait_for_trends(60)
    assert len(trends) >= 20
    assert up.json("/readyz")["parts"]["trends"] == "made up"
    assert '<div id="root">' in up.get("/")
    end = time.monotonic() + 30
    while not (source := up.json("/api/v1/sources")["sources"][0])["failures"] and time.monotonic() < end:
        time.sleep(0.5)
    assert (source["host"], source["failures"] >= 1) == ("feed.invalid", True)
    assert up.json("/healthz")
    assert up.json("/readyz")
    first = trends[0]["topic"]
    assert up.json(f"/api/v1/trends/{first}")["topic"] == first
    items = up.json(f"/api/v1/trends/{first}/items")["items"]
    assert items
    with pytest.raises(HTTPError, match="404"):
        up.get("/api/v1/trends/t0000000000000000")
    assert up.stop() in (0, -signal.SIGTERM)


def test_a_port_in_use_is_said_before_any_work(up: Running, tmp_path: Path) -> None:
    up.wait_for_trends(60)
    environment = {
        **os.environ,
        "TREND_PORT": str(up.port),
        "TREND_RECORDS": f"sqlite:///{tmp_path}/other.sqlite3",
    }
    done = subprocess.run(
        [*TREND, "up"], env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 2
    assert str(up.port) in done.stderr.splitlines()[-1]
    assert not (tmp_path / "other.sqlite3").exists()


def test_the_demo_moves_on_while_one_watches(demo: Running) -> None:
    first = demo.wait_for_trends(60)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        later = demo.json("/api/v1/trends")["trends"]
        if later[0]["at"] > first[0]["at"]:
            break
        time.sleep(0.5)
    assert later[0]["at"] > first[0]["at"]
    assert len({lang for t in later for lang in t["languages"]}) >= 6
    assert demo.json("/readyz")["parts"]["trends"] == "made up"
