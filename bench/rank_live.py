"""How soon a list tells of an item, with 100,000 live topics in SQLite: from the item's transaction to the published
list, in seconds of the wall and of the processor."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from bench.rank_speed import NOON, crowd
from trend_agent.app import make_pipeline
from trend_agent.items import Fate, Item, Lineage, Membership
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.rank.lines import Line
from trend_agent.processing.scorecard import HORIZON
from trend_agent.settings import Settings
from trend_agent.storage import Arrival, Settled
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

BATCH = 20_000
TIMES = 9


def moment_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def item_of(line: Line) -> Item:
    return Item(
        id=line.id,
        source=line.source,
        title=f"Word{line.seq % 997} meets word{line.seq % 4999} at the place of topic {line.topic}",
        body=f"The place of topic {line.topic} was full. Word{line.seq % 997} spoke for {line.seq % 60} minutes.",
        author=line.author,
        url=f"https://{line.source}.example/{line.id}",
        lang="en",
        seen_at=moment_of(line.seen),
        published_at=moment_of(line.published),
    )


def settled(lines: Sequence[Line], first_seq: int, known: set[str]) -> Settled:
    """What the stages would say of some lines; topics not in `known` are born, and put there."""
    born = {line.topic: moment_of(line.seen) for line in reversed(lines) if line.topic not in known}
    known |= born.keys()
    return Settled(
        last_seq=first_seq + len(lines) - 1,
        fates=[Fate(line.id, "kept", moment_of(line.seen)) for line in lines],
        items=[item_of(line) for line in lines],
        memberships=[Membership(line.id, line.topic, moment_of(line.seen)) for line in lines],
        lineage=[Lineage(topic, "born", at) for topic, at in born.items()],
    )


async def filled(records: SqlRecords, lines: Sequence[Line], known: set[str]) -> None:
    for place in range(0, len(lines), BATCH):
        part = lines[place : place + BATCH]
        await records.ingest([Arrival(item_of(line)) for line in part])
        await records.settle(settled(part, place + 1, known))


async def one_more(pipeline: Pipeline, line: Line, seq: int, known: set[str]) -> tuple[float, float]:
    """Wall and processor seconds until the list that knows of the line is published."""
    await pipeline.records.ingest([Arrival(item_of(line))])
    wall, cpu = perf_counter(), process_time()
    await pipeline.records.settle(settled([line], seq, known))
    await pipeline.publish(limit=100)
    return perf_counter() - wall, process_time() - cpu


def newcomers(lines: Sequence[Line], after: Sequence[float]) -> Iterator[Line]:
    """Lines that come so many seconds after the others, each in a topic there is."""
    for n, seconds in enumerate(after, 1):
        at = NOON.timestamp() + seconds
        model = lines[-37 * n]
        yield model._replace(
            seq=len(lines) + n, id=f"new{n}", seen=at, published=at - 5, bearer=len(lines) + n
        )


async def lived(topics: int) -> dict[str, Any]:
    lines, known = crowd(topics), set[str]()
    items, more = len(lines), list(newcomers(lines, [*range(1, TIMES + 1), HORIZON.total_seconds() + TIMES]))
    with tempfile.TemporaryDirectory() as folder:
        database = Sqlite(Path(folder) / "live.sqlite3")
        await prepare(database)
        records = SqlRecords(database)
        try:
            await filled(records, lines, known)
            lines.clear()
            pipeline = make_pipeline(records, Settings())
            began = process_time()
            await pipeline.publish(limit=100)
            first = process_time() - began
            *took, resolving = [await one_more(pipeline, line, line.seq, known) for line in more]
            calls = await records.calls()
        finally:
            await records.close()
    return {
        "topics": topics,
        "items": items,
        "first list, all read": {"cpu_seconds": round(first, 2)},
        "item to list": {
            "cpu_seconds": round(median(cpu for _, cpu in took), 3),
            "least_cpu_seconds": round(min(cpu for _, cpu in took), 3),
            "wall_seconds": round(median(wall for wall, _ in took), 3),
        },
        "item to list, six hours later": {
            "calls_resolved": sum(outcome is not None for _, outcome in calls),
            "cpu_seconds": round(resolving[1], 3),
        },
    }


def live(topics: int = 100_000) -> dict[str, Any]:
    return asyncio.run(lived(topics))


if __name__ == "__main__":
    print(live())
