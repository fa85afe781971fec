"""A world of one machine: 127.0.1.0/24 is the public internet, every other address must never be reached."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from ipaddress import ip_network

from aiohttp.abc import AbstractResolver

from trend_agent.egress import AddressPolicy, Http, Limits

PUBLIC = ip_network("127.0.1.0/24")

QUICK = Limits(deadline=1.0, connect=0.5, body=1 << 20, pace=0)


class Loopback(AddressPolicy):
    """Calls one range of this machine public, and any port a port of the web."""

    def reachable(self, address) -> bool:
        return address in PUBLIC

    def port(self, number: int | None) -> bool:
        return number is not None and number > 1024


class Names(AbstractResolver):
    """Answers a lookup with the next of the lists given for a name; the last one stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): lists for name, lists in answers.items()}

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        lists = self.answers[host]
        found = lists.pop(0) if len(lists) > 1 else lists[0]
        kind = socket.AF_INET
        return [
            {"hostname": host, "host": address, "port": port, "family": kind, "proto": 0, "flags": 0}
            for address in found
        ]

    async def close(self) -> None:
        pass


Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class World:
    """Servers that say exactly what a test tells them, and what they were asked."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.stack = stack
        self.asked: list[bytes] = []
        self.open = 0
        self.most_open = 0

    async def serve(self, answer: bytes | Raw, *, host: str = "127.0.1.1", tls=None) -> str:
        """The address of a server that says `answer` to each connection and closes it."""

        async def connected(reader, writer):
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            try:
                self.asked.append(await reader.readuntil(b"\r\n\r\n"))
                if callable(answer):
                    await answer(reader, writer)
                else:
                    writer.write(answer)
                    await writer.drain()
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                self.open -= 1
                writer.close()

        server = await asyncio.start_server(connected, host, 0, ssl=tls)
        self.stack.callback(server.close)
        return f"http://{host}:{server.sockets[0].getsockname()[1]}"

    async def http(self, **changes) -> Http:
        settings = {"policy": Loopback(), "limits": QUICK, **changes}
        return await self.stack.enter_async_context(Http(**settings))


def reply(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer; header names are written with `_` for `-`."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
