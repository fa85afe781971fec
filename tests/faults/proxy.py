"""A line to a server that can be made bad: slow, narrow, cut, dead, or silent without being closed."""

from __future__ import annotations

import asyncio
import socket
from typing import Literal

Fault = Literal["down", "reset", "blackhole", "half-open", "latency", "bandwidth"]
PIECE = 4096


class Proxy:
    """Listens on `port` of this machine and passes on to `target`; as an async context manager.

    down: new connections are refused and old ones closed. reset: every connection ends with RST after the
    first bytes. blackhole: connections are taken and nothing is passed on. half-open: those that are open fall
    silent, new ones work. latency: each piece takes `seconds` longer. bandwidth: `rate` bytes per second.
    """

    def __init__(self, target: int, *, seconds: float = 1.0, rate: int = 1024) -> None:
        self.target = target
        self.seconds = seconds
        self.rate = rate
        self.port = 0
        self.fault: Fault | None = None
        self.connections = 0
        self.carried = 0
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()

    async def __aenter__(self) -> Proxy:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._refuse()

    async def set(self, fault: Fault | None) -> None:
        was, self.fault = self.fault, fault
        if was == "down" and fault != "down":
            await self._listen()
        if fault == "down":
            await self._refuse()
        if fault == "reset":
            for line in list(self._lines):
                line.cut()
        if fault == "half-open":
            for line in list(self._lines):
                line.silent = True
        if fault is None:  # what was silent stays so, as a line does whose other end is gone
            for line in [line for line in self._lines if line.silent or was == "blackhole"]:
                line.silent = True

    async def passed(self, number: int) -> None:
        """Wait until so many bytes went through, either way."""
        while True:
            if self.carried >= number:
                return
            await asyncio.sleep(0.001)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        lines = list(self._lines)
        for line in lines:
            line.cut()
        await asyncio.gather(*(line.ended.wait() for line in lines))

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        line = _Line(self, reader, writer)
        self._lines.add(line)
        try:
            await line.carry()
        finally:
            self._lines.discard(line)
            line.ended.set()


class _Line:
    """One connection and its other half."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.proxy = proxy
        self.near = (reader, writer)
        self.silent = False
        self.ended = asyncio.Event()
        self._cut = asyncio.Event()

    async def carry(self) -> None:
        reader, writer = self.near
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.proxy.target)
        except OSError:
            writer.transport.abort()
            return
        tasks = [
            asyncio.create_task(self._pass(reader, far_writer)),
            asyncio.create_task(self._pass(far_reader, writer)),
            asyncio.create_task(self._cut.wait()),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in (writer, far_writer):
            _reset(end) if self._cut.is_set() else end.close()

    def cut(self) -> None:
        self._cut.set()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(PIECE):
            fault = self.proxy.fault
            if fault == "reset":
                self.cut()
                return
            if fault == "blackhole" or self.silent:
                self.silent = True
                continue
            if fault == "latency":
                await asyncio.sleep(self.proxy.seconds)
            if fault == "bandwidth":
                await asyncio.sleep(len(piece) / self.proxy.rate)
            self.proxy.carried += len(piece)
            target.write(piece)
            await target.drain()
        if self.silent:  # whoever closed is not heard of on the other side
            await asyncio.Event().wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST and not with FIN."""
    door = writer.get_extra_info("socket")
    if door is not None and door.fileno() >= 0:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    writer.transport.abort()
