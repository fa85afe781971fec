"""The records port over SQL: each method runs one function on one connection, as one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from trend_agent.items import Call, Correction, Cursor, Lineage, Outcome, Topic, Trend
from trend_agent.storage import (
    About,
    Arrival,
    Balance,
    Choice,
    Count,
    Fact,
    Gap,
    Health,
    Ingested,
    Keep,
    Listed,
    Run,
    Seen,
    Settled,
    Subscription,
    Told,
    Visit,
)
from trend_agent.storage.sql import (
    calls,
    corrections,
    dump,
    editions,
    engine,
    keep,
    ledger,
    log,
    orders,
    past,
    roster,
    search,
    settle,
    topics,
    trends,
    window,
)
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.schema import items, members, states
from trend_agent.storage.sql.topics import between

T = TypeVar("T")


class SqlRecords:
    """`Records` on SQLite or PostgreSQL; `configuration` is the hash the stages' states are kept under."""

    def __init__(self, database: Database, *, configuration: str = "") -> None:
        self.database = database
        self.configuration = configuration

    async def ingest(self, arrivals: Sequence[Arrival], *, cursor: Cursor | None = None) -> Ingested:
        return await self.database.write(lambda c: log.ingest(c, arrivals, cursor))

    async def known(self, items: Sequence[str]) -> set[str]:
        return await self.database.read(lambda c: log.known(c, items))

    async def pending(
        self, limit: int, *, after: int | None = None, until: int | None = None
    ) -> list[Arrival]:
        return await self.database.read(lambda c: log.pending(c, limit, after, until))

    async def settle(self, batch: Settled) -> None:
        await self.database.write(lambda c: settle.settle(c, batch, self.configuration), alone=True)

    async def correct(
        self, correction: Correction, lineage: Sequence[Lineage], *, after: int, order: str = ""
    ) -> Correction:
        def change(connection: Connection) -> Correction:
            made = corrections.correct(connection, correction, lineage, after)
            orders.answered(connection, order, made)
            return made

        return await self.database.write(change, alone=True)

    async def corrections(self, *, after: int = 0) -> list[Correction]:
        return await self.database.read(lambda c: corrections.made(c, after))

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
        await self.database.write(lambda c: trends.publish(c, ranked), alone=True)

    async def trends(self, *, limit: int = 50, after_rank: int = 0) -> list[Trend]:
        return await self.database.read(lambda c: trends.current(c, limit, after_rank))

    async def listed(self, *, limit: int = 50, after_rank: int = 0, as_of: datetime | None = None) -> Listed:
        if as_of is not None:
            return await self.database.read(
                lambda c: trends.listed_then(c, as_of, limit, after_rank), single=True
            )
        return await self.database.read(lambda c: trends.listed(c, limit, after_rank), single=True)

    async def published(self, at: datetime) -> list[Trend]:
        return await self.database.read(lambda c: trends.of_moment(c, at))

    async def trend(self, topic: str) -> Trend:
        return await self.database.read(lambda c: trends.trend(c, topic))

    async def places(
        self, topic: str, *, since: datetime | None = None, until: datetime | None = None, limit: int = 1000
    ) -> list[Trend]:
        def look(connection: Connection) -> list[Trend]:
            return past.places(connection, topics.topic(connection, topic).id, since, until, limit)

        return await self.database.read(look)

    async def names(self, topic: str) -> list[str]:
        return await self.database.read(lambda c: past.names(c, topic))

    async def others(
        self, *, since: datetime, until: datetime, least: int, most: int
    ) -> list[list[tuple[datetime, int]]]:
        return await self.database.read(lambda c: past.others(c, since, until, least, most))

    async def counts(self, *, since: datetime, until: datetime) -> list[Count]:
        return await self.database.read(lambda c: past.counts(c, since, until))

    async def topics_since(self, since: datetime | None = None) -> int:
        return await self.database.read(lambda c: past.topics_since(c, since))

    async def topic(self, topic: str) -> Topic:
        return await self.database.read(lambda c: topics.topic(c, topic))

    async def lineage(self, topic: str) -> list[Lineage]:
        return await self.database.read(lambda c: topics.changes(c, topic))

    async def members(self, topic: str, *, limit: int = 100, after: int = 0) -> list[Fact]:
        return await self.database.read(lambda c: topics.of_topic(c, topic, limit, after))

    async def newest(self, keys: Collection[str], *, limit: int) -> dict[str, list[Fact]]:
        return await self.database.read(lambda c: topics.newest(c, keys, limit))

    async def first_names(self, keys: Collection[str]) -> dict[str, str]:
        return await self.database.read(lambda c: trends.first_names(c, keys))

    async def search(
        self,
        text: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Collection[str] = (),
        languages: Collection[str] = (),
        topics: Collection[str] = (),
        limit: int = 50,
    ) -> list[Fact]:
        among = {items.c.source: sources, items.c.lang: languages, members.c.topic: topics}
        return await self.database.read(lambda c: search.search(c, text, since, until, among, limit))

    async def reindex(self) -> None:
        """Make the index for searching anew from the items."""
        await self.database.write(search.rebuild, alone=True, patient=True)

    async def placed(self, after: int, limit: int) -> tuple[list[Fact], int]:
        return await self.database.read(lambda c: topics.placed(c, after, limit))

    async def originals(self, *, until: int | None = None) -> set[str]:
        return await self.database.read(lambda c: topics.originals(c, until), patient=True)

    async def standing(self, items: Sequence[str]) -> list[Fact]:
        return await self.database.read(lambda c: topics.standing(c, items))

    async def fate(self, *, item: str = "", address: str = "") -> list[Told]:
        return await self.database.read(lambda c: ledger.told(c, item, address))

    async def facts(
        self, *, since: datetime, until: datetime, topics: Collection[str] | None = None
    ) -> list[Fact]:
        def look(connection: Connection) -> list[Fact]:
            keep.require(connection, since)
            return between(connection, since, until, topics)

        return await self.database.read(look)

    async def holders(self, items: Collection[str], *, at: datetime) -> dict[str, str]:
        def look(connection: Connection) -> dict[str, str]:
            parts = settle.sliced(sorted(items))
            return {
                key: topic for part in parts for key, topic in topics.holders(connection, part, at).items()
            }

        return await self.database.read(look)

    async def register(self, made: Sequence[Call]) -> None:
        await self.database.write(lambda c: calls.register(c, made))

    async def resolve(self, outcomes: Sequence[Outcome]) -> None:
        await self.database.write(lambda c: calls.resolve(c, outcomes))

    async def calls(self, *, unresolved: bool = False) -> list[tuple[Call, Outcome | None]]:
        return await self.database.read(lambda c: calls.made(c, unresolved=unresolved))

    async def seen(
        self, *, since: datetime, until: datetime, after_seq: int = 0, after_move: int = 0
    ) -> Seen:
        def look(connection: Connection) -> Seen:
            keep.require(connection, since)
            return window.seen(connection, since, until, after_seq, after_move)

        return await self.database.read(look)

    async def facts_at(self, places: Sequence[int]) -> list[Fact]:
        return await self.database.read(lambda c: window.facts_at(c, places))

    async def clock(self) -> datetime | None:
        return await self.database.read(topics.clock)

    async def beginning(self) -> datetime | None:
        return await self.database.read(topics.beginning)

    async def series(self, topic: str) -> list[tuple[datetime, str, str, int, int]]:
        return await self.database.read(lambda c: topics.counts(c, topic))

    async def balance(self, *, source: str = "") -> Balance:
        return await self.database.read(lambda c: ledger.balance(c, source))

    async def cursor(self, source: str) -> Cursor:
        return await self.database.read(lambda c: log.cursor(c, source))

    async def cursors(self) -> dict[str, Cursor]:
        return await self.database.read(log.all_cursors)

    async def resume(self, source: str) -> None:
        await self.database.write(lambda c: log.resume(c, source))

    async def trying(self, source: str, at: datetime) -> Cursor:
        def begin(connection: Connection) -> Cursor:
            log.trying(connection, source, at)
            return log.cursor(connection, source)

        return await self.database.write(begin)

    async def rest(self, where: str, until: datetime) -> None:
        await self.database.write(lambda c: log.rest(c, where, until))

    async def rests(self, at: datetime) -> dict[str, datetime]:
        return await self.database.read(lambda c: log.rests(c, at))

    async def tried(
        self, health: Health, arrivals: Sequence[Arrival] = (), *, cursor: Cursor | None = None
    ) -> Health:
        def keep_it(connection: Connection) -> Health:
            whole = log.counted(connection, health, arrivals, cursor)
            log.tried(connection, whole)
            roster.visited(connection, whole)
            return whole

        return await self.database.write(keep_it)

    async def health(self) -> list[Health]:
        return await self.database.read(log.health)

    async def visits(self, since: datetime) -> list[Visit]:
        return await self.database.read(lambda c: roster.since(c, since))

    async def choose(self, choice: Choice) -> None:
        await self.database.write(lambda c: roster.choose(c, choice))

    async def unchoose(self, source: str) -> None:
        await self.database.write(lambda c: roster.unchoose(c, source))

    async def choices(self) -> list[Choice]:
        return await self.database.read(roster.chosen)

    async def subscribe(self, subscription: Subscription) -> None:
        await self.database.write(lambda c: roster.subscribe(c, subscription))

    async def unsubscribe(self, source: str) -> None:
        await self.database.write(lambda c: roster.unsubscribe(c, source))

    async def subscriptions(self) -> list[Subscription]:
        return await self.database.read(roster.subscribed)

    async def begin_run(self, kind: str, details: Mapping[str, Any], *, order: str = "") -> int:
        def change(connection: Connection) -> int:
            number = ledger.begin_run(connection, kind, dict(details))
            orders.answered(connection, order, number)
            return number

        return await self.database.write(change)

    async def end_run(self, run: int, *, error: str = "", details: Mapping[str, Any] | None = None) -> None:
        await self.database.write(lambda c: ledger.end_run(c, run, error, dict(details) if details else None))

    async def run(self, run: int) -> Run:
        return await self.database.read(lambda c: past.run(c, run))

    async def runs(
        self, *, kinds: Collection[str] = (), before: int | None = None, limit: int = 50
    ) -> list[Run]:
        return await self.database.read(lambda c: past.latest_runs(c, kinds, before, limit))

    async def edition(self) -> str:
        return await self.database.read(editions.edition, single=True)

    async def trim(self, kept: Keep) -> dict[str, int]:
        at = datetime.now(UTC)
        return await self.database.write(lambda c: keep.trim(c, kept, at), alone=True, patient=True)

    async def forget(self, source: str, *, keys: Sequence[str] = ()) -> int:
        at = datetime.now(UTC)
        return await self.database.write(lambda c: keep.forget(c, source, keys, at), alone=True, patient=True)

    async def gaps(self) -> list[Gap]:
        return await self.database.read(keep.found_gaps)

    async def export(self, take: Callable[[Iterator[dump.Entry]], T]) -> T:
        """Hand everything to `take`, as of one moment."""
        return await self.database.read(lambda c: take(dump.entries(c)), patient=True)

    async def take_in(self, entries: Iterable[dump.Entry]) -> int:
        """Fill these records, which must be empty, with an export; returns how many rows."""
        return await self.database.write(lambda c: dump.take_in(c, entries), alone=True, patient=True)

    async def about(self) -> About:
        return await self.database.read(engine.about)

    async def check(self) -> list[str]:
        return await self.database.read(ledger.unfit, patient=True)

    async def logical_hash(self) -> str:
        return await self.database.read(ledger.logical_hash, patient=True)

    async def close(self) -> None:
        await self.database.close()
