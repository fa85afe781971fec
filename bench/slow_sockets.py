"""What good requests take while hundreds of others are slow: heads and bodies that never end, answers never read.

    python -m bench.slow_sockets [--sockets N] [--turns N] [--seconds S]

`trend serve` as its users start it is asked for its list by `wrk` over four connections, in turns without and with so
many slow sockets, which are opened again as soon as they are hung up on. Ratios are medians of the turns.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import socket
import statistics
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bench.api import LIST, TREND, free_port, made_key, prepare, running, unhindered
from bench.kept import keep

GOOD = 4
"""Connections of those who are not slow."""

TELL = """
done = function(summary, latency)
  io.write(string.format("p95 %d\\np50 %d\\n", latency:percentile(95), latency:percentile(50)))
end
"""
"""Has `wrk` tell percentiles, in microseconds."""


async def slow(port: int, said: bytes) -> None:
    """One who begins and never goes on, for ever."""
    while True:
        with suppress(OSError), socket.socket() as one:
            one.setblocking(False)  # the socket's own word
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(one, ("127.0.0.1", port))
            await loop.sock_sendall(one, said)
            if said.startswith(b"GET /api"):
                await asyncio.sleep(20)  # reads nothing
            else:
                await loop.sock_recv(one, 4096)
        await asyncio.sleep(0.1)


def sayings(key: str) -> list[bytes]:
    post = f"POST /api/v1/corrections HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n".encode()
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    unread = f"GET {LIST} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    return [head, post + b"Content-Length: 1000\r\n\r\n{", head, unread]


@asynccontextmanager
async def many(port: int, key: str, number: int) -> AsyncIterator[None]:
    said = sayings(key)
    tasks = [asyncio.create_task(slow(port, said[n % len(said)])) for n in range(number)]
    await asyncio.sleep(2)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def asked(port: int, key: str, seconds: float, script: Path) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{GOOD}", f"-d{seconds:g}s", "-s", str(script)]
    command += ["-H", f"Authorization: Bearer {key}", f"http://127.0.0.1:{port}{LIST}"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    told = (await process.communicate())[0].decode()
    assert "Non-2xx" not in told, told
    times = {name: int(micros) / 1000 for name, micros in re.findall(r"(p\d\d) (\d+)", told)}
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert rate, told
    return {"requests_per_second": float(rate[1]), "median_ms": times["p50"], "p95_ms": times["p95"]}


async def compared(port: int, key: str, number: int, turns: int, seconds: float, script: Path) -> Any:
    found: dict[str, list[dict[str, float]]] = {"without": [], "with": []}
    for _ in range(turns):
        found["without"].append(await asked(port, key, seconds, script))
        async with many(port, key, number):
            found["with"].append(await asked(port, key, seconds, script))
    ratios = [b["p95_ms"] / a["p95_ms"] for a, b in zip(found["without"], found["with"], strict=True)]
    return {
        "sockets": number,
        **{
            name: {part: round(statistics.median(one[part] for one in rows), 3) for part in rows[0]}
            for name, rows in found.items()
        },
        "p95_with_to_without": round(statistics.median(ratios), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.slow_sockets", description=__doc__)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-slow-") as folder:
        place, port = f"{folder}/r.sqlite3", free_port()
        asyncio.run(prepare(place, 1000))
        settings = unhindered(place, port)
        key = made_key(settings, "write")
        script = Path(folder) / "tell.lua"
        script.write_text(TELL)
        with running([*TREND, "serve"], port, {**settings, "BENCH_KEY": key}):
            found = asyncio.run(compared(port, key, given.sockets, given.turns, given.seconds, script))
    keep("slow_sockets", found)


if __name__ == "__main__":
    main()
