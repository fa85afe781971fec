"""Arrivals and pages on their way: what comes back is what was read."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_agent.app import detector
from trend_agent.errors import Rejected
from trend_agent.items import Fate, Item
from trend_agent.processing import wire
from trend_agent.processing.reading import Page, Reader
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
ODD = [
    Item("odd:1", "wire", "<b>A&amp;B</b> Ünïcode 東京で地震 \u202e", UNTIL, body="<p>x</p>" * 400, lang="DE-at"),
    Item("odd:2", "wire", "", UNTIL),
    Item("odd:3", "wire", "Date ahead", UNTIL, published_at=datetime(2099, 1, 1, tzinfo=UTC)),
    Item("odd:4", "wire", "Date unbelievable", UNTIL, published_at=datetime(1980, 1, 1, tzinfo=UTC)),
    Item("odd:5", "wire", "Counters", UNTIL, engagement={"points": -3.5, "views": 1e14}, url="HTTP://EXAMPLE.com:80/a?utm_source=x"),
    Item("odd:6", "wire", "Carried through", UNTIL, extra={"seq": 7, "kind": {"a": [1]}}),
]  # fmt: skip


def sent(value: Any) -> Any:
    """A value as it arrives at the other end."""
    return orjson.loads(orjson.dumps(value))


def arrivals() -> list[Arrival]:
    world = World(seed=5, days=1, per_day=300, until=UNTIL)
    items = [*world.items(), *ODD]
    return [Arrival(item, seq=number) for number, item in enumerate(items, 1)]


def same(one: Page, other: Page) -> None:
    assert (one.item, one.fate, one.address) == (other.item, other.fate, other.address)
    assert (one.prepared is None) == (other.prepared is None)
    if one.prepared and other.prepared and one.reading and other.reading:
        assert one.prepared.reading == other.prepared.reading
        assert one.prepared.address == other.prepared.address
        texts = one.prepared.text, other.prepared.text
        for name in ("title", "short", "prose", "keys", "exact"):
            assert getattr(texts[0], name) == getattr(texts[1], name)
        arrays = [(texts[0].runs, texts[1].runs)]
        arrays += [
            (getattr(one.reading, name), getattr(other.reading, name))
            for name in ("grams", "terms", "kinds", "cases", "lower", "upper")
        ]
        for first, second in arrays:
            assert first.dtype == second.dtype
            assert np.array_equal(first, second)


def test_a_page_that_travelled_is_the_page_that_was_read() -> None:
    reader, found = Reader(detector()), arrivals()
    there = wire.arrivals_of(sent(wire.arrival_rows(found)))
    back = wire.unpacked(found, sent(wire.packed(there, reader(there))))
    for one, other in zip(reader(found), back, strict=True):
        same(one, other)
    assert back[-1].item.extra == {"seq": 7, "kind": {"a": [1]}}, "what is only carried through stayed here"


def test_what_is_filtered_or_unreadable_comes_back_with_its_fate() -> None:
    reader = Reader(detector(), wanted={"ja"})
    found = [
        Arrival(ODD[1]),
        Arrival(replace(ODD[0], id="odd:fault"), fault="no JSON"),
        Arrival(Item("odd:en", "wire", "The quick brown fox jumps over the lazy dog again", UNTIL)),
    ]
    there = wire.arrivals_of(sent(wire.arrival_rows(found)))
    pages = wire.unpacked(found, sent(wire.packed(there, reader(there))))
    fates = [page.fate for page in pages]
    assert all(isinstance(fate, Fate) for fate in fates)
    assert [fate.verdict for fate in fates if fate] == ["quarantined", "quarantined", "filtered"]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"pages": [], "numbers": {}},
        {"pages": [{}], "numbers": 3},
        {"pages": [{"compared": []}], "numbers": {name: ["AQAAAA==", "AA=="] for name in wire.ARRAYS}},
    ],
)
def test_what_is_no_page_is_refused(broken: Any) -> None:
    with pytest.raises(Rejected, match="no pages of 1 arrivals"):
        wire.unpacked([Arrival(ODD[0])], broken)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=200), st.sampled_from(["und", "en", "ja", "x-y"]))
def test_any_text_travels(title: str, body: str, lang: str) -> None:
    clean = [text.replace("\x00", "").encode("utf-8", "replace").decode() for text in (title, body)]
    found = [Arrival(Item("any:1", "wire", clean[0], UNTIL, body=clean[1], lang=lang))]
    there = wire.arrivals_of(sent(wire.arrival_rows(found)))
    reader = Reader(detector())
    for one, other in zip(
        reader(found), wire.unpacked(found, sent(wire.packed(there, reader(there)))), strict=True
    ):
        same(one, other)
