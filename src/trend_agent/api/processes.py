"""Several processes that serve on one socket, kept alive by the one that began them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from trend_agent.api.server import GRACE_SECONDS, configured
from trend_agent.errors import Misconfigured
from trend_agent.observability.log import logger

log = logger("service")

LOOK = 0.2
"""Seconds between two looks at the processes."""

TOO_SOON = 5.0
"""Seconds a process should live at least: those that die sooner are begun again with a pause."""

MISCONFIGURED = 2
"""The exit code of a process that was asked for something impossible: so would the next one be."""


def keep_serving(serve: Callable[[Any], None], *, processes: int, host: str, port: int, drain: float) -> None:
    """Run `serve`, which is given the open socket, in so many processes until SIGINT or SIGTERM; one that dies is
    followed by another. `Misconfigured` where none can run."""
    socket = configured(None, host=host, port=port).bind_socket()
    try:
        _Crowd(serve, socket, processes, patience=drain + GRACE_SECONDS + 5).run()
    finally:
        socket.close()


class _Crowd:
    def __init__(self, serve: Callable[[Any], None], socket: Any, number: int, *, patience: float) -> None:
        self.serve = serve
        self.socket = socket
        self.patience = patience
        self.leaving = False
        self.running: list[tuple[BaseProcess, float]] = []
        self.number = number

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._leave)
        self.running = [self._begun() for _ in range(self.number)]
        try:
            while not self.leaving:
                time.sleep(LOOK)
                self.running = [self._looked_after(*one) for one in self.running]
        finally:
            self._stop()

    def _leave(self, _signal: int, _frame: FrameType | None) -> None:
        self.leaving = True

    def _begun(self) -> tuple[BaseProcess, float]:
        # Spawned, not forked: threads and locks of this process are nothing to inherit.
        process = get_context("spawn").Process(target=self.serve, args=(self.socket,))
        process.start()
        return process, time.monotonic()

    def _looked_after(self, process: BaseProcess, since: float) -> tuple[BaseProcess, float]:
        if process.is_alive() or self.leaving:
            return process, since
        if process.exitcode == MISCONFIGURED:
            raise Misconfigured("a serving process could not begin; it says above why")
        log.error("a serving process died; another one follows", code=process.exitcode)
        if time.monotonic() - since < TOO_SOON:
            time.sleep(1.0)
        return self._begun()

    def _stop(self) -> None:
        until = time.monotonic() + self.patience
        for process, _ in self.running:
            process.terminate()
        for process, _ in self.running:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
