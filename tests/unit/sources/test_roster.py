"""Which sources there are, when some are chosen while the program runs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import cast

import pytest

from trend_agent.egress import Gone, Http
from trend_agent.errors import Misconfigured, Missing, Rejected
from trend_agent.items import Cursor, Item
from trend_agent.settings import filled
from trend_agent.sources import Source, source
from trend_agent.sources.collector import Collector
from trend_agent.sources.form import form, settings, shown
from trend_agent.sources.roster import added, changed, joined, pick, visited
from trend_agent.storage import Choice, Health
from trend_agent.storage.sql.records import SqlRecords

TOP = source("hackernews", limit=50)
FEED = source("rss", url="https://a.example/feed", called="a")


def test_without_choices_the_roster_is_what_is_configured() -> None:
    assert visited(joined([TOP, FEED], [])) == [TOP, FEED]


def test_a_choice_changes_only_what_it_names() -> None:
    (one,) = joined([TOP], [Choice("hackernews:top", "hackernews", {"interval": "1800"})])
    assert one.source == source("hackernews", limit=50, interval=1800)


def test_a_source_that_is_not_enabled_is_listed_and_not_visited() -> None:
    roster = joined([TOP, FEED], [Choice("hackernews:top", "hackernews", enabled=False)])
    assert [one.key for one in roster] == [TOP.key, FEED.key]
    assert visited(roster) == [FEED]


def test_an_added_source_is_visited_beside_the_configured_ones() -> None:
    choice = added("lobsters", {"feed": "newest"})
    assert choice.source == "lobsters:newest"
    assert visited(joined([TOP], [choice]))[1].key == "lobsters:newest"


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice("gone:x", "a_wheel_that_is_gone"), "no source called"),
        (Choice("lobsters:x", "lobsters", {"feed": "coldest"}), "feed: should be"),
        (Choice("lobsters:x", "lobsters", {"root": "${TREND_TEST_NOT_SET}"}), "'TREND_TEST_NOT_SET'"),
    ],
)
def test_a_choice_that_has_become_wrong_says_so_and_keeps_nobody_else(choice: Choice, words: str) -> None:
    roster = joined([TOP], [choice], filled)
    assert visited(roster) == [TOP]
    assert words in roster[1].fault


def test_a_key_may_be_the_name_of_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_TEST_KEY", "geheim")
    choice = added("newsapi", {"api_key": "${TREND_TEST_KEY}"}, filled)
    assert choice.settings == {"api_key": "${TREND_TEST_KEY}"}
    (made,) = visited(joined([], [choice], filled))
    assert made.api_key.get_secret_value() == "geheim"  # type: ignore[attr-defined]
    assert shown(made) == {"api_key": "…"}


def test_settings_by_which_it_would_be_another_source_are_refused() -> None:
    (listed,) = joined([TOP], [])
    with pytest.raises(Rejected, match="would be 'hackernews:new'"):
        changed(listed, None, settings={"feed": "new"})
    with pytest.raises(Rejected, match="limit: should be"):
        changed(listed, None, settings={"limit": "0"})


def test_changes_add_up() -> None:
    (listed,) = joined([TOP], [])
    first = changed(listed, None, settings={"interval": "1800"})
    second = changed(listed, first, enabled=False)
    assert second == Choice("hackernews:top", "hackernews", {"interval": "1800"}, enabled=False)


def test_a_source_is_picked_by_its_key_or_by_the_name_its_items_bear() -> None:
    roster = joined([TOP, FEED], [])
    assert pick(roster, "rss:https://a.example/feed").source is FEED
    assert pick(roster, "a.example/feed").source is FEED
    assert pick(roster, "rss:a").source is FEED
    with pytest.raises(Missing, match="no source called 'b'; there are hackernews:top"):
        pick(roster, "b")
    many = joined([source("rss", url=f"https://{name}.example/feed") for name in "abcdefg"], [])
    with pytest.raises(
        Missing, match=r"no source called 'c.example'; near it are rss:https://c.example/feed$"
    ):
        pick(many, "c.example")
    with pytest.raises(Missing, match="`trend sources` lists them"):
        pick(many, "?")


def test_a_form_tells_of_every_setting() -> None:
    fields = {field.name: field for field in form(type(source("newsapi")))}
    assert fields["api_key"].secret
    assert "business" in fields["category"].options
    assert fields["interval"].type == "number"
    assert all(field.about for field in fields.values())
    required = {field.name for field in form(type(FEED)) if field.required}
    assert required == {"url"}


@pytest.mark.parametrize("pair", ["limit", "=3", "a b=3"])
def test_a_setting_is_a_name_and_a_value(pair: str) -> None:
    assert settings(["a=b=c"]) == {"a": "b=c"}
    with pytest.raises(Rejected, match="name=value"):
        settings([pair])


async def test_a_choice_is_kept_until_it_is_taken_back(records: SqlRecords) -> None:
    choice = Choice("rss:x", "rss", {"url": "https://a.example/feed"}, enabled=False)
    await records.choose(Choice("rss:x", "rss"))
    await records.choose(choice)
    assert await records.choices() == [choice]
    await records.unchoose("rss:x")
    assert await records.choices() == []
    with pytest.raises(Missing, match="'rss:x'"):
        await records.unchoose("rss:x")


class Ticking(Source, name="ticking"):
    """Brings one item a visit."""

    word: str = "a"

    @property
    def key(self) -> str:
        return f"ticking:{self.word[0]}"

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        yield Item(f"ticking:{self.word}", self.label, self.word, datetime.now(UTC))
        yield self.cursor(done=1)


async def test_what_is_wanted_is_followed_while_it_runs(records: SqlRecords) -> None:
    wanted: list[Source] = [Ticking(word="a1")]
    faults = 0

    async def now() -> list[Source]:
        nonlocal faults
        faults += 1
        if faults == 2:
            raise Misconfigured("the file is half written")
        return list(wanted)

    arrived = asyncio.Event()

    async def until(*words: str) -> None:
        """Until these are the sources that brought something new, in this order."""
        while True:
            visits = await records.visits(datetime(2020, 1, 1, tzinfo=UTC))
            if [visit.source[-1] for visit in visits if visit.fetched] == list(words):
                return
            await arrived.wait()
            arrived.clear()

    collector = Collector(records, cast(Http, None), visited=lambda _: arrived.set())
    work = asyncio.ensure_future(collector.follow(now, every=0.02))
    try:
        async with asyncio.timeout(20):
            await until("a")
            wanted.append(Ticking(word="b1"))
            await until("a", "b")
            wanted[0] = Ticking(word="a2")  # its settings changed: it is visited at once
            await until("a", "b", "a")
            wanted.clear()
            await asyncio.sleep(0.1)
            wanted.append(Ticking(word="c1"))
            await until("a", "b", "a", "c")
    finally:
        work.cancel()
        await asyncio.wait([work])


class Leaving(Source, name="leaving"):
    """Says that it is gone."""

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        raise Gone("'https://a.example/feed' answered 410: it is gone for good")
        yield


async def test_a_source_that_is_gone_is_left_alone_until_somebody_wants_it_asked_again(
    records: SqlRecords,
) -> None:
    visits, visited = [], asyncio.Event()

    async def now() -> list[Source]:
        return [Leaving()]

    def saw(health: Health) -> None:
        visits.append(health)
        visited.set()

    work = asyncio.ensure_future(Collector(records, cast(Http, None), visited=saw).follow(now, every=0.02))
    try:
        async with asyncio.timeout(20):
            await visited.wait()
            visited.clear()
            await asyncio.sleep(0.2)
            assert len(visits) == 1
            await records.resume("leaving")
            (known,) = await records.health()
            assert (known.failures, known.error, known.retry_at) == (0, "", None)
            await visited.wait()
    finally:
        work.cancel()
        await asyncio.wait([work])
