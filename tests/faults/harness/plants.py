"""Twelve bugs that are put into the platform on purpose: a harness that does not find them finds nothing.

Each is what somebody might write; `PLANTS` says which invariant it breaks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from sqlalchemy import Connection, delete, insert

from harness.effects import COST, QUEUE, Sender, _write, effects, messages_of, spent
from harness.platform import Platform
from trend_agent.errors import TrendError
from trend_agent.items import Cursor
from trend_agent.storage import Arrival, Health, Ingested, Settled
from trend_agent.storage.ports.queue import Message
from trend_agent.storage.sql.records import SqlRecords


class CursorBeforeCommit(Platform):
    """Notes where a source left off, then keeps what it brought."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.records = _Before(self.records)


class _Through:
    """Hands on what it does not do itself."""

    def __init__(self, records: Any) -> None:
        self._records = records

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)


class _Before(_Through):
    async def ingest(self, arrivals: Sequence[Arrival], *, cursor: Cursor | None = None) -> Ingested:
        if cursor:
            await self._records.ingest([], cursor=cursor)
        found: Ingested = await self._records.ingest(arrivals)
        return found


class SwallowsErrors(Platform):
    """Goes on when the database refuses."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.records = _Swallowing(self.records)


class _Swallowing(_Through):
    async def ingest(self, arrivals: Sequence[Arrival], *, cursor: Cursor | None = None) -> Ingested:
        with contextlib.suppress(TrendError):
            await self._records.ingest(arrivals)
        if cursor:
            await self._records.ingest([], cursor=cursor)
        return Ingested(0, 0)


class ByTheClock(Platform):
    """Goes on where the clock says it must be by now: every fetch moves it, kept or not."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.records = _ByTheClock(self.records, self.ground.folder)


class _ByTheClock(_Through):
    def __init__(self, records: Any, folder: Path) -> None:
        super().__init__(records)
        self.folder = folder

    async def ingest(self, arrivals: Sequence[Arrival], *, cursor: Cursor | None = None) -> Ingested:
        self._move(cursor)
        found: Ingested = await self._records.ingest(arrivals, cursor=cursor)
        return found

    async def trying(self, source: str, at: datetime) -> Cursor:
        await self._records.trying(source, at)
        return await self.cursor(source)

    async def tried(
        self, health: Health, arrivals: Sequence[Arrival] = (), *, cursor: Cursor | None = None
    ) -> Health:
        self._move(cursor)
        found: Health = await self._records.tried(health, arrivals, cursor=cursor)
        return found

    def _move(self, cursor: Cursor | None) -> None:
        if cursor:
            (self.folder / cursor.source).write_text(str(dict(cursor.value)["done"]))  # now, on the wall

    async def cursor(self, source: str) -> Cursor:
        clock = self.folder / source
        return Cursor(source, {"done": int(clock.read_text())} if clock.exists() else {})


class OutboxAfterCommit(Platform):
    """Puts messages in line when the batch is settled, in a transaction of their own."""

    def __post_init__(self) -> None:
        plain = SqlRecords(self.book.database, configuration=self.book.configuration)
        super().__post_init__()
        self.records = _After(self.records, plain, self.queue)


class _After(_Through):
    def __init__(self, records: Any, plain: SqlRecords, queue: Any) -> None:
        super().__init__(records)
        self.plain, self.queue = plain, queue

    async def settle(self, batch: Settled) -> None:
        self._records._points.reach("before settle")
        await self.plain.settle(batch)
        self._records._points.reach("after settle")
        await self.queue.publish(QUEUE, *messages_of(batch))


class Unconfirmed(OutboxAfterCommit):
    """Hands messages to a buffer that is emptied when there is time, and takes them for sent."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.buffer: list[Message] = []
        self.records.queue = self

    async def publish(self, _: str, *messages: Message) -> None:
        self.buffer += messages
        if len(self.buffer) > 30:
            await self.empty()

    async def empty(self) -> None:
        waiting, self.buffer = self.buffer, []
        await self.queue.publish(QUEUE, *waiting)

    async def process(self) -> int:
        done = await super().process()
        if not done:
            await self.empty()
        return done


class AcksEarly(Platform):
    """Acknowledges a message, then does what it asks."""

    def make_sender(self) -> Sender:
        return _Early(self.book, self.queue, self.ground.sink, self.points)


class _Early(Sender):
    async def some(self, *, limit: int = 50, wait: float = 0.0) -> int:
        taken = await self.queue.take(QUEUE, limit=limit)
        if taken:
            await self.queue.acknowledge(*taken)
            self.points.reach("acknowledged")
            await self.effect([d.message.key for d in taken])
            await self.charge([d.message.key for d in taken])
            for delivery in taken:
                self.post(delivery.message.key)
        return len(taken)


class NoInbox(Platform):
    """Does what a message asks whenever it comes."""

    def make_sender(self) -> Sender:
        return _NoInbox(self.book, self.queue, self.ground.sink, self.points)


class _NoInbox(Sender):
    async def effect(self, keys: Sequence[str]) -> None:
        await self.records.database.write(lambda c: c.execute(insert(effects), [{"key": k} for k in keys]))


class KnownInACache(Platform):
    """Remembers what was done beside the database, where it may be lost."""

    def make_sender(self) -> Sender:
        return _Cached(self.book, self.queue, self.ground.sink, self.points)


class _Cached(Sender):
    known: ClassVar[set[str]] = set()

    async def effect(self, keys: Sequence[str]) -> None:
        new = [key for key in keys if key not in self.known]
        if new:
            await self.records.database.write(lambda c: c.execute(insert(effects), [{"key": k} for k in new]))
        self.known.update(new)


class PostsAgain(Platform):
    """Asks the outside under a new key each time."""

    def make_sender(self) -> Sender:
        return _Again(self.book, self.queue, self.ground.sink, self.points)


class _Again(Sender):
    def post(self, key: str) -> None:
        self.sink.post(uuid4().hex, f"about {key}")


class BudgetInMemory(Platform):
    """Adds up what was spent and notes it when all is done."""

    def make_sender(self) -> Sender:
        return _InMemory(self.book, self.queue, self.ground.sink, self.points)

    async def whole(self) -> None:
        await super().whole()
        await self.sender.note()  # type: ignore[attr-defined]


class _InMemory(Sender):
    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.sums: dict[str, int] = {}

    async def charge(self, keys: Sequence[str]) -> None:
        self.sums |= dict.fromkeys(keys, COST)

    async def note(self) -> None:
        rows = [{"key": key, "sum": n} for key, n in self.sums.items()]

        def put(connection: Connection) -> None:
            connection.execute(delete(spent).where(spent.c.key.in_([row["key"] for row in rows])))
            if rows:
                connection.execute(insert(spent), rows)

        await self.records.database.write(put)


class NoRename(Platform):
    """Writes a file under the name it is read by."""

    async def tell(self) -> None:
        ids = [fact.item.id for fact in await self.book.facts_at(range(1, self.ground.world.items + 1))]
        _write(self.ground.report, ids, self.points)


class NoFencing(Platform):
    """Lets a lease run out and does not look whether it is still the holder's: two do one message's work."""

    def make_sender(self) -> Sender:
        return _Unfenced(self.book, self.queue, self.ground.sink, self.points)


class _Unfenced(Sender):
    """Believes that who holds the lease is alone, so that nobody has to ask whether a thing was done: it looks, and
    then it writes, and in between it may have slept."""

    async def effect(self, keys: Sequence[str]) -> None:
        from harness.effects import made

        done = set(await self.records.database.read(made))
        await self.nap("looked")
        rows = [{"key": key} for key in keys if key not in done]
        if rows:
            await self.records.database.write(lambda c: c.execute(insert(effects), rows))


PLANTS: dict[str, tuple[type[Platform], str]] = {
    "ack early": (AcksEarly, "I1"),
    "no inbox key": (NoInbox, "I2"),
    "cursor before commit": (CursorBeforeCommit, "I1"),
    "outbox after commit": (OutboxAfterCommit, "I1"),
    "lease without fencing": (NoFencing, "I2"),
    "dedupe in a cache only": (KnownInACache, "I2"),
    "retry of a request that is not idempotent": (PostsAgain, "I2"),
    "database error swallowed": (SwallowsErrors, "I1"),
    "publish without confirm": (Unconfirmed, "I1"),
    "no rename of a temporary file": (NoRename, "I9"),
    "budget in memory": (BudgetInMemory, "I12"),
    "watermark by wall clock": (ByTheClock, "I1"),
}
