"""A small newsroom: three topics in real records, one of them merged into another, behind a desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from trend_agent.api.desk import Notice
from trend_agent.items import (
    Fate,
    Item,
    Lineage,
    Membership,
    Receipt,
    Sentence,
    Term,
    Trend,
    TrendState,
)
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.rank import Ranker
from trend_agent.processing.rank.change import Change
from trend_agent.processing.search import Index
from trend_agent.processing.summarise import Summariser
from trend_agent.storage import Arrival, Health, Listed, Settled
from trend_agent.storage.sql.records import SqlRecords

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class SmallDesk:
    """Publishes what the records hold; keeps lists of past moments as they were put in."""

    records: SqlRecords
    past: dict[datetime, Sequence[Trend]] = field(default_factory=dict)
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
        return await self.records.trends(limit=limit) if as_of is None else self.past.get(as_of, [])[:limit]

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
        """What ranks the items of the records; the list that is published was made up instead."""
        return Pipeline(
            self.records,
            [],
            ranker=Ranker(),
            summariser=Summariser(lambda text, _: text.split()),
            configuration="test",
        )

    def notices(self) -> Sequence[Notice]:
        return self.told

    def ready(self) -> tuple[bool, Mapping[str, str]]:
        return self.up, {"records": "open" if self.up else "closed"}


def made_item(noon: datetime, number: int, **changes: Any) -> Item:
    item = Item(
        id=f"wire:a/b:{number}",
        source=("wire", "courier")[number % 2],
        title=f"Otters return to the river {number}",
        body=f"Sentence number {number} tells of otters.",
        url=f"https://wire.example/otters/{number}",
        lang=("en", "de")[number % 2],
        seen_at=noon - timedelta(minutes=10 * number),
        published_at=noon - timedelta(minutes=10 * number + 1),
    )
    return replace(item, **changes)


def made_trend(topic: str, at: datetime, rank: int, *, state: TrendState = "rising", **changes: Any) -> Trend:
    made = Trend(
        topic=topic,
        at=at,
        rank=rank,
        score=1.75,
        state=state,
        headline=Sentence(f"Otters return to the river {rank}", ["wire:a/b:0"]),
        summary=[Sentence("Sentence number 0 tells of otters.", ["wire:a/b:0"])],
        items=5,
        copies=1,
        sources=["wire", "courier"] if rank == 1 else ["wire"],
        languages=["en"] if rank < 3 else ["de"],
        first_seen=at - timedelta(hours=3),
        last_seen=at - timedelta(minutes=4),
        velocity=1.5,
        confidence=0.97,
        series=[0.0] * 22 + [1.0, 4.0],
        receipt=Receipt(
            [Term("surprise", 1.5, {"observed": 4.0, "expected": 0.5, "hours": 4.0}), Term("rise", 0.25, {})],
            ["wire:a/b:0"],
            "c0ffee",
        ),
    )
    return replace(made, **changes)


async def take_in(
    records: SqlRecords, topic: str, items: Sequence[Item], *, copies: Mapping[str, str]
) -> None:
    await records.ingest([Arrival(item) for item in items])
    waiting = await records.pending(1000)
    await records.settle(
        Settled(
            last_seq=waiting[-1].seq,
            fates=[
                Fate(i.id, "duplicate", i.seen_at, "same text", copies[i.id])
                if i.id in copies
                else Fate(i.id, "kept", i.seen_at)
                for i in items
            ],
            items=items,
            addresses={i.id: i.url for i in items},
            memberships=[Membership(i.id, topic, i.seen_at) for i in items],
            lineage=[Lineage(topic, "born", items[0].seen_at)],
        )
    )


async def fill(records: SqlRecords) -> None:
    """Topic t1 of five items, the last a copy; t2 was merged into it; t3 stands alone."""
    five = [made_item(NOON, n) for n in range(5)]
    await take_in(records, "t1", five, copies={five[4].id: five[0].id})
    await take_in(records, "t2", [made_item(NOON, 7)], copies={})
    await take_in(records, "t3", [made_item(NOON, 9)], copies={})
    merged = Lineage("t2", "merged", NOON, "t1")
    moved = [Membership("wire:a/b:7", "t1", NOON)]
    await records.settle(Settled(last_seq=7, fates=[], memberships=moved, lineage=[merged]))
    first = made_trend("t1", NOON, 1)
    await records.publish(
        [first, made_trend("t3", NOON, 2, state="fading"), made_trend("t4", NOON, 3, state="new")]
    )
    await records.tried(Health("wire", last_try=NOON, failures=2, error="no answer"))
