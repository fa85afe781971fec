"""What is said of a topic with who says it: every sentence leads to the items it stands in, word for word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from trend_agent.errors import Missing
from trend_agent.items import Item, Sentence, Trend
from trend_agent.storage import Records


@dataclass(frozen=True, slots=True)
class Citation:
    """An item that says a sentence, and where it can be read."""

    item: str
    source: str
    title: str
    url: str
    lang: str
    published_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence of a source, and the items that say it."""

    text: str
    items: Sequence[Citation]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a topic is about, in its items' own words."""

    topic: str
    headline: Cited
    sentences: Sequence[Cited]
    at: datetime


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline a topic had on the lists from `since` to `until`, and its best rank in that time."""

    text: str
    items: Sequence[str]
    since: datetime
    until: datetime
    best_rank: int


async def cited(records: Records, trend: Trend) -> Summary:
    """A trend's summary with its items; one that has left the records since is left out."""
    ids = {item for sentence in (trend.headline, *trend.summary) for item in sentence.items}
    items = await _items(records, sorted(ids))
    return Summary(
        trend.topic, _cited(trend.headline, items), [_cited(s, items) for s in trend.summary], trend.at
    )


async def _items(records: Records, ids: Sequence[str]) -> Mapping[str, Item]:
    found = {fact.item.id: fact.item for fact in await records.standing(ids)}
    for item in ids:
        if item not in found:  # a copy stands in no list of originals
            try:
                found[item] = (await records.fate(item=item))[0].item
            except Missing:
                continue
    return found


def _cited(sentence: Sentence, items: Mapping[str, Item]) -> Cited:
    return Cited(sentence.text, [_citation(items[key]) for key in sentence.items if key in items])


def _citation(item: Item) -> Citation:
    return Citation(item.id, item.source, item.title, item.url, item.lang, item.published_at, item.seen_at)


def headlines(places: Sequence[Trend]) -> list[Headline]:
    """The headlines of a topic's places on lists, oldest first; one that stays is told once."""
    found = []
    for text, some in groupby(places, key=lambda trend: trend.headline.text):
        run = list(some)
        best = min(trend.rank for trend in run)
        found.append(Headline(text, run[0].headline.items, run[0].at, run[-1].at, best))
    return found
