"""Collecting: what a visit brings is kept whatever happens, and a source is asked no sooner than it wants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from trend_agent.egress import Gone, Http
from trend_agent.errors import Denied, TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources import Source
from trend_agent.sources.collector import NEVER, Collector, _next
from trend_agent.storage import Health
from trend_agent.storage.sql.records import SqlRecords

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NO_HTTP = cast(Http, None)


class Script(Source, name="script"):
    """Yields what a test says."""

    items: int = 3
    cursor_after: int = 2
    fault: Callable[[], Exception] | None = None

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        for n in range(self.items):
            yield Item(f"script:{n}", self.label, f"item {n}", NOON)
            if n + 1 == self.cursor_after:
                yield self.cursor(done=n)
        if self.fault:
            raise self.fault()


async def test_items_and_cursor_of_a_visit_are_kept(records: SqlRecords) -> None:
    health = await Collector(records, NO_HTTP, now=lambda: NOON).visit(Script())
    assert (health.fetched, health.known, health.error) == (3, 0, "")
    assert (await records.cursor("script")).value == {"done": 1}
    again = await Collector(records, NO_HTTP, now=lambda: NOON).visit(Script())
    assert (again.fetched, again.known) == (0, 3)


@pytest.mark.parametrize(
    ("fault", "words", "retry_at"),
    [
        (lambda: Denied("'x' refuses us"), "refuses us", None),
        (lambda: Unavailable("busy", retry_after=1200), "busy", NOON + timedelta(seconds=1200)),
        (lambda: Gone("gone for good"), "gone for good", NEVER),
        (lambda: KeyError("title"), "fault in the source itself: KeyError", None),
    ],
)
async def test_a_fault_ends_the_visit_in_words_and_what_it_brought_stays(
    records: SqlRecords, fault: Callable[[], TrendError], words: str, retry_at: datetime | None
) -> None:
    visited: list[Health] = []
    collector = Collector(records, NO_HTTP, now=lambda: NOON, visited=visited.append)
    health = await collector.visit(Script(fault=fault))
    assert words in health.error
    assert health.retry_at == retry_at
    assert visited == [health]
    assert (await records.balance()).fetched == 3
    assert (await records.cursor("script")).value == {"done": 1}
    (kept,) = await records.health()
    assert (kept.failures, kept.error) == (1, health.error)


async def test_many_items_without_a_cursor_are_kept_on_the_way(records: SqlRecords) -> None:
    told: list[bool] = []
    collector = Collector(records, NO_HTTP, arrived=lambda: told.append(True))
    await collector.visit(Script(items=2500, cursor_after=0))
    assert (await records.balance()).fetched == 2500
    assert len(told) == 3


async def test_what_is_new_is_told_at_once(records: SqlRecords) -> None:
    told: list[bool] = []
    collector = Collector(records, NO_HTTP, arrived=lambda: told.append(True))
    await collector.visit(Script())
    assert told
    told.clear()
    await collector.visit(Script())
    assert not told


def test_a_failing_source_is_asked_ever_less_and_at_least_daily() -> None:
    source = Script(interval=600)
    health = Health("script", last_try=NOON)
    waits = [(_next(source, health, failures) - NOON).total_seconds() for failures in (0, 1, 2, 20)]
    assert waits == [600, 1200, 2400, 86400]


def test_a_source_is_not_asked_before_the_moment_it_named() -> None:
    health = Health("script", last_try=NOON, retry_at=NOON + timedelta(hours=5))
    assert _next(Script(interval=600), health, 1) == NOON + timedelta(hours=5)


class Slow(Script, name="slow"):
    """Takes its time, and counts who comes."""

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        COMERS.append(self.key)
        await asyncio.sleep(0.1)
        yield Item("slow:1", self.label, "an item", NOON)


COMERS: list[str] = []


async def test_who_asks_for_a_visit_while_one_is_under_way_gets_that_one(records: SqlRecords) -> None:
    COMERS.clear()
    collector = Collector(records, NO_HTTP)
    first, second, third = await asyncio.gather(*(collector.visit(Slow()) for _ in range(3)))
    assert first == second == third
    assert len(COMERS) == 1
    await collector.visit(Slow())
    assert len(COMERS) == 2


async def test_after_a_visit_that_somebody_asked_for_the_next_is_an_interval_later(
    records: SqlRecords,
) -> None:
    COMERS.clear()
    await records.tried(Health("slow", last_try=datetime.now(UTC) - timedelta(seconds=299.7)))
    collector = Collector(records, NO_HTTP)
    keeping = asyncio.create_task(collector.run([Slow(interval=300)]))
    try:
        await asyncio.sleep(0.1)
        await collector.visit(Slow(interval=300))
        await asyncio.sleep(0.6)  # the moment at which it had been due is over
        assert len(COMERS) == 1
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
