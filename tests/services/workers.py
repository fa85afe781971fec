"""Celery workers, each a process group of its own that can be killed, stopped and started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest


class Worker:
    """`celery -A APP worker`, with `processes` that do jobs."""

    def __init__(self, app: str, environment: Mapping[str, str], folder: Path, *, processes: int = 1) -> None:
        self.output = folder / "worker-output"
        command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", app, "worker", "--loglevel=info"]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "faults"), **environment}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [*command, f"--concurrency={processes}", "--without-gossip", "--without-mingle"],
                env=environment, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    def ready(self, *, seconds: float = 60) -> Worker:
        """Return when it takes jobs."""
        end = time.monotonic() + seconds
        while b" ready." not in self.told():
            if self.process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"the worker did not come up: {self.told()[-2000:].decode(errors='replace')}")
            time.sleep(0.05)
        return self

    def told(self) -> bytes:
        return self.output.read_bytes()

    def end(self, how: signal.Signals = signal.SIGTERM, *, seconds: float = 30) -> None:
        """End it: by SIGTERM it finishes what it has in hand, by SIGKILL all of its processes end at once."""
        if self.process.poll() is None:
            if how == signal.SIGKILL:
                os.killpg(self.process.pid, how)
            else:
                self.process.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


def ended(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.end(signal.SIGKILL)
