"""Searching by words finds the same on every backend."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from places import database_at, opened
from trend_agent.items import Fate, Item, Membership
from trend_agent.storage import Arrival, Settled
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.terms import terms

TITLES = {
    "en": "The U.S.-China talks about café chips, it's said: 1,000 chips",
    "en2": "Chips plus chip makers; talks of the US",
    "de": "Löwe im Straßenverkehr: Müller sah ihn",
    "zh": "华为发布新款手机,市场反应热烈",
    "ja": "東京でスマートフォンの新型が発表された",
    "ko": "서울에서 새로운 전화기가 나왔다",
    "th": "ตลาดโทรศัพท์มือถือในกรุงเทพ",
    "hi": "दिल्ली में नया फ़ोन आया",
    "ar": "هاتفٌ جديد في القاهرة",
    "ru": "Йогурт подорожал в Москве",
    "odd": "C++ \U0001f600 <b>\"quoted\"</b> 100% AND OR NOT NEAR(x) it''s a:b*",
}


@pytest.fixture
async def records(place: str, noon: datetime) -> AsyncIterator[SqlRecords]:
    async with opened(database_at(place)) as found:
        await fill(found, noon, TITLES)
        yield found


async def fill(records: SqlRecords, noon: datetime, titles: dict[str, str]) -> None:
    some = [
        Item(
            id=key,
            source=f"wire-{key}",
            title=title,
            body="",
            lang=key[:2],
            seen_at=noon + timedelta(hours=n),
        )
        for n, (key, title) in enumerate(titles.items())
    ]
    await records.ingest([Arrival(item) for item in some])
    await records.settle(
        Settled(
            last_seq=len(some),
            fates=[Fate(i.id, "kept", i.seen_at) for i in some],
            items=some,
            memberships=[Membership(i.id, "t1", i.seen_at) for i in some],
        )
    )


def keys(found: Sequence[object]) -> list[str]:
    return [fact.item.id for fact in found]  # type: ignore[attr-defined]


QUERIES = [
    ("chips", ["en2", "en"]),
    ("CHIPS café", ["en"]),
    ("cafe", ["en"]),
    ("chips -café", ["en2"]),
    ('"china talks"', ["en"]),
    ('"talks china"', []),
    ("chip", ["en2"]),
    ("chi*", ["en2", "en"]),
    ("lowe müller", ["de"]),
    ("strassenverkehr", ["de"]),
    ("手机", ["zh"]),
    ("手", ["zh"]),
    ("热烈", ["zh"]),
    ("烈", ["zh"]),
    ("新款手机", ["zh"]),
    ("机手", []),
    ("スマートフォン", ["ja"]),
    ("東京", ["ja"]),
    ("전화기", ["ko"]),
    ("서울", ["ko"]),
    ("โทรศัพท์", ["th"]),
    ("फ़ोन", ["hi"]),
    ("هاتف", ["ar"]),
    ("йогурт", ["ru"]),
    ("иогурт", []),
    ("c++", ["odd"]),
    ("AND", ["odd"]),
    ("nothing like it", []),
    ("", []),
    ("-chips", []),
]


async def test_words_find_what_holds_them(records: SqlRecords) -> None:
    found = [(query, keys(await records.search(query))) for query, _ in QUERIES]
    assert found == QUERIES


async def test_what_is_found_can_be_narrowed(records: SqlRecords, noon: datetime) -> None:
    assert keys(await records.search("chips", sources=["wire-en"])) == ["en"]
    assert keys(await records.search("talks", languages=["en"], limit=1)) == ["en2"]
    assert keys(await records.search("talks", since=noon + timedelta(minutes=1))) == ["en2"]
    assert keys(await records.search("talks", until=noon)) == ["en"]
    (fact,) = await records.search("手机")
    assert (fact.topic, fact.item.title, fact.copy_of) == ("t1", TITLES["zh"], None)


NASTY = [
    '"', "'", "*", "-", '-"', '"" ""', "\\", "\x00", "a\x00b", ":", "a:*", "'a':1", "(", ")", "NOT", "NEAR(", "^a",
    "{a}", "a AND", "a & | ! <-> b", "%", "_", "\ud800", "😀", "़", "x" * 100_000, '"a b', "-" * 50, "*" * 50,
    "\u202e手", "word " * 5_000,
]  # fmt: skip


async def test_no_sign_in_a_query_is_an_error(records: SqlRecords) -> None:
    for query in NASTY:
        assert isinstance(await records.search(query), list), query


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.text(max_size=60))
def test_terms_survive_whatever_is_written(written: str) -> None:
    for term in terms(written):
        assert term
        assert not set(term) & set(" '\"\\*:&|!()<>-")


async def test_a_long_text_is_indexed_as_far_as_there_is_room(place: str, noon: datetime) -> None:
    async with opened(database_at(place)) as book:
        words = " ".join(f"word{n}" for n in range(30_000))
        await fill(book, noon, {"long": f"{words} {'y' * 5000}"})
        assert keys(await book.search("word1999")) == ["long"]
        assert keys(await book.search("word29999")) == []


async def test_an_index_that_lost_items_is_noticed_and_made_anew(records: SqlRecords) -> None:
    await records.database.write(lambda c: c.execute(text("DELETE FROM words")), alone=True)
    assert keys(await records.search("chips")) == []
    assert await records.check() == [
        f"searching does not know {len(TITLES)} items; `trend db reindex` mends it"
    ]
    await records.reindex()
    assert keys(await records.search("chips")) == ["en2", "en"]
    assert await records.check() == []
