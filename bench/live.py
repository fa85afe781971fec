"""How soon a change of the list reaches 1,000 who follow it: the server, the writer and the readers each a process.

    python -m bench.live [--readers N] [--changes N] [--on sqlite|postgres]

The writer publishes a list as another process would, so that the server learns of it by looking. A reader notes when
the last byte of the event has come. Every figure is of all readers and all changes; none is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import uvicorn
from tests.postgres_server import server as postgres

from bench.kept import keep
from bench.storage import records, trend
from trend_agent.api import application
from trend_agent.api.desk import Notice
from trend_agent.api.live import Live
from trend_agent.items import Trend
from trend_agent.storage import Listed
from trend_agent.storage.sql.postgres import Postgres, in_schema
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRENDS = 100
CHANGED = 10


@dataclass
class Desk:
    """Reads the published list."""

    records: SqlRecords
    index: None = None

    @property
    def collected(self) -> SqlRecords:
        return self.records

    async def trends(self, limit: int, as_of: datetime | None) -> Sequence[Trend]:
        return await self.records.trends(limit=limit)

    async def listed(self, limit: int, after_rank: int, as_of: datetime | None = None) -> Listed:
        return await self.records.listed(limit=limit, after_rank=after_rank, as_of=as_of)

    def notices(self) -> Sequence[Notice]:
        return []

    def ready(self) -> tuple[bool, dict[str, str]]:
        return True, {}


@asynccontextmanager
async def reading(place: str) -> AsyncIterator[SqlRecords]:
    """Records that another process writes to."""
    database = Postgres(place) if place.startswith("postgresql") else Sqlite(Path(place))
    try:
        yield SqlRecords(database)
    finally:
        await database.close()


def serve(place: str, port: int, readers: int) -> None:
    """The server's process."""

    async def run() -> None:
        async with reading(place) as book:
            desk: Any = Desk(book)
            live = Live(desk, most=readers + 10, per_address=readers + 10)
            app = application(desk, live=live)
            config = uvicorn.Config(
                app, host="127.0.0.1", port=port, log_level="error", access_log=False, ws="none", backlog=4096
            )
            await uvicorn.Server(config).serve()

    asyncio.run(run())


def made_list(number: int) -> list[Trend]:
    """The list of a moment: some trends have got items since the one before."""
    at = NOON + timedelta(minutes=number)
    ranked = [trend(n, n, at) for n in range(1, TRENDS + 1)]
    return [replace(t, items=30 + number) if t.rank <= CHANGED else t for t in ranked]


def write(place: str, orders: Connection) -> None:
    """The writer's process: publishes a list for each order, and says when that was on disk."""

    async def run() -> None:
        async with records(place) as book:
            while (number := await asyncio.to_thread(orders.recv)) is not None:
                began = time.monotonic()
                await book.publish(made_list(number))
                orders.send((began, time.monotonic()))

    asyncio.run(run())


class Reader(asyncio.Protocol):
    """Reads the stream from a bare socket, and notes when each change was there."""

    def __init__(self, heard: dict[int, list[float]], ready: list[int]) -> None:
        self.heard = heard
        self.ready = ready
        self.rest = b""

    def connection_made(self, transport: Any) -> None:
        transport.write(b"GET /api/v1/stream HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        *events, self.rest = (self.rest + data).split(b"\n\n")
        for event in events:
            if b"event: ready" in event:
                self.ready.append(1)
            elif b"event: trends" in event:
                told = json.loads(event.partition(b"data: ")[2].splitlines()[0])
                self.heard.setdefault(told["changed"][0]["items"] - 30, []).append(now)


async def follow(
    port: int, readers: int, changes: int, orders: Connection, server: psutil.Process
) -> dict[str, Any]:
    """The readers' process: this one."""
    loop = asyncio.get_running_loop()
    heard: dict[int, list[float]] = {}
    ready: list[int] = []
    transports = []
    for _ in range(readers):
        transport, _ = await loop.create_connection(lambda: Reader(heard, ready), "127.0.0.1", port)
        transports.append(transport)
    async with asyncio.timeout(60):
        while len(ready) < readers:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    late: list[float] = []
    busy = sum(server.cpu_times()[:2])
    for number in range(1, changes + 1):
        await asyncio.sleep(0.9 + 0.137 * (number % 3))
        orders.send(number)
        began, _ = await asyncio.to_thread(orders.recv)
        until = time.monotonic() + 20
        while len(heard.get(number, ())) < readers and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        late += [at - began for at in heard.get(number, ())]
    busy = sum(server.cpu_times()[:2]) - busy
    for transport in transports:
        transport.close()
    late.sort()
    return {
        "readers": readers,
        "changes": changes,
        "told": len(late),
        "missed": readers * changes - len(late),
        "seconds": {
            "median": round(statistics.median(late), 3),
            "p99": round(late[int(len(late) * 0.99)], 3),
            "last": round(late[-1], 3),
        },
        "servers_cpu_seconds_per_change": round(busy / changes, 3),
        "within_a_second": round(sum(one <= 1 for one in late) / len(late), 4),
        "load_of_the_machine": round(os.getloadavg()[0], 1),
    }


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def measured(place: str, readers: int, changes: int) -> dict[str, Any]:
    processes = multiprocessing.get_context("spawn")
    ours, theirs = processes.Pipe()
    writer = processes.Process(target=write, args=(place, theirs))
    writer.start()
    ours.send(0)
    ours.recv()
    port = free_port()
    server = processes.Process(target=serve, args=(place, port, readers))
    server.start()
    try:
        _wait_for(port)
        return asyncio.run(follow(port, readers, changes, ours, psutil.Process(server.pid)))
    finally:
        ours.send(None)
        writer.join(10)
        server.terminate()
        server.join(10)


def _wait_for(port: int) -> None:
    for _ in range(600):
        with closing(socket.socket()) as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


@contextmanager
def places(chosen: Sequence[str]) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="trend-live-") as folder:
        found = {"sqlite": str(Path(folder) / "records.sqlite3")} if "sqlite" in chosen else {}
        if "postgres" not in chosen:
            yield found
            return
        with postgres(("max_connections=100",)) as running:
            yield found | {"postgres": in_schema(running.url(), "bench_live")}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=10)
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgres"])
    arguments = parser.parse_args()
    with places(arguments.on) as found:
        keep(
            "live",
            {on: measured(place, arguments.readers, arguments.changes) for on, place in found.items()},
        )


if __name__ == "__main__":
    main()
