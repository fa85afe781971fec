"""What every backend of the records promises."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from pydantic import TypeAdapter

from places import database_at, opened
from trend_agent.errors import Conflict, Missing
from trend_agent.items import (
    Correction,
    Cursor,
    Fate,
    Item,
    Lineage,
    Membership,
    Receipt,
    Sentence,
    Term,
    Trend,
)
from trend_agent.processing.rank.lines import Lines, line_of, lines_of
from trend_agent.storage import Arrival, Health, Listed, Settled
from trend_agent.storage.sql.records import SqlRecords


@pytest.fixture
async def records(place: str) -> AsyncIterator[SqlRecords]:
    async with opened(database_at(place)) as found:
        yield found


def items(noon: datetime, number: int) -> list[Item]:
    return [
        Item(
            id=f"wire:{n}",
            source="wire",
            title=f"Löwe {n} 狮子",
            seen_at=noon + timedelta(minutes=n),
            published_at=noon,
            url=f"https://example.org/{n}",
            lang="de",
            engagement={"points": n},
            extra={"via": "test"},
        )
        for n in range(number)
    ]


def settled(some: list[Item], topic: str, last_seq: int) -> Settled:
    return Settled(
        last_seq=last_seq,
        fates=[Fate(i.id, "kept", i.seen_at) for i in some],
        items=some,
        addresses={i.id: i.url for i in some},
        memberships=[Membership(i.id, topic, i.seen_at) for i in some],
        lineage=[Lineage(topic, "born", some[0].seen_at)],
    )


def trend(topic: str, at: datetime, rank: int) -> Trend:
    term = Term("surprise", 1.5, {"seen": 3})
    return Trend(
        topic=topic, at=at, rank=rank, score=1.5, state="rising",
        headline=Sentence("Löwe", ["wire:0"]), summary=[Sentence("Ein Löwe.", ["wire:0"])],
        items=3, copies=1, sources=["wire"], languages=["de"], first_seen=at, last_seen=at,
        velocity=2.0, confidence=0.9, series=[0.0, 1.0], receipt=Receipt([term], ["wire:0"], "c0"), label="löwe",
    )  # fmt: skip


async def test_adding_twice_keeps_one(records: SqlRecords, noon: datetime) -> None:
    some = [Arrival(i) for i in items(noon, 3)]
    first = await records.ingest([*some, some[0]], cursor=Cursor("wire", {"page": 2}))
    again = await records.ingest(some)
    assert (first.new, first.known) == (3, 1)
    assert (again.new, again.known) == (0, 3)
    assert (await records.cursor("wire")).value == {"page": 2}
    assert (await records.balance()).fetched == 3


async def test_what_came_in_before_is_known_whether_it_has_a_fate_or_not(
    records: SqlRecords, noon: datetime
) -> None:
    some = items(noon, 3)
    await records.ingest([Arrival(i) for i in some])
    await records.settle(settled(some[:2], "t1", last_seq=2))
    many = [f"wire:{n}" for n in range(1, 1200)]
    assert await records.known(many) == {"wire:1", "wire:2"}
    assert await records.known([]) == set()


async def test_what_waits_comes_back_as_it_came_in_and_in_order(records: SqlRecords, noon: datetime) -> None:
    some = [replace(i, seen_at=i.seen_at + timedelta(microseconds=123)) for i in items(noon, 5)]
    await records.ingest([Arrival(i) for i in some])
    waiting = await records.pending(3)
    assert [a.item for a in waiting] == some[:3]
    await records.settle(settled(some[:3], "t1", waiting[-1].seq))
    assert [a.item for a in await records.pending(9)] == some[3:]
    assert [a.item.id for a in await records.pending(9, after=1, until=3)] == ["wire:1", "wire:2"]


async def test_a_batch_is_settled_whole_or_not_at_all(records: SqlRecords, noon: datetime) -> None:
    some = items(noon, 4)
    await records.ingest([Arrival(i) for i in some])
    await records.settle(settled(some[:2], "t1", 2))
    before = await records.logical_hash()
    with pytest.raises(Conflict):
        await records.settle(settled(some[1:], "t2", 4))
    assert await records.logical_hash() == before
    assert (await records.balance()).waiting == 2


async def test_the_ledger_balances_and_tells_each_fate(records: SqlRecords, noon: datetime) -> None:
    some = items(noon, 4)
    await records.ingest([Arrival(i) for i in some])
    batch = settled([some[0], some[1]], "t1", 4)
    fates = [
        batch.fates[0],
        Fate("wire:1", "duplicate", noon, "same text", of="wire:0"),
        Fate("wire:2", "filtered", noon, "language not wanted"),
        Fate("wire:3", "quarantined", noon, "neither title nor body"),
    ]
    await records.settle(replace(batch, fates=fates, memberships=batch.memberships[:1]))
    balance = await records.balance()
    assert balance.holds
    assert balance.waiting == 0
    assert balance.verdicts == {"kept": 1, "duplicate": 1, "filtered": 1, "quarantined": 1}
    (told,) = await records.fate(item="wire:3")
    assert told.fate is not None
    assert (told.fate.verdict, told.fate.reason, told.topic) == (
        "quarantined",
        "neither title nor body",
        None,
    )
    (told,) = await records.fate(address="https://example.org/1")
    assert told.fate is not None
    assert (told.fate.of, told.topic) == ("wire:0", "t1")
    with pytest.raises(Missing):
        await records.fate(item="wire:9")
    assert await records.check() == []


async def test_a_merged_topic_is_found_under_its_old_name(records: SqlRecords, noon: datetime) -> None:
    some = items(noon, 4)
    await records.ingest([Arrival(i) for i in some])
    await records.settle(settled(some[:2], "t1", 2))
    await records.settle(settled(some[2:3], "t2", 3))
    later = noon + timedelta(hours=1)
    await records.settle(
        Settled(
            last_seq=4,
            fates=[Fate("wire:3", "kept", later)],
            items=some[3:],
            memberships=[Membership("wire:3", "t1", later)],
            lineage=[Lineage("t2", "merged", later, other="t1")],
        )
    )
    assert (await records.topic("t2")).id == "t1"
    assert (await records.topic("t1")).items == 4
    assert [f.item.id for f in await records.members("t2")] == [i.id for i in some]
    assert [(change.topic, change.change, change.other) for change in await records.lineage("t2")] == [
        ("t2", "born", None),
        ("t2", "merged", "t1"),
    ]
    assert sum(row[3] for row in await records.series("t1")) == 4
    assert await records.series("t2") == await records.series("t1")
    assert await records.check() == []


async def test_facts_are_as_they_were_at_the_moment_asked_for(records: SqlRecords, noon: datetime) -> None:
    some = items(noon, 3)
    await records.ingest([Arrival(i) for i in some])
    await records.settle(settled(some, "t1", 3))
    moved = Settled(
        last_seq=3, fates=[], memberships=[Membership("wire:0", "t2", noon + timedelta(minutes=30))]
    )
    await records.settle(moved)
    early = await records.facts(since=noon, until=noon + timedelta(minutes=1))
    late = await records.facts(since=noon, until=noon + timedelta(hours=1))
    assert [(f.item.id, f.topic) for f in early] == [("wire:0", "t1"), ("wire:1", "t1")]
    assert [f.topic for f in late] == ["t2", "t1", "t1"]
    assert early[0].item == some[0]


async def test_facts_can_be_asked_for_by_the_topics_they_were_in(records: SqlRecords, noon: datetime) -> None:
    some = items(noon, 4)
    await records.ingest([Arrival(i) for i in some])
    fates = [Fate(i.id, "kept", i.seen_at) for i in some[:3]]
    fates.append(Fate("wire:3", "duplicate", noon, of="wire:0"))
    first = [Membership(i.id, "t1" if i is some[0] else "t2", i.seen_at) for i in some[:3]]
    await records.settle(Settled(last_seq=4, fates=fates, items=some, memberships=first))
    later = noon + timedelta(minutes=30)
    moved = [Membership("wire:1", "t3", later)]
    await records.settle(Settled(last_seq=4, fates=[], memberships=moved))
    hour = noon + timedelta(hours=1)

    async def asked(topics: set[str] | None, until: datetime) -> list[str]:
        return [f.item.id for f in await records.facts(since=noon, until=until, topics=topics)]

    assert await asked({"t1"}, hour) == ["wire:0", "wire:3"]
    assert await asked({"t2"}, later - timedelta(minutes=1)) == ["wire:1", "wire:2"]
    assert await asked({"t2", "t3"}, hour) == ["wire:1", "wire:2"]
    assert await asked(set(), hour) == []
    assert await asked(None, hour) == [i.id for i in some]
    wanted = ["wire:1", "wire:3", "wire:9"]
    assert await records.holders(wanted, at=hour) == {"wire:1": "t3", "wire:3": "t1"}
    assert await records.holders(wanted, at=later - timedelta(minutes=1)) == {"wire:1": "t2", "wire:3": "t1"}
    assert await records.holders(wanted, at=noon - timedelta(hours=1)) == {}


async def test_the_newest_list_is_the_current_one(records: SqlRecords, noon: datetime) -> None:
    some = items(noon, 1)
    await records.ingest([Arrival(i) for i in some])
    await records.settle(settled(some, "t1", 1))
    await records.publish([trend("t1", noon, 1), trend("t7", noon, 2)])
    await records.publish([trend("t1", noon + timedelta(hours=2), 1)])
    assert [t.topic for t in await records.trends()] == ["t1"]
    found = await records.trend("t1")
    assert found == trend("t1", noon + timedelta(hours=2), 1)
    with pytest.raises(Missing):
        await records.trend("t0")


async def test_a_list_of_a_moment_is_found_under_it(records: SqlRecords, noon: datetime) -> None:
    first = [trend("t1", noon, 1), trend("t7", noon, 2)]
    await records.publish(first)
    await records.publish([trend("t1", noon + timedelta(hours=2), 1)])
    assert await records.published(noon) == first
    assert await records.published(noon + timedelta(minutes=1)) == []


async def test_of_every_five_minutes_the_first_list_is_told_to_who_asks_for_the_past(
    records: SqlRecords, noon: datetime
) -> None:
    def told(minutes: float) -> list[Trend]:
        at = noon + timedelta(minutes=minutes)
        return [trend(f"t{rank}", at, rank) for rank in (1, 2, 3)]

    for minutes in (0, 1, 4.9, 6, 20):
        await records.publish(told(minutes))
    read = TypeAdapter(Trend).validate_json

    async def then(minutes: float, **which: int) -> list[Trend]:
        found = await records.listed(as_of=noon + timedelta(minutes=minutes), **which)
        assert found.at == (read(found.trends[0]).at if found.trends else None)
        return [read(one) for one in found.trends]

    for minutes in (0, 1, 2.5, 4.99):
        assert await then(minutes) == told(0), "what was published later changes no past answer"
    assert await then(5.5) == []  # more than five minutes after the one that is kept
    assert await then(6) == await then(9) == told(6)
    assert await then(-1) == await then(12) == []
    assert await then(20, limit=1, after_rank=1) == told(20)[1:2]
    page = await records.listed(limit=2, as_of=noon + timedelta(minutes=20))
    assert (page.last, page.more) == (2, True)
    rest = await records.listed(limit=2, after_rank=page.last, as_of=noon + timedelta(minutes=20))
    assert (rest.last, rest.more) == (3, False)


async def test_a_list_made_anew_for_its_moment_takes_the_place_of_the_kept_one(
    records: SqlRecords, noon: datetime
) -> None:
    await records.publish([trend("t1", noon, 1), trend("t2", noon, 2)])
    await records.publish([trend("t2", noon, 1)])
    assert [TypeAdapter(Trend).validate_json(t).topic for t in (await records.listed(as_of=noon)).trends] == [
        "t2"
    ]


async def test_the_list_lies_ready_as_it_was_published_page_by_page(
    records: SqlRecords, noon: datetime
) -> None:
    assert await records.listed() == Listed([])
    at = noon + timedelta(microseconds=1500)
    published = [trend(f"t{rank}", at, rank) for rank in range(1, 6)]
    await records.publish(published)
    first = await records.listed(limit=3)
    second = await records.listed(limit=3, after_rank=first.last)
    read = TypeAdapter(Trend).validate_json
    assert [read(one) for one in [*first.trends, *second.trends]] == published
    assert (first.at, first.last, first.more) == (at, 3, True)
    assert (second.at, second.last, second.more) == (at, 5, False)
    assert (await records.listed(limit=5)).more is False
    assert await records.listed(after_rank=5) == Listed([])


async def test_states_are_given_back_only_to_the_configuration_that_wrote_them(
    records: SqlRecords, noon: datetime
) -> None:
    some = items(noon, 2)
    await records.ingest([Arrival(i) for i in some])
    await records.settle(replace(settled(some, "t1", 2), states={"dedupe": b"\x00d", "cluster": b"c"}))
    assert await records.states("test") == (2, {"dedupe": b"\x00d", "cluster": b"c"})
    assert await records.states("other") == (0, {})


async def test_failures_of_a_source_add_up_until_it_answers(records: SqlRecords, noon: datetime) -> None:
    for _ in range(2):
        await records.tried(Health("wire", last_try=noon, failures=1, error="no answer"))
    (health,) = await records.health()
    assert (health.failures, health.error) == (2, "no answer")
    await records.tried(Health("wire", last_try=noon, last_success=noon, fetched=3, known=1))
    await records.tried(Health("wire", last_try=noon, failures=1, error="no answer"))
    (health,) = await records.health()
    assert (health.failures, health.fetched, health.last_success) == (1, 3, noon)


async def test_a_visit_that_begins_is_known_before_it_ends(records: SqlRecords, noon: datetime) -> None:
    later = noon + timedelta(hours=1)
    await records.trying("wire", noon)
    (health,) = await records.health()
    assert (health.last_try, health.last_success, health.failures) == (noon, None, 0)
    await records.tried(Health("wire", last_try=noon, last_success=noon, fetched=3, retry_at=later))
    await records.trying("wire", later)
    (health,) = await records.health()
    assert (health.last_try, health.last_success, health.fetched, health.retry_at) == (later, noon, 3, later)


async def test_the_last_of_a_visit_is_kept_with_how_it_went(records: SqlRecords, noon: datetime) -> None:
    brought = items(noon, 3)
    assert (await records.trying("wire", noon)).value == {}
    told = Health("wire", last_try=noon, last_success=noon, fetched=2, known=1)
    arrivals = [Arrival(item) for item in brought]
    health = await records.tried(told, arrivals, cursor=Cursor("wire", {"page": 2}))
    assert (health.fetched, health.known, health.last_news) == (2 + len(brought), 1, noon)
    again = await records.tried(told, arrivals)
    assert (again.fetched, again.known, again.last_news) == (2, 1 + len(brought), None)
    assert (await records.trying("wire", noon)).value == {"page": 2}
    (kept,) = await records.health()
    assert (kept.fetched, kept.known) == (4 + len(brought), 2 + len(brought))
    assert [visit.fetched for visit in await records.visits(noon)] == [2 + len(brought), 2]
    assert (await records.cursors())["wire"].value == {"page": 2}


async def test_it_is_known_when_a_source_last_had_news(records: SqlRecords, noon: datetime) -> None:
    hours = [noon + timedelta(hours=n) for n in range(4)]
    await records.trying("wire", hours[0])
    await records.tried(Health("wire", last_try=hours[0], last_success=hours[0]))
    assert [h.last_news for h in await records.health()] == [
        hours[0]
    ]  # silence is counted from the first visit
    await records.tried(
        Health("wire", last_try=hours[1], last_success=hours[1], fetched=1, last_news=hours[1])
    )
    await records.tried(Health("wire", last_try=hours[2], last_success=hours[2], known=1))
    assert [h.last_news for h in await records.health()] == [hours[1]]


async def test_the_rest_a_host_wants_is_kept_until_it_is_over(records: SqlRecords, noon: datetime) -> None:
    later = noon + timedelta(hours=1)
    await records.rest("a.example:443", noon)
    await records.rest("b.example:80", later)
    await records.rest("a.example:443", later)
    assert await records.rests(noon) == {"a.example:443": later, "b.example:80": later}
    assert await records.rests(later) == {}


async def test_a_copy_follows_its_original_into_every_topic(records: SqlRecords, noon: datetime) -> None:
    some = items(noon, 3)
    await records.ingest([Arrival(i) for i in some])
    first = settled(some[:2], "t1", 2)
    copy = Fate("wire:1", "duplicate", noon, "same text", of="wire:0")
    await records.settle(replace(first, fates=[first.fates[0], copy], memberships=first.memberships[:1]))
    assert {f.item.id for f in await records.members("t1")} == {"wire:0", "wire:1"}
    later = noon + timedelta(hours=1)
    moved = replace(settled(some[2:], "t3", 3), memberships=[Membership("wire:0", "t2", later)])
    moved = replace(moved, memberships=[*moved.memberships, Membership("wire:2", "t3", later)])
    await records.settle(moved)
    assert {f.item.id for f in await records.members("t2")} == {"wire:0", "wire:1"}
    assert (await records.topic("t1")).items == 0
    early = await records.facts(since=noon, until=noon + timedelta(minutes=30))
    late = await records.facts(since=noon, until=later)
    assert [(f.item.id, f.topic) for f in early] == [("wire:0", "t1"), ("wire:1", "t1")]
    assert [(f.item.id, f.topic) for f in late] == [("wire:0", "t2"), ("wire:1", "t2"), ("wire:2", "t3")]
    (told,) = await records.fate(item="wire:1")
    assert [m.topic for m in told.history] == ["t1", "t2"]
    assert await records.check() == []


async def test_a_reading_of_a_window_goes_on_where_the_last_one_ended(
    records: SqlRecords, noon: datetime
) -> None:
    some = items(noon, 6)
    long = replace(some[1], body="b" * 5000 + "end")
    some[1] = long
    await records.ingest([Arrival(i) for i in some])
    copy = Fate("wire:2", "duplicate", noon, "same text", of="wire:0")
    first = settled(some[:3], "t1", 3)
    await records.settle(replace(first, fates=[*first.fates[:2], copy], memberships=first.memberships[:2]))
    until = noon + timedelta(minutes=3)
    seen = await records.seen(since=noon, until=until)
    assert list(zip(seen.items.seq, seen.items.topic, seen.items.bearer, strict=True)) == [
        (1, "t1", 1),
        (2, "t1", 2),
        (3, "t1", 1),
    ]
    assert list(seen.items.id) == ["wire:0", "wire:1", "wire:2"]
    assert list(seen.items.copy_of) == ["", "", "wire:0"]
    assert list(seen.items.url) == [f"https://example.org/{n}" for n in range(3)]
    assert list(seen.items.seen_at) == [(noon.timestamp() + 60 * n) * 1000 for n in range(3)]
    assert list(seen.items.engagement) == ['{"points":0}', '{"points":1}', '{"points":2}']
    body = seen.items.body[1]
    assert len(body) < 1000
    assert body.endswith("end")
    later = noon + timedelta(hours=1)
    moved = replace(settled(some[3:], "t3", 6), memberships=[Membership("wire:0", "t2", later)])
    await records.settle(replace(moved, memberships=[*moved.memberships, Membership("wire:3", "t3", until)]))
    more = await records.seen(since=noon, until=until, after_seq=seen.last_seq, after_move=seen.last_move)
    assert list(more.items.id) == ["wire:3"]
    assert more.moves == [(4, "t3")]
    rest = await records.seen(since=noon, until=later, after_seq=more.last_seq, after_move=more.last_move)
    assert list(rest.items.id) == ["wire:4", "wire:5"]
    assert (1, "t2") in rest.moves
    facts = await records.facts_at([2, 5, 99])
    assert [(f.seq, f.item.id, f.item.body) for f in facts] == [(2, "wire:1", long.body), (5, "wire:4", "")]


async def test_what_ranking_reads_says_what_the_facts_say(records: SqlRecords, noon: datetime) -> None:
    known = items(noon, 7)
    some = [
        replace(
            known[0], author=" Ann  BEE ", body="PARIS (Reuters) - A court has ruled. " + "It did so. " * 60
        ),
        replace(known[1], published_at=None, engagement={}),
        replace(known[2], published_at=noon + timedelta(days=9), url="https://youtu.be/abc"),
        replace(known[3], source="x.example", url="https://edition.cnn.com/a?to=//t.co/b"),
        replace(known[4], url="https://t.co/b", engagement={"points": 3, "comments": 4}),
        replace(known[5], url="", body="Der Rat hat entschieden. " * 30 + "Quelle: dpa"),
        replace(known[6], url="https://www.google.com/amp/s/www.bbc.co.uk/news/1"),
    ]
    await records.ingest([Arrival(i) for i in some])
    copy = Fate("wire:2", "duplicate", noon, "same text", of="wire:0")
    first = settled(some, "t1", 7)
    fates = [*first.fates[:2], copy, *first.fates[3:]]
    kept = [m for m in first.memberships if m.item != "wire:2"]
    await records.settle(replace(first, fates=fates, memberships=kept))
    until = noon + timedelta(hours=1)
    read = lines_of((await records.seen(since=noon, until=until)).items)
    facts = await records.facts(since=noon, until=until)
    told = Lines.of(line_of(fact, 1 if fact.copy_of else None) for fact in facts)
    assert [house for house in read.family if house in ("CNN", "BBC")] == ["CNN", "BBC"]
    assert (read.wire[0], read.wire[5]) == ("Reuters", "dpa")
    for name in Lines._fields:
        assert repr(list(map(plain_number, getattr(read, name)))) == repr(list(getattr(told, name))), name


def plain_number(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def said(noon: datetime, **fields: object) -> Correction:
    known = Correction(
        "split", "ann", noon + timedelta(hours=1), noon + timedelta(days=2), "t2", of=["t1"],
        together=["wire:0"], apart=["wire:2"], moved=[("wire:0", "t1", "t2")],
        emptied=["t9"], places={"wire:0": "t2", "wire:2": "t1"}, place=3,
    )  # fmt: skip
    return replace(known, **fields)  # type: ignore[arg-type]


async def corrected(records: SqlRecords, noon: datetime) -> Correction:
    """Three items in one topic, the second a copy of the first; the first is then taken out."""
    some = items(noon, 3)
    await records.ingest([Arrival(i) for i in some])
    batch = settled(some, "t1", 3)
    copy = Fate("wire:1", "duplicate", noon, "same text", of="wire:0")
    kept = [batch.memberships[0], batch.memberships[2]]
    await records.settle(replace(batch, fates=[batch.fates[0], copy, batch.fates[2]], memberships=kept))
    away = Lineage("t2", "split", noon + timedelta(hours=1), other="t1")
    return await records.correct(said(noon), [away], after=0)


async def test_a_correction_is_true_at_once_and_not_before(records: SqlRecords, noon: datetime) -> None:
    made = await corrected(records, noon)
    assert made == said(noon, id=made.id)
    assert await records.corrections() == [made]
    assert await records.corrections(after=made.id) == []
    assert [f.item.id for f in await records.members("t2")] == ["wire:0", "wire:1"]
    assert [(c.topic, c.change) for c in await records.lineage("t2")] == [("t2", "split")]
    early = await records.facts(since=noon, until=noon + timedelta(minutes=59))
    late = await records.facts(since=noon, until=noon + timedelta(hours=1))
    assert [f.topic for f in early] == ["t1", "t1", "t1"]
    assert [f.topic for f in late] == ["t2", "t2", "t1"]
    assert await records.check() == []


async def test_a_correction_that_looked_at_other_records_is_refused_whole(
    records: SqlRecords, noon: datetime
) -> None:
    made = await corrected(records, noon)
    before = await records.logical_hash()
    for late in (said(noon, place=2), said(noon, place=3)):
        with pytest.raises(Conflict, match="changed while"):
            await records.correct(late, [], after=0 if late.place == 3 else made.id)
    assert await records.logical_hash() == before


async def test_a_batch_that_has_not_heard_of_a_correction_is_refused(
    records: SqlRecords, noon: datetime
) -> None:
    made = await corrected(records, noon)
    more = items(noon, 5)[3:]
    await records.ingest([Arrival(i) for i in more])
    batch = settled(more, "t1", 5)
    with pytest.raises(Conflict, match="correction"):
        await records.settle(batch)
    await records.settle(replace(batch, corrected=made.id))
    assert (await records.balance()).waiting == 0


async def test_a_correction_that_is_not_obeyed_is_told(records: SqlRecords, noon: datetime) -> None:
    made = await corrected(records, noon)
    back = Settled(
        3, [], memberships=[Membership("wire:0", "t1", noon + timedelta(hours=2))], corrected=made.id
    )
    await records.settle(back)
    assert await records.check() == [f"correction {made.id} (split of 't1') is not obeyed"]
    undo = said(noon, kind="undo", together=[], apart=[], moved=[], places={}, undoes=made.id)
    await records.correct(undo, [], after=made.id)
    assert await records.check() == []


async def test_what_still_comes_to_a_merged_topic_goes_to_its_heir(
    records: SqlRecords, noon: datetime
) -> None:
    some = items(noon, 3)
    await records.ingest([Arrival(i) for i in some])
    await records.settle(settled(some[:1], "t1", 1))
    await records.settle(settled(some[1:2], "t2", 2))
    merged = Settled(2, [], lineage=[Lineage("t2", "merged", noon, other="t1")])
    await records.settle(merged)
    late = replace(settled(some[2:], "t2", 3), lineage=[Lineage("t1", "merged", noon, other="t2")])
    await records.settle(late)
    assert [f.item.id for f in await records.members("t2")] == ["wire:0", "wire:1", "wire:2"]
    assert (await records.topic("t2")).id == (await records.topic("t1")).id == "t1"


async def test_the_newest_items_of_several_topics_come_at_once(records: SqlRecords, noon: datetime) -> None:
    made = items(noon, 6)
    await settle(records, made, {"t1": made[:4], "t2": made[4:]}, copies={made[3].id: made[0].id})
    found = await records.newest(["t1", "t2", "t9"], limit=2)
    assert {topic: [fact.item.id for fact in facts] for topic, facts in found.items()} == {
        "t1": [made[2].id, made[1].id],
        "t2": [made[5].id, made[4].id],
        "t9": [],
    }


async def test_a_topics_first_name_is_the_one_a_list_showed_first(
    records: SqlRecords, noon: datetime
) -> None:
    made = items(noon, 4)
    await settle(records, made, {f"t{n}": [item] for n, item in enumerate(made)}, copies={})
    await records.publish([trend("t1", noon, 1)])
    await records.publish([trend("t2", noon + timedelta(minutes=5), 1)])
    assert await records.first_names(["t0", "t1", "t2"]) == {"t1": "t1", "t2": "t2"}
    lineage = [Lineage("t1", "merged", noon, "t0"), Lineage("t0", "merged", noon, "t2")]
    moved = [Membership(made[1].id, "t2", noon), Membership(made[0].id, "t2", noon)]
    await records.settle(
        Settled(last_seq=await records.settled_until(), fates=[], memberships=moved, lineage=lineage)
    )
    assert await records.first_names(["t2"]) == {"t2": "t1"}
    assert await records.first_names([]) == {}


async def settle(
    records: SqlRecords, made: list[Item], placed: dict[str, list[Item]], *, copies: dict[str, str]
) -> None:
    await records.ingest([Arrival(item) for item in made])
    await records.settle(
        Settled(
            last_seq=len(made),
            fates=[
                Fate(i.id, "duplicate" if i.id in copies else "kept", i.seen_at, "", copies.get(i.id))
                for i in made
            ],
            items=made,
            memberships=[Membership(i.id, topic, i.seen_at) for topic, some in placed.items() for i in some],
            lineage=[Lineage(topic, "born", made[0].seen_at) for topic in placed],
        )
    )
