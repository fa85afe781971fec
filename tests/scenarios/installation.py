"""An installation in a folder of its own, and `trend` run there as its owner would."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from services import free_port

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]


class Installation:
    """A folder with its settings, and `trend` run there."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "sources.toml").write_text('[[rss]]\nurl = "http://feed.invalid/rss.xml"\n')
        self.environment = {
            **os.environ,
            "TREND_PORT": str(self.port),
            "TREND_SOURCES": str(folder / "sources.toml"),
            "TREND_RECORDS": f"sqlite:///{folder}/r.sqlite3",
            **{f"TREND_{name.upper()}": value for name, value in settings.items()},
        }
        self.begun: list[subprocess.Popen[bytes]] = []

    def up(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*TREND, "up"], stdout=log, stderr=log, env=self.environment, cwd=self.folder
            )
        self.begun.append(process)
        return process

    def run(self, *arguments: str, wanted: int = 0) -> str:
        """What a command prints that ends with the `wanted` code."""
        done = subprocess.run(
            [*TREND, *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        assert done.returncode == wanted, done.stdout + done.stderr
        return done.stdout.strip()

    def ask(self, path: str, *, key: str = "", **body: Any) -> Any:
        """What is answered at a path, to a POST where there is a body."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        data = json.dumps(body).encode() if body else None
        request = Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers)
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def end(self) -> None:
        for process in self.begun:
            process.kill()
            process.wait()

    def until(self, path: str, there: Callable[[Any], bool], *, seconds: float = 60) -> Any:
        """What is answered at a path, once it is so."""
        end, found = time.monotonic() + seconds, None
        while time.monotonic() < end:
            try:
                if there(found := self.ask(path)):
                    return found
            except (URLError, ConnectionError, TimeoutError) as fault:
                found = fault
            time.sleep(0.2)
        pytest.fail(f"{path}: {found}; {(self.folder / 'log').read_text()[-2000:]}")
