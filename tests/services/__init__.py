"""Real servers for tests: each is started on free loopback ports in a folder of its own, and ended by its process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def absent(reason: str) -> NoReturn:
    """Skip what needs a server that is not here; where all have to be here, fail."""
    if os.environ.get("TREND_REQUIRE_SERVICES"):
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str, *folders: Path) -> str:
    """Where a program is, or else the test is skipped."""
    for folder in folders:
        if (folder / name).exists():
            return str(folder / name)
    return shutil.which(name) or absent(f"there is no {name} on this machine")


def wait_until(there: Callable[[], object], *, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not there():
        if time.monotonic() > end:
            pytest.fail(f"{what} did not come up within {seconds:g} s")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def as_user(name: str) -> list[str]:
    """What to put before a command that must not run as root."""
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups"] if os.geteuid() == 0 else []


class Server:
    """One server; `begin` says how it is started in `folder` and `ready` when it is. It can be started again."""

    owner = ""
    patience = 20.0

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"trend-{type(self).__name__.lower()}-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        if self.owner and os.geteuid() == 0:
            shutil.chown(self.folder, self.owner, self.owner)

    def begin(self) -> None:
        raise NotImplementedError

    def ready(self) -> bool:
        return listens(self.port)

    def start(self) -> None:
        self.begin()
        try:
            wait_until(self._up, seconds=self.patience, what=type(self).__name__)
        except BaseException:
            self.stop()
            raise

    def _up(self) -> bool:
        if self.process and self.process.poll() is not None:
            told = (self.folder / "output").read_text(errors="replace")[-2000:]
            pytest.fail(f"{type(self).__name__} ended at once: {told}")
        return self.ready()

    def spawn(self, command: Sequence[str], **more: Any) -> None:
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, cwd=self.folder, **more)

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def kill(self) -> None:
        self.stop(how=signal.SIGKILL)

    def pause(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
