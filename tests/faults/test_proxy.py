"""The fault proxy does what it says: a fault test over a proxy that injects nothing shows nothing."""

import asyncio
import time

import pytest
from proxy import Fault, Proxy


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1 << 16):
        writer.write(piece)
    writer.close()


async def ask(
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter], size: int = 4, seconds: float = 0.5
) -> float:
    """How long an echo takes; raises when there is none."""
    began = time.monotonic()
    line[1].write(b"x" * size)
    async with asyncio.timeout(seconds):
        await line[0].readexactly(size)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("down", (ConnectionError, asyncio.IncompleteReadError)),
        ("reset", ConnectionResetError),
        ("blackhole", TimeoutError),
        ("half-open", TimeoutError),
    ],
)
async def test_a_line_is_bad_in_its_own_way_and_a_new_one_is_good_again(
    fault: Fault, raised: type[Exception]
) -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        line = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await ask(line) < 0.4
        await proxy.set(fault)
        with pytest.raises(raised):
            await ask(line)
        if fault == "down":
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", proxy.port)
        await proxy.set(None)
        fresh = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await ask(fresh) < 0.4
        for _, writer in (line, fresh):
            writer.close()


async def test_a_line_can_be_slow_or_narrow() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1], seconds=0.2, rate=10_000) as proxy:
        line = await asyncio.open_connection("127.0.0.1", proxy.port)
        await proxy.set("latency")
        assert 0.4 <= await ask(line, seconds=5) < 1.5
        await proxy.set("bandwidth")
        assert 0.4 <= await ask(line, size=2000, seconds=5) < 1.5
        line[1].close()
