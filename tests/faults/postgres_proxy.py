"""A door between us and a server on loopback that can be shut, or go on without anything coming through."""

import asyncio
from contextlib import suppress


class Proxy:
    """Passes bytes to `port` and back. `cut` ends what is open and refuses what comes; `hold` keeps all waiting."""

    def __init__(self, port: int) -> None:
        self.behind = port
        self.port = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._through = asyncio.Event()
        self._through.set()
        self._refusing = False

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        self._through.set()
        self._server.close()

    def cut(self) -> None:
        self._refusing = True
        for writer in list(self._open):
            writer.transport.abort()

    def hold(self) -> None:
        self._through.clear()

    def mend(self) -> None:
        self._refusing = False
        self._through.set()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        back, forth = await asyncio.open_connection("127.0.0.1", self.behind)
        self._open |= {writer, forth}
        await asyncio.gather(self._pass(reader, forth), self._pass(back, writer))
        self._open -= {writer, forth}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65536):
                await self._through.wait()
                writer.write(some)
                await writer.drain()
        writer.transport.abort()
