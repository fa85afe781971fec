"""The records port over SQL: each method runs one function on one connection, as one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, select

from trend_agent.items import Cursor, Lineage, Topic, Trend
from trend_agent.storage import Arrival, Balance, Fact, Health, Ingested, Settled, Told
from trend_agent.storage.sql import editions, ledger, log, settle, topics, trends
from trend_agent.storage.sql.schema import states

T = TypeVar("T")


class Database(Protocol):
    """Whatever runs a function on a connection as one transaction."""

    async def write(self, change: Callable[[Connection], T]) -> T: ...

    async def read(self, look: Callable[[Connection], T]) -> T: ...

    async def close(self) -> None: ...


class SqlRecords:
    """`Records` on SQLite or PostgreSQL; `configuration` is the hash the stages' states are kept under."""

    def __init__(self, database: Database, *, configuration: str = "") -> None:
        self.database = database
        self.configuration = configuration

    async def ingest(self, arrivals: Sequence[Arrival], *, cursor: Cursor | None = None) -> Ingested:
        return await self.database.write(lambda c: log.ingest(c, arrivals, cursor))

    async def pending(
        self, limit: int, *, after: int | None = None, until: int | None = None
    ) -> list[Arrival]:
        return await self.database.read(lambda c: log.pending(c, limit, after, until))

    async def settle(self, batch: Settled) -> None:
        await self.database.write(lambda c: settle.settle(c, batch, self.configuration))

    async def states(self, configuration: str) -> tuple[int, dict[str, bytes]]:
        wanted = select(states).where(states.c.configuration == configuration)

        def look(connection: Connection) -> tuple[int, dict[str, bytes]]:
            rows = list(connection.execute(wanted))
            places = {row.seq for row in rows}
            return (places.pop(), {row.stage: row.state for row in rows}) if len(places) == 1 else (0, {})

        return await self.database.read(look)

    async def settled_until(self) -> int:
        return await self.database.read(log.settled_until)

    async def publish(self, ranked: Sequence[Trend]) -> None:
        await self.database.write(lambda c: trends.publish(c, ranked))

    async def trends(self, *, limit: int = 50, after_rank: int = 0) -> list[Trend]:
        return await self.database.read(lambda c: trends.current(c, limit, after_rank))

    async def trend(self, topic: str) -> Trend:
        return await self.database.read(lambda c: trends.trend(c, topic))

    async def topic(self, topic: str) -> Topic:
        return await self.database.read(lambda c: topics.topic(c, topic))

    async def lineage(self, topic: str) -> list[Lineage]:
        return await self.database.read(lambda c: topics.changes(c, topic))

    async def members(self, topic: str, *, limit: int = 100, after: int = 0) -> list[Fact]:
        return await self.database.read(lambda c: topics.of_topic(c, topic, limit, after))

    async def placed(self, after: int, limit: int) -> tuple[list[Fact], int]:
        return await self.database.read(lambda c: topics.placed(c, after, limit))

    async def fate(self, *, item: str = "", address: str = "") -> list[Told]:
        return await self.database.read(lambda c: ledger.told(c, item, address))

    async def facts(self, *, since: datetime, until: datetime) -> list[Fact]:
        return await self.database.read(lambda c: topics.between(c, since, until))

    async def clock(self) -> datetime | None:
        return await self.database.read(topics.clock)

    async def series(self, topic: str) -> list[tuple[datetime, str, str, int, int]]:
        return await self.database.read(lambda c: topics.counts(c, topic))

    async def balance(self, *, source: str = "") -> Balance:
        return await self.database.read(lambda c: ledger.balance(c, source))

    async def cursor(self, source: str) -> Cursor:
        return await self.database.read(lambda c: log.cursor(c, source))

    async def tried(self, health: Health) -> None:
        await self.database.write(lambda c: log.tried(c, health))

    async def health(self) -> list[Health]:
        return await self.database.read(log.health)

    async def begin_run(self, kind: str, details: Mapping[str, Any]) -> int:
        return await self.database.write(lambda c: ledger.begin_run(c, kind, dict(details)))

    async def end_run(self, run: int, *, error: str = "", details: Mapping[str, Any] | None = None) -> None:
        await self.database.write(lambda c: ledger.end_run(c, run, error, dict(details) if details else None))

    async def edition(self) -> str:
        return await self.database.read(editions.edition)

    async def check(self) -> list[str]:
        return await self.database.read(ledger.unfit)

    async def logical_hash(self) -> str:
        return await self.database.read(ledger.logical_hash)

    async def close(self) -> None:
        await self.database.close()
