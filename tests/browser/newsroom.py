"""A made-up morning of news in many languages, in real records, behind a desk of its own."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from trend_agent.api.desk import Notice
from trend_agent.items import Fate, Item, Lineage, Membership, Trend, topic_id
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.rank import Ranker
from trend_agent.processing.rank.change import Change
from trend_agent.processing.search import Index
from trend_agent.processing.summarise import Summariser
from trend_agent.storage import Arrival, Health, Listed, Settled
from trend_agent.storage.sql.records import SqlRecords

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

STORIES: Mapping[str, Any] = json.loads(Path(__file__).with_name("stories.json").read_text(encoding="utf-8"))
"""By name: how many items, how many hours since it began, how steeply it rises towards noon, its tellings."""

SUMMARISER = Summariser(lambda text, _: text.split())

EDITIONS = ("evening", "weekly", "live")


@dataclass
class Newsroom:
    """The desk: what is published stays until something else is."""

    records: SqlRecords
    told: list[Notice] = field(default_factory=list)
    up: bool = True
    broken: Exception | None = None
    index: Index | None = None

    @property
    def collected(self) -> SqlRecords:
        return self.records

    async def trends(self, limit: int, as_of: datetime | None) -> Sequence[Trend]:
        if self.broken:
            raise self.broken
        if as_of is None:
            return await self.records.trends(limit=limit)
        return await ranked(self.records, as_of)

    async def listed(self, limit: int, after_rank: int, as_of: datetime | None = None) -> Listed:
        if self.broken:
            raise self.broken
        return await self.records.listed(limit=limit, after_rank=after_rank, as_of=as_of)

    async def export(self, limit: int, as_of: datetime) -> Sequence[Mapping[str, Any]]:
        return await self.pipeline.export(at=as_of, limit=limit)

    async def changes(self, topic: str, at: datetime) -> tuple[Change | None, Change | None]:
        return await self.pipeline.changes(topic, at)

    @cached_property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.records, [], ranker=Ranker(), summariser=SUMMARISER, configuration="test")

    def notices(self) -> Sequence[Notice]:
        return self.told

    def ready(self) -> tuple[bool, Mapping[str, str]]:
        return self.up, {"records": "open" if self.up else "closed"}


def story_items(name: str) -> list[tuple[Item, str | None]]:
    """A story's items, each with the item it copies."""
    story = STORIES[name]
    chance = random.Random(name)
    told: list[tuple[Item, str | None]] = []
    for n in range(story["items"]):
        telling = story["tellings"][n % len(story["tellings"])]
        back = 1.0 if n == 0 else 0.9 * chance.random() ** max(story["steepness"], 1.0)
        at = NOON - timedelta(hours=story["hours"] * back)
        again = n >= len(story["tellings"]) and n % 4 == 0
        source = telling["source"] if n % 3 else f"{telling['source']} {EDITIONS[n % len(EDITIONS)]}"
        item = Item(
            id=f"{telling['source']}:{name}-{n}",
            source=source,
            title=telling["title"],
            body=telling["body"],
            url=f"https://{telling['source']}.example/{name}/{n}",
            lang=telling["lang"],
            seen_at=at,
            published_at=at - timedelta(minutes=chance.randrange(1, 9)),
            engagement={"points": float(chance.randrange(5, 400))},
        )
        told.append((item, told[n % len(story["tellings"])][0].id if again else None))
    return told


async def fill(records: SqlRecords, names: Sequence[str] = tuple(STORIES)) -> None:
    """Take in the stories, merge one topic into another, and publish the list of noon."""
    for name in names:
        await take_in(records, topic_id(name), story_items(name))
    if "ferry" in names:
        old, late = "t-old-ferry", NOON - timedelta(hours=2)
        await take_in(records, old, [(replace_id(story_items("ferry")[0][0], "port-wire:early"), None)])
        moved = Membership("port-wire:early", topic_id("ferry"), late)
        change = Lineage(old, "merged", late, topic_id("ferry"))
        await records.settle(Settled(last_seq=1, fates=[], memberships=[moved], lineage=[change]))
    await records.publish(await ranked(records, NOON))
    await records.tried(Health("coastal-courier", last_try=NOON, last_success=NOON, fetched=34, known=120))
    await records.tried(Health("fjord-radio", last_try=NOON, failures=4, error="no answer within 20 s"))


def replace_id(item: Item, name: str) -> Item:
    return Item(**{f: getattr(item, f) for f in Item.__slots__} | {"id": name, "source": "port-wire"})


async def take_in(records: SqlRecords, topic: str, told: Sequence[tuple[Item, str | None]]) -> None:
    items = [item for item, _ in told]
    await records.ingest([Arrival(item) for item in items])
    waiting = await records.pending(10_000)
    await records.settle(
        Settled(
            last_seq=waiting[-1].seq,
            fates=[
                Fate(i.id, "duplicate" if of else "kept", i.seen_at, "same text" if of else "", of)
                for i, of in told
            ],
            items=items,
            addresses={i.id: i.url for i in items},
            memberships=[Membership(i.id, topic, i.seen_at) for i in items],
            lineage=[Lineage(topic, "born", min(i.seen_at for i in items))],
        )
    )


async def ranked(records: SqlRecords, at: datetime) -> Sequence[Trend]:
    facts = await records.facts(since=at - timedelta(hours=72), until=at)
    return SUMMARISER(Ranker()(facts, at))
