"""Workflows in `trend up`: asked for from outside, shown over HTTP, gone on with after a kill."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
WORKFLOW = """
name: asks
steps:
  - {kind: rank, limit: 5}
  - {kind: approval, name: ask}
  - {kind: rank, name: again, limit: 5}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """A folder with its settings, and `trend` run there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "sources.toml").write_text('[[rss]]\nurl = "http://feed.invalid/rss.xml"\n')
        (folder / "asks.yaml").write_text(WORKFLOW)
        self.environment = {
            **os.environ,
            "TREND_PORT": str(self.port),
            "TREND_SOURCES": str(folder / "sources.toml"),
            "TREND_RECORDS": f"sqlite:///{folder}/r.sqlite3",
        }
        self.begun: list[subprocess.Popen[bytes]] = []

    def up(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*TREND, "up"], stdout=log, stderr=log, env=self.environment, cwd=self.folder
            )
        self.begun.append(process)
        return process

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*TREND, *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def until(self, path: str, there: Callable[[Any], bool], *, seconds: float = 60) -> Any:
        """What is answered at a path, once it is so."""
        end, found = time.monotonic() + seconds, None
        while time.monotonic() < end:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                    if there(found := json.load(answer)):
                        return found
            except (URLError, ConnectionError, TimeoutError) as fault:
                found = fault
            time.sleep(0.2)
        pytest.fail(f"{path}: {found}; {(self.folder / 'log').read_text()[-2000:]}")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    found = Installation(tmp_path)
    yield found
    for process in found.begun:
        process.kill()
        process.wait()


def waits(found: Any) -> bool:
    return any(step["state"] == "approval" for step in found["steps"])


@pytest.mark.timeout(240)
def test_killed_while_a_workflow_is_under_way_it_goes_on_with_it_when_it_is_started_again(
    installation: Installation,
) -> None:
    first = installation.up()
    assert installation.until("/api/v1/workflows", lambda page: "executions" in page)["executions"] == []
    execution = installation.run("workflows", "run", "asks.yaml", "--detach")
    path = f"/api/v1/workflows/{execution}"
    before = installation.until(path, waits)
    assert (before["state"], before["steps"][0]["state"], before["executor"]) == ("running", "done", "local")
    first.send_signal(signal.SIGKILL)
    first.wait()
    installation.up()
    after = installation.until(path, lambda found: waits(found) and found["recoveries"] == 1)
    assert after["steps"][0] == before["steps"][0]
    assert installation.run("workflows", "approve", execution, "--by", "Ada") == f"{execution} is approved"
    done = installation.until(path, lambda found: found["state"] != "running")
    assert (done["state"], done["steps"][1]["result"]["by"]) == ("done", "Ada")
