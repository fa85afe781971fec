"""Watches tell each change once: across restarts, merges, flapping states and alarms that move."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from places import opened
from trend_agent.items import Fate, Item, Lineage, Membership, Receipt, Sentence, Term, Trend
from trend_agent.processing.filtering import Filter
from trend_agent.processing.watching import Watching
from trend_agent.storage import Arrival, Settled
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.watches import SqlWatches


@pytest.fixture
async def watching(records: SqlRecords) -> Watching:
    return Watching(SqlWatches(records.database), records)


def trend(at: datetime, topic: str = "t1", **changes: Any) -> Trend:
    made = Trend(
        topic=topic,
        at=at,
        rank=1,
        score=1.0,
        state="rising",
        headline=Sentence("Night ferry returns", ["a:1"]),
        summary=[],
        items=3,
        copies=0,
        sources=["coast"],
        languages=["en"],
        first_seen=at - timedelta(hours=2),
        last_seen=at,
        velocity=1.0,
        confidence=0.9,
        series=[1.0],
        receipt=Receipt([Term("surprise", 1.0, {"log10_odds": 2.5})], ["a:1"], "c"),
        category="economy",
    )
    return replace(made, **changes)


async def looked(watching: Watching, *trends: Trend) -> list[tuple[str, str]]:
    return [(alert.topic, alert.kind) for alert in await watching.look(trends)]


async def test_what_stands_in_a_watch_when_it_is_saved_is_no_news(
    watching: Watching, records: SqlRecords, noon: datetime
) -> None:
    await records.publish([trend(noon)])
    await watching.add("me", "all", Filter())
    assert await looked(watching, trend(noon), trend(noon, "t2", rank=2)) == [("t2", "entered")]
    assert await looked(watching, trend(noon), trend(noon, "t2", rank=2)) == []


async def test_only_what_the_filter_lets_through_is_told(watching: Watching, noon: datetime) -> None:
    await watching.add("me", "ferries", Filter(text="ferry", states=["new"], surprise=2.0))
    assert await looked(watching, trend(noon), trend(noon, "t2", state="new")) == [("t2", "entered")]
    dull = Receipt([Term("surprise", 1.0, {"log10_odds": 1.5})], [], "c")
    assert await looked(watching, trend(noon, "t3", state="new", receipt=dull)) == []


async def test_a_state_is_told_once_however_often_it_comes(watching: Watching, noon: datetime) -> None:
    await watching.add("me", "all", Filter())
    await looked(watching, trend(noon))
    told = []
    for state in ("peaking", "rising", "peaking", "rising", "fading"):
        told += await watching.look([trend(noon, state=state)])
    assert [(a.kind, a.before, a.state) for a in told] == [
        ("state", "rising", "peaking"),
        ("state", "peaking", "rising"),
        ("state", "rising", "fading"),
    ]


async def test_an_alarm_that_moves_a_little_is_the_same(watching: Watching, noon: datetime) -> None:
    await watching.add("me", "all", Filter())
    await looked(watching, trend(noon))
    assert await looked(watching, trend(noon, alarm=noon)) == [("t1", "alarm")]
    assert await looked(watching, trend(noon, alarm=noon + timedelta(minutes=20))) == []
    assert await looked(watching, trend(noon, alarm=None)) == []
    assert await looked(watching, trend(noon, alarm=noon + timedelta(minutes=40))) == []
    assert await looked(watching, trend(noon, alarm=noon + timedelta(hours=5))) == [("t1", "alarm")]


async def test_what_comes_in_with_an_alarm_is_one_message(watching: Watching, noon: datetime) -> None:
    await watching.add("me", "all", Filter())
    assert await looked(watching, trend(noon, alarm=noon)) == [("t1", "entered")]
    assert await looked(watching, trend(noon, alarm=noon)) == []


async def test_what_leaves_and_comes_back_is_no_news(watching: Watching, noon: datetime) -> None:
    await watching.add("me", "rising", Filter(states=["rising"]))
    assert await looked(watching, trend(noon)) == [("t1", "entered")]
    assert await looked(watching, trend(noon, state="fading")) == []
    assert await looked(watching, trend(noon + timedelta(hours=2))) == []


async def merged(records: SqlRecords, noon: datetime) -> None:
    """t2 into t1, t3 into t2 before."""
    items = [Item(f"a:{n}", "coast", f"Ferry {n}", noon) for n in (1, 2, 3)]
    await records.ingest([Arrival(item) for item in items])
    await records.settle(
        Settled(
            last_seq=3,
            fates=[Fate(item.id, "kept", noon) for item in items],
            items=items,
            memberships=[Membership(f"a:{n}", f"t{n}", noon) for n in (1, 2, 3)],
            lineage=[Lineage(f"t{n}", "born", noon) for n in (1, 2, 3)],
        )
    )
    for gone, heir in (("t3", "t2"), ("t2", "t1")):
        await records.settle(Settled(last_seq=3, fates=[], lineage=[Lineage(gone, "merged", noon, heir)]))


async def test_a_story_told_of_is_not_told_again_under_the_id_it_was_merged_into(
    watching: Watching, records: SqlRecords, noon: datetime
) -> None:
    await watching.add("me", "all", Filter())
    assert await looked(watching, trend(noon, "t3")) == [("t3", "entered")]
    await merged(records, noon)
    assert await looked(watching, trend(noon, "t1")) == []
    assert await looked(watching, trend(noon, "t1", state="fading")) == [("t1", "state")]


async def test_a_list_looked_at_again_after_a_restart_tells_the_same_once(
    tmp_path: Path, noon: datetime
) -> None:
    async def at_work() -> AsyncIterator[Watching]:
        async with opened(Sqlite(tmp_path / "r.sqlite3")) as records:
            yield Watching(SqlWatches(records.database), records)

    async for first in at_work():
        await first.add("me", "all", Filter())
        assert await looked(first, trend(noon)) == [("t1", "entered")]
    async for again in at_work():
        assert await looked(again, trend(noon)) == []
        assert [one.kind for one in await again.watches.alerts("me")] == ["entered"]


async def test_another_filter_begins_with_what_stands_in_it(
    watching: Watching, records: SqlRecords, noon: datetime
) -> None:
    saved = await watching.add("me", "none", Filter(text="nothing at all"))
    await records.publish([trend(noon)])
    changed = await watching.change("me", saved.id, wanted=Filter(categories=["economy"]))
    assert (changed.filter, changed.name) == ({"categories": ["economy"]}, "none")
    assert await looked(watching, trend(noon)) == []
    assert await looked(watching, trend(noon), trend(noon, "t2")) == [("t2", "entered")]


async def test_a_watch_that_is_disabled_looks_at_nothing(
    watching: Watching, records: SqlRecords, noon: datetime
) -> None:
    saved = await watching.add("me", "all", Filter(), enabled=False)
    assert await looked(watching, trend(noon)) == []
    await records.publish([trend(noon), trend(noon, "t2", rank=2)])
    await watching.change("me", saved.id, enabled=True)
    assert await looked(watching, trend(noon), trend(noon, "t2"), trend(noon, "t3")) == [("t3", "entered")]
