"""What every backend tells of the past: a topic's places under all its names, counts by day, others, runs."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from places import database_at, opened
from trend_agent.errors import Missing
from trend_agent.items import Fate, Item, Lineage, Membership, Receipt, Sentence, Trend
from trend_agent.storage import Arrival, Count, Settled
from trend_agent.storage.sql.records import SqlRecords


@pytest.fixture
async def records(place: str, noon: datetime) -> AsyncIterator[SqlRecords]:
    """Two topics of three items each, an hour apart; the second was merged into the first, and a third into it."""
    async with opened(database_at(place)) as found:
        items = [
            Item(f"a:{n}", ("coast", "harbour")[n % 2], f"Ferry {n}", noon - timedelta(hours=n), lang="en")
            for n in range(6)
        ]
        await found.ingest([Arrival(item) for item in items])
        await found.settle(
            Settled(
                last_seq=6,
                fates=[
                    Fate(i.id, "duplicate", i.seen_at, "same text", "a:0")
                    if i.id == "a:2"
                    else Fate(i.id, "kept", i.seen_at)
                    for i in items
                ],
                items=items,
                memberships=[
                    Membership(i.id, f"t{n % 2 + 1}", i.seen_at) for n, i in enumerate(items) if n != 2
                ],
                lineage=[Lineage("t1", "born", noon), Lineage("t2", "born", noon)],
            )
        )
        yield found


def trend(topic: str, at: datetime, rank: int = 1) -> Trend:
    return Trend(
        topic, at, rank, 1.0, "rising", Sentence(f"Ferry of {topic}", ["a:0"]), [], 3, 0, ["coast"], ["en"],
        at, at, 1.0, 0.9, [1.0], Receipt([], [], "c"),
    )  # fmt: skip


async def test_a_topic_is_placed_under_every_name_it_had(records: SqlRecords, noon: datetime) -> None:
    for hours, topic in ((1, "t2"), (2, "t1"), (3, "t1")):
        await records.publish([trend(topic, noon + timedelta(hours=hours))])
    assert [t.topic for t in await records.places("t1")] == ["t1", "t1"]
    await records.settle(Settled(last_seq=6, fates=[], lineage=[Lineage("t2", "merged", noon, "t1")]))
    assert await records.names("t1") == ["t2"]
    found = await records.places("t2")
    assert [(t.topic, t.at.hour) for t in found] == [("t2", 13), ("t1", 14), ("t1", 15)]
    until = noon + timedelta(hours=2)
    assert [t.at.hour for t in await records.places("t1", since=until, until=until)] == [14]
    assert [t.at.hour for t in await records.places("t1", limit=1)] == [15]
    with pytest.raises(Missing, match="t9"):
        await records.places("t9")


async def test_items_are_counted_by_day_source_and_language(records: SqlRecords, noon: datetime) -> None:
    day = noon.replace(hour=0)
    found = await records.counts(since=day, until=noon + timedelta(seconds=1))
    assert found == [Count(day, "coast", "en", 3, 1), Count(day, "harbour", "en", 3, 0)]
    assert await records.counts(since=day, until=noon - timedelta(hours=5)) == []
    assert await records.topics_since() == 2
    assert await records.topics_since(noon - timedelta(minutes=30)) == 1


async def test_others_are_those_born_in_a_time_with_enough_items(records: SqlRecords, noon: datetime) -> None:
    begin = noon - timedelta(hours=24)
    found = await records.others(since=begin, until=noon + timedelta(hours=1), least=3, most=10)
    assert sorted(sum(n for _, n in rows) for rows in found) == [3, 3]
    assert await records.others(since=begin, until=noon, least=4, most=10) == []
    assert len(await records.others(since=begin, until=noon + timedelta(hours=1), least=1, most=1)) == 1


async def test_runs_are_told_the_last_begun_first(records: SqlRecords) -> None:
    first = await records.begin_run("collect", {"by": "me"})
    second = await records.begin_run("upkeep", {})
    await records.end_run(first, error="stopped", details={"new": 2})
    assert [run.id for run in await records.runs()] == [second, first]
    assert [run.id for run in await records.runs(kinds=["collect"])] == [first]
    assert [run.id for run in await records.runs(before=second)] == [first]
    told = await records.run(first)
    assert (told.kind, told.error, told.details) == ("collect", "stopped", {"new": 2})
    assert told.ended_at is not None
    assert (await records.run(second)).ended_at is None
    with pytest.raises(Missing, match="99"):
        await records.run(99)
