"""A made-up world in records of its own: filled at once to stand in for real trends, or replayed before a reader."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

from trend_agent.app import make_pipeline, open_records
from trend_agent.items import Trend
from trend_agent.processing.pipeline import Pipeline
from trend_agent.settings import Settings
from trend_agent.showing import Showing
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival, Health, Records
from trend_agent.storage.sql.records import SqlRecords

HELD_BACK = 3
"""Hours of a made-up world that are replayed before the reader's eyes."""

PAST = 12
"""Hours before those for which a list is published each: enough for the first calls to have come out."""


@asynccontextmanager
async def made_up(settings: Settings) -> AsyncIterator[tuple[SqlRecords, Pipeline]]:
    """Records and pipeline of a made-up world, apart from anything real and gone when they are closed."""
    with TemporaryDirectory(prefix="trend-") as folder:
        apart = settings.model_copy(
            update={"records": f"sqlite:///{folder}/made-up.sqlite3", "languages": ""}
        )
        async with open_records(apart, write=True) as book:
            yield book, make_pipeline(book, apart)


async def fill(book: Records, pipeline: Pipeline, world: World, settings: Settings) -> list[Trend]:
    await book.ingest([Arrival(item) for item in world.items()])
    await pipeline.drain()
    return await pipeline.publish(limit=settings.top)


async def replay(
    book: Records, pipeline: Pipeline, showing: Showing, world: World, settings: Settings, *, speed: float
) -> None:
    """All but the last hours at once, with the lists of their end; then what follows, `speed` seconds of it in each
    second. After the end of the world only what people correct changes the list."""
    waiting = [Arrival(item) for item in world.items()]
    start = world.until - timedelta(hours=HELD_BACK)
    place = start - timedelta(hours=PAST)
    began: datetime | None = None
    while True:
        due = [a for a in waiting if a.item.seen_at <= place]
        waiting = waiting[len(due) :]
        await book.ingest(due)
        await _told_of(book, due, place)
        outdated, showing.outdated = showing.outdated, False
        if await pipeline.drain() or outdated:
            await showing.published(await pipeline.publish(limit=settings.top))
        if place < start:
            place = min(start, place + timedelta(hours=1))
            continue
        began = began or datetime.now(UTC)
        await asyncio.sleep(1.0)
        place = start + (datetime.now(UTC) - began) * speed


async def _told_of(book: Records, due: Sequence[Arrival], at: datetime) -> None:
    """Note of each source what it brought, as a visit to it would have."""
    when = min(at, datetime.now(UTC))  # the replay runs ahead of the clock
    for source, number in Counter(a.item.source for a in due).items():
        await book.tried(Health(source, last_try=when, last_success=when, fetched=number, last_news=when))
