"""What leaves the records: messages in an outbox, effects that happen once, requests, a file, money."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select

from harness.points import Points
from trend_agent.errors import Conflict
from trend_agent.storage import Settled
from trend_agent.storage.exports import whole
from trend_agent.storage.ports.queue import Message
from trend_agent.storage.sql.inbox import first_time
from trend_agent.storage.sql.queue import SqlQueue, _publish
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.settle import settle

QUEUE = "kept"
LEASE = timedelta(seconds=2)
COST = 3

metadata = MetaData()
effects = Table(
    "harness_effects",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False),
)
spent = Table(
    "harness_spent",
    metadata,
    Column("key", String, primary_key=True),
    Column("sum", Integer, nullable=False),
)


class WithOutbox(SqlRecords):
    """Records that put a message for each kept item in line, in the transaction that keeps it."""

    async def settle(self, batch: Settled) -> None:
        found = messages_of(batch)

        def both(connection: Connection) -> None:
            settle(connection, batch, self.configuration)
            if found:
                _publish(connection, QUEUE, found, 0)

        await self.database.write(both, alone=True)


def messages_of(batch: Settled) -> list[Message]:
    return [Message(fate.item.encode(), key=fate.item) for fate in batch.fates if fate.verdict == "kept"]


class Sink:
    """The outside: a file that every request is appended to in one write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def post(self, key: str, body: str) -> None:
        line = json.dumps({"key": key, "body": body}).encode() + b"\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)

    def requests(self) -> list[dict[str, str]]:
        return (
            [json.loads(line) for line in self.path.read_bytes().splitlines()] if self.path.exists() else []
        )


class Sender:
    """Takes messages and does what they ask: a row that has to be there once, a request under the message's key, and
    what that costs, reserved before it is spent."""

    def __init__(self, records: SqlRecords, queue: SqlQueue, sink: Sink, points: Points) -> None:
        self.records = records
        self.queue = queue
        self.sink = sink
        self.points = points
        self.nap: Callable[[str], Awaitable[None]] = _awake

    async def some(self, *, limit: int = 50, wait: float = 0.0) -> int:
        """Do what some messages ask; returns how many that were."""
        taken = await self.queue.take(QUEUE, limit=limit, lease=LEASE, wait=timedelta(seconds=wait))
        if not taken:
            return 0
        self.points.reach("messages taken")
        await self.nap("taken")
        await self.effect([d.message.key for d in taken])
        self.points.reach("effects made")
        await self.charge([d.message.key for d in taken])
        self.points.reach("cost noted")
        for place, delivery in enumerate(taken):
            self.post(delivery.message.key)
            if not place:
                self.points.reach("first posted")
        with suppress(Conflict):  # somebody else had it in the meantime, and did the same
            await self.queue.acknowledge(*taken)
        self.points.reach("acknowledged")
        return len(taken)

    async def effect(self, keys: Sequence[str]) -> None:
        def make(connection: Connection) -> None:
            rows = [{"key": key} for key in keys if first_time(connection, "effects", key)]
            if rows:
                connection.execute(insert(effects), rows)

        await self.records.database.write(make)

    async def charge(self, keys: Sequence[str]) -> None:
        """Note what requests will cost before they are made, each once however often it is made."""

        def note(connection: Connection) -> None:
            rows = [{"key": key, "sum": COST} for key in keys if first_time(connection, "spent", key)]
            if rows:
                connection.execute(insert(spent), rows)

        await self.records.database.write(note)

    def post(self, key: str) -> None:
        self.sink.post(key, f"about {key}")


async def _awake(_: str) -> None:
    """Nobody sleeps."""


def made(connection: Connection) -> list[str]:
    return list(connection.scalars(select(effects.c.key)))


def money(connection: Connection) -> int:
    return connection.scalar(select(func.coalesce(func.sum(spent.c.sum), 0))) or 0


def write_report(path: Path, lines: Sequence[str], points: Points) -> None:
    """A file that is there whole or not at all."""
    with whole(path) as part:
        _write(part, lines, points)
    points.reach("report in place")


def _write(path: Path, lines: Sequence[str], points: Points) -> None:
    half = len(lines) // 2
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines[:half])
        file.flush()
        points.reach("half a report")
        file.writelines(f"{line}\n" for line in lines[half:])
        file.write("end\n")


def report(path: Path) -> list[str] | None:
    """The lines of the report; None where there is none. What is torn has no end."""
    return path.read_text().splitlines() if path.exists() else None
