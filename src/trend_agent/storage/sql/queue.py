"""The queue as a table. Who holds a message is written in its row; a lease that ran out lets the next one take it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, case, func, select, text, update
from sqlalchemy import delete as delete_from

from trend_agent.errors import Conflict
from trend_agent.storage.ports.queue import (
    AT_ONCE,
    ATTEMPTS,
    DeadLetter,
    Delivery,
    Depth,
    Message,
    fit,
    named,
    worn_out,
)
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.schema import messages, millis

LOOK_AGAIN = 0.1
"""Seconds between two looks at an empty queue, for whoever waits."""


class SqlQueue:
    """`Queue` in the records' own database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def publish(self, queue: str, *found: Message, delay: timedelta = AT_ONCE) -> None:
        fit(found, delay)
        name = named(queue)
        if found:
            await self.database.write(lambda c: _publish(c, name, found, _ms(delay)))

    async def take(
        self,
        queue: str,
        *,
        limit: int = 1,
        wait: timedelta = AT_ONCE,
        lease: timedelta = timedelta(minutes=1),
    ) -> list[Delivery]:
        name, end = named(queue), asyncio.get_running_loop().time() + wait.total_seconds()
        while True:
            # Looking costs no write, of which SQLite has one at a time.
            if await self.database.read(lambda c: _ready(c, name)):
                taken = await self.database.write(lambda c: _take(c, name, limit, _ms(lease)))
                if taken:
                    return taken
            if asyncio.get_running_loop().time() >= end:
                return []
            await asyncio.sleep(LOOK_AGAIN)

    async def acknowledge(self, *deliveries: Delivery) -> None:
        lost = await self.database.write(lambda c: [d for d in deliveries if not _done(c, d)])
        if lost:
            raise _not_yours(lost)

    async def retry(self, delivery: Delivery, *, delay: timedelta = AT_ONCE) -> None:
        reason = worn_out(delivery.attempt)
        await self._give_back(delivery, dead=reason, delay=_ms(delay))

    async def bury(self, delivery: Delivery, *, reason: str) -> None:
        await self._give_back(delivery, dead=reason or "given up", delay=0)

    async def _give_back(self, delivery: Delivery, *, dead: str, delay: int) -> None:
        def change(connection: Connection) -> int:
            put = update(messages).where(*_held(delivery))
            return connection.execute(
                put.values(holder="", dead=dead[:500], due_at=_now(connection) + delay)
            ).rowcount

        if not await self.database.write(change):
            raise _not_yours([delivery])

    async def dead(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        wanted = (
            select(messages)
            .where(messages.c.queue == named(queue), messages.c.dead != "")
            .order_by(messages.c.due_at, messages.c.id)
            .limit(limit)
        )
        rows = await self.database.read(lambda c: c.execute(wanted).all())
        return [DeadLetter(Message(row.body, row.key, row.priority), row.dead) for row in rows]

    async def revive(self, queue: str) -> int:
        dead = update(messages).where(messages.c.queue == named(queue), messages.c.dead != "")
        return await self.database.write(
            lambda c: c.execute(dead.values(dead="", attempt=0, holder="", due_at=_now(c))).rowcount
        )

    async def depth(self, queue: str) -> Depth:
        name = named(queue)
        return await self.database.read(lambda c: _depth(c, name))

    async def check(self) -> list[str]:
        await self.depth("doctor")
        return []

    async def close(self) -> None:
        """The database is the records' and closed with them."""


def _ms(span: timedelta) -> int:
    return max(0, span // timedelta(milliseconds=1))


def _now(connection: Connection) -> int:
    """Milliseconds by one clock for all takers: the server's, where there is one."""
    if connection.dialect.name == "sqlite":
        return millis(datetime.now(UTC))
    return int(connection.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000")).scalar_one())


def _publish(connection: Connection, queue: str, found: Sequence[Message], delay: int) -> None:
    new = {"queue": queue, "due_at": _now(connection) + delay, "attempt": 0, "holder": "", "dead": ""}
    rows = [{**new, "key": m.key, "priority": m.priority, "body": m.body} for m in found]
    connection.execute(messages.insert(), rows)


def _ready(connection: Connection, queue: str) -> bool:
    waiting = select(messages.c.id).where(
        messages.c.queue == queue, messages.c.dead == "", messages.c.due_at <= _now(connection)
    )
    return connection.execute(waiting.limit(1)).first() is not None


def _take(connection: Connection, queue: str, limit: int, lease: int) -> list[Delivery]:
    now = _now(connection)
    due = [messages.c.queue == queue, messages.c.dead == "", messages.c.due_at <= now]
    lost = worn_out(ATTEMPTS)
    connection.execute(
        update(messages).where(*due, messages.c.attempt >= ATTEMPTS).values(dead=lost, holder="")
    )
    best = select(messages.c.id).where(*due).order_by(messages.c.priority.desc(), messages.c.id).limit(limit)
    ids = connection.scalars(best.with_for_update(skip_locked=True)).all()
    holder = uuid4().hex
    put = update(messages).where(messages.c.id.in_(ids))
    taken = put.values(due_at=now + lease, holder=holder, attempt=messages.c.attempt + 1)
    rows = connection.execute(taken.returning(messages)).all() if ids else []
    return [_delivery(row) for row in sorted(rows, key=lambda row: (-row.priority, row.id))]


def _delivery(row: Row[*tuple[object, ...]]) -> Delivery:
    message = Message(row.body, row.key, row.priority)
    return Delivery(row.queue, message, row.attempt, receipt=(row.id, row.holder))


def _held(delivery: Delivery) -> list[ColumnElement[bool]]:
    number, holder = delivery.receipt
    return [messages.c.id == number, messages.c.holder == holder, messages.c.dead == ""]


def _done(connection: Connection, delivery: Delivery) -> bool:
    return bool(connection.execute(delete_from(messages).where(*_held(delivery))).rowcount)


def _depth(connection: Connection, queue: str) -> Depth:
    due = (messages.c.dead == "") & (messages.c.due_at <= _now(connection))
    counted = select(
        func.coalesce(func.sum(case((due, 1), else_=0)), 0),
        func.coalesce(func.sum(case((messages.c.dead != "", 1), else_=0)), 0),
    ).where(messages.c.queue == queue)
    ready, dead = connection.execute(counted).one()
    return Depth(int(ready), int(dead))


def _not_yours(lost: Sequence[Delivery]) -> Conflict:
    return Conflict(
        f"the lease ran out: {len(lost)} messages of {lost[0].queue!r} are not this taker's any more"
    )
