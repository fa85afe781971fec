"""How much there is: items, topics and trends, by day, source, language and category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trend_agent.items import Trend, TrendState, Verdict
from trend_agent.processing.categorise import CATEGORIES, OTHER
from trend_agent.storage import Count, Records


@dataclass(frozen=True, slots=True)
class Share:
    """Items of one source, language or day, and the copies among them."""

    name: str
    items: int
    copies: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What was taken in and what became of it. `fetched` to `topics` are of all that was ever taken in, without what
    waits; `live_topics` and the shares are of what was seen from `since` to `at`, the largest first, days in order.
    """

    fetched: int
    waiting: int
    verdicts: Mapping[Verdict, int]
    topics: int
    live_topics: int
    trends: int
    states: Mapping[TrendState, int]
    alarms: int
    days: Sequence[Share]
    sources: Sequence[Share]
    languages: Sequence[Share]
    since: datetime | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """A category with its trends on the list: how many, what share of the list, and the topic of the first."""

    category: str
    trends: int
    share: float
    first: str | None


async def statistics(
    records: Records, listed: Sequence[Trend], *, days: int, as_of: datetime | None = None
) -> Statistics:
    """The numbers of the last so many days before a moment; those of all time are of now."""
    at = as_of or await records.clock()
    balance = await records.balance()
    since = at - timedelta(days=days) if at else None
    counts = await records.counts(since=since, until=at + timedelta(milliseconds=1)) if at and since else []
    return Statistics(
        fetched=balance.fetched,
        waiting=balance.waiting,
        verdicts=balance.verdicts,
        topics=await records.topics_since(),
        live_topics=await records.topics_since(since) if since else 0,
        trends=len(listed),
        states=Counter(trend.state for trend in listed),
        alarms=sum(trend.alarm is not None for trend in listed),
        days=sorted(_shares((f"{c.day:%Y-%m-%d}", c) for c in counts), key=lambda share: share.name),
        sources=_shares((c.source, c) for c in counts),
        languages=_shares((c.lang, c) for c in counts),
        since=since,
        at=at,
    )


def by_category(listed: Sequence[Trend]) -> list[CategoryShare]:
    """Every category there is, those with the most trends first."""
    counted = Counter(trend.category or OTHER for trend in listed)
    first = {trend.category or OTHER: trend.topic for trend in reversed(listed)}
    shares = [
        CategoryShare(name, counted[name], round(counted[name] / max(len(listed), 1), 4), first.get(name))
        for name in (*CATEGORIES, OTHER)
    ]
    return sorted(shares, key=lambda one: -one.trends)


def _shares(rows: Iterable[tuple[str, Count]]) -> list[Share]:
    items: Counter[str] = Counter()
    copies: Counter[str] = Counter()
    for name, count in rows:
        items[name] += count.items
        copies[name] += count.copies
    return [Share(name, n, copies[name]) for name, n in sorted(items.items(), key=lambda p: (-p[1], p[0]))]
