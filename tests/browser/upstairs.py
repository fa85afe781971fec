"""A whole `trend up` as its user starts it: a process of its own, with its key, its sources and its workflows."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
SOURCES = '[[rss]]\nurl = "https://feed.invalid/rss.xml"\n'
PATIENCE = 180


@dataclass(frozen=True)
class Upstairs:
    """Where it is served, and the administrator's key it made at its first start."""

    address: str
    key: str


def recorded(folder: Path, *parts: Iterable[str]) -> None:
    """Take lines of JSON into the records of a folder, before they are served; each part ends with a list."""
    for n, lines in enumerate(parts):
        file = folder / f"part-{n}.jsonl"
        file.write_text("\n".join(lines), encoding="utf-8")
        command = [*TREND, "run", str(file), "--records", str(folder / "records.sqlite3"), "--json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@contextmanager
def upstairs(folder: Path, command: Sequence[str] = (*TREND, "up")) -> Iterator[Upstairs]:
    (folder / "sources.toml").write_text(SOURCES)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    environment = {
        **os.environ,
        "TREND_PORT": str(port),
        "TREND_SOURCES": str(folder / "sources.toml"),
        "TREND_RECORDS": f"sqlite:///{folder}/records.sqlite3",
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, folder / "log")
        yield Upstairs(address, next(folder.glob("records.*-key")).read_text().strip())
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"{address}/healthz", timeout=10):
                return
        except (URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"it did not come up:\n{log.read_text()[-2000:]}")
