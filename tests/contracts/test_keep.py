"""What grew old goes, a source can be forgotten, and the books still balance; on every backend."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from places import database_at, opened
from trend_agent.app import make_pipeline
from trend_agent.errors import Conflict, Missing
from trend_agent.items import Cursor, Item
from trend_agent.processing.corrections import Corrector
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival, Health, exports
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.schema import metadata

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORLD = list(World(seed=4, days=4, per_day=150, until=UNTIL).items())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(made(tmp_path_factory.mktemp("kept")))


async def made(folder: Path) -> Path:
    async with opened(database_at(f"sqlite:///{folder / 'r.sqlite3'}")) as records:
        pipeline = make_pipeline(records, Settings(batch=100))
        pipeline.between_states = 100
        for place in range(0, len(WORLD), 100):
            await records.ingest([Arrival(item) for item in WORLD[place : place + 100]])
            await pipeline.drain()
            await pipeline.publish(limit=30)
        await records.export(lambda entries: exports.write(folder / "kept.jsonl", entries, {}))
    return folder / "kept.jsonl"


@pytest.fixture
async def records(place: str, kept: Path) -> AsyncIterator[SqlRecords]:
    async with opened(database_at(place)) as found:
        await found.take_in(exports.read(kept))
        yield found


def busiest() -> str:
    sources = [item.source for item in WORLD]
    return max(sorted(set(sources)), key=sources.count)


def of(source: str) -> list[Item]:
    return [item for item in WORLD if item.source == source]


async def written(records: SqlRecords) -> bytes:
    """All that the tables hold, as bytes to look for words in."""

    def look(connection: object) -> bytes:
        found = b""
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):  # type: ignore[attr-defined]
                found += b"\n".join(_plain(value) for value in row)
        return found

    return await records.database.read(look)


def _plain(value: object) -> bytes:
    """What is packed, unpacked: words hide in it."""
    if isinstance(value, bytes):
        return zlib.decompress(value) if value.startswith(b"x\x9c") else value
    return str(value).encode()


async def test_nothing_a_forgotten_source_said_is_left(records: SqlRecords) -> None:
    source = busiest()
    others = "\n".join(item.text for item in WORLD if item.source != source)
    own = [item for item in of(source) if item.title not in others]
    await records.ingest([], cursor=Cursor(source, {"page": 1}))
    await records.tried(Health(source, last_try=UNTIL, fetched=3))
    before = await written(records)
    assert all(orjson.dumps(item.title)[1:-1] in before for item in own)
    assert await records.forget(source) == len(of(source))
    after = await written(records)
    assert [
        item.title for item in own if orjson.dumps(item.title)[1:-1] in after or item.title.encode() in after
    ] == []
    assert (await records.cursor(source)).value == {}
    assert source not in {health.source for health in await records.health()}
    assert all(fact.item.source != source for fact in await records.search(own[0].title))
    assert [gap.what for gap in await records.gaps()] == [f"source:{source}"]


async def test_the_ledger_balances_and_says_what_was_forgotten(records: SqlRecords) -> None:
    source, before = busiest(), await records.balance()
    await records.forget(source)
    balance, own = await records.balance(), await records.balance(source=source)
    assert balance.holds
    assert balance.fetched == before.fetched
    assert own.verdicts["filtered"] == own.fetched == len(of(source))
    assert balance.reasons["filtered: its source was forgotten"] == len(of(source))
    (told,) = await records.fate(item=of(source)[0].id)
    assert told.fate is not None
    assert (told.fate.reason, told.item.title, told.topic) == ("its source was forgotten", "", None)
    assert await records.check() == []
    again = await records.ingest([Arrival(item) for item in of(source)])
    assert again.new == 0


async def test_no_correction_names_what_was_forgotten(records: SqlRecords) -> None:
    source = busiest()
    facts = await records.facts(since=WORLD[0].seen_at, until=UNTIL)
    own = {f.topic for f in facts if f.item.source == source and not f.copy_of}
    others = {f.topic for f in facts} - own
    said = await Corrector(records, by="test").merge([min(others), min(own)])
    named = {*said.together, *said.apart, *said.places, *(item for item, _, _ in said.moved)}
    going = {item.id for item in of(source)}
    assert named & going
    assert named - going
    await records.forget(source)
    (now,) = await records.corrections()
    left = {*now.together, *now.apart, *now.places, *(item for item, _, _ in now.moved)}
    assert not left & going
    assert named - going <= left
    (told,) = await records.fate(item=min(named & going))
    assert told.fate is not None
    assert told.fate.detail == f"named no more by correction {said.id}"
    assert await records.check() == []
    pipeline = make_pipeline(records, Settings(batch=100))
    fresh = Item("late:1", "late", "A word that comes after all that", UNTIL + timedelta(minutes=1))
    await records.ingest([Arrival(fresh)])
    assert await pipeline.drain() == 1
    assert await records.check() == []


async def test_what_others_copied_goes_on_as_theirs(records: SqlRecords) -> None:
    source = busiest()
    everything = await records.facts(since=WORLD[0].seen_at, until=UNTIL)
    gone = {fact.item.id for fact in everything if fact.item.source == source}
    orphans = {f.item.id: f.topic for f in everything if f.copy_of in gone and f.item.id not in gone}
    assert orphans
    await records.forget(source)
    left = {f.item.id: f for f in await records.facts(since=WORLD[0].seen_at, until=UNTIL)}
    assert set(left) == {f.item.id for f in everything} - gone
    assert {key: left[key].topic for key in orphans} == orphans
    assert all(f.copy_of is None or f.copy_of in left for f in left.values())
    assert any(left[key].copy_of is None for key in orphans)


async def test_work_goes_on_after_a_source_was_forgotten(records: SqlRecords) -> None:
    source = busiest()
    await records.forget(source)
    more = World(seed=4, days=4.5, per_day=150, until=UNTIL + timedelta(hours=12)).items()
    fresh = [i for i in more if i.seen_at > UNTIL and i.source != source]
    await records.ingest([Arrival(item) for item in fresh])
    pipeline = make_pipeline(records, Settings(batch=100))
    assert await pipeline.drain() > 0
    trends = await pipeline.publish(limit=30)
    assert trends
    assert source not in {name for trend in trends for name in trend.sources}
    assert await records.check() == []


async def test_a_source_nobody_knows_is_named(records: SqlRecords) -> None:
    with pytest.raises(Missing, match="no source 'nope'"):
        await records.forget("nope")


async def test_while_items_wait_nothing_is_forgotten(records: SqlRecords) -> None:
    await records.ingest([Arrival(Item("x:1", "x", "t", UNTIL))])
    with pytest.raises(Conflict, match="wait"):
        await records.forget(busiest())


async def test_bodies_go_and_the_past_that_rests_on_them_says_so(records: SqlRecords) -> None:
    before, middle = await records.logical_hash(), UNTIL - timedelta(days=2)
    gone = await records.trim({"bodies": middle})
    facts = await records.facts(since=middle, until=UNTIL)
    assert gone["bodies"] > 0
    assert any(fact.item.body for fact in facts)
    with pytest.raises(Missing, match="cut to titles"):
        await records.facts(since=middle - timedelta(hours=1), until=UNTIL)
    old = next(i for i in WORLD if i.body and i.seen_at < middle)
    (told,) = await records.fate(item=old.id)
    assert told.item.body == ""
    assert await records.logical_hash() == before
    assert (await records.trim({"bodies": middle}))["bodies"] == 0
    assert await records.check() == []
    assert [fact.item.id for fact in await records.search(old.title)]


async def test_lists_runs_and_counts_grow_old(records: SqlRecords) -> None:
    now = [t.topic for t in await records.trends()]
    run = await records.begin_run("old", {})
    await records.end_run(run)
    later = datetime.now(UTC) + timedelta(days=1)
    gone = await records.trim({"lists": UNTIL, "runs": later, "buckets": UNTIL - timedelta(days=1)})
    assert gone["runs"] == 1
    assert gone["lists"] > 0
    assert gone["buckets"] > 0
    assert [t.topic for t in await records.trends()] == now
    assert all(row[0] >= UNTIL - timedelta(days=1) for row in await records.series(now[0]))


async def test_facts_go_only_when_asked_and_the_ledger_keeps_its_sums(records: SqlRecords) -> None:
    sums, middle = await records.balance(), UNTIL - timedelta(days=2)
    recent = await records.facts(since=middle, until=UNTIL)
    gone = await records.trim({"facts": middle})
    assert gone["facts"] > 100
    after = await records.balance()
    assert after.holds
    assert after.fetched == sums.fetched
    assert [(f.item, f.topic) for f in await records.facts(since=middle, until=UNTIL)] == [
        (f.item, f.topic) for f in recent
    ]
    with pytest.raises(Missing, match="removed on"):
        await records.facts(since=middle - timedelta(days=1), until=middle)
    assert (await records.ingest([Arrival(item) for item in WORLD])).new == 0
    assert await records.check() == []


async def test_what_changes_what_can_be_answered_begins_an_edition(records: SqlRecords) -> None:
    middle, seen = UNTIL - timedelta(days=2), [await records.edition()]
    for change in (
        records.trim({"bodies": middle}),
        records.trim({"facts": middle}),
        records.forget(busiest()),
    ):
        await change
        seen.append(await records.edition())
    assert len(set(seen)) == 4
    await records.trim({"bodies": middle, "facts": middle})
    assert await records.edition() == seen[-1]
