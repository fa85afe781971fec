"""A topic over time: its items by source, the alarms it raised, and what the next day may bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Literal

from trend_agent.items import Trend
from trend_agent.processing.forecast import HOURS
from trend_agent.processing.topic_forecast import FEWEST_ITEMS, Ahead, forecast_for, hourly
from trend_agent.storage import BIN_SECONDS, Fact, Records

Width = Literal["quarter", "hour", "day"]
SECONDS: Mapping[Width, int] = MappingProxyType({"quarter": BIN_SECONDS, "hour": 3600, "day": 86_400})

REARM = timedelta(hours=1)
"""Two alarms closer than this are one, whose moment late items moved."""
POOL_DAYS = 7
POOL = 300
"""Topics born in the days before whose past tells how young topics go on."""

Bin = tuple[datetime, str, int, int]
"""(start, source, items, copies among them)."""


@dataclass(frozen=True, slots=True)
class Column:
    """How many items of a source were seen on a topic from `start` on for one width, copies included."""

    start: datetime
    source: str
    items: int
    copies: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """The moment a topic's surprise passed the dial, and that surprise on the list that told of it first."""

    at: datetime
    surprise: float | None


@dataclass(frozen=True, slots=True)
class ExpectedHour:
    """Items expected in one hour, and between which numbers they lie four times of five."""

    at: datetime
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Expected:
    """The next 24 hours, by the topic's `own` past or that of `others` of its age."""

    rests_on: Literal["own", "others"]
    hours: Sequence[ExpectedHour]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A topic's columns, oldest first, empty ones left out; its alarms; its forecast from `at` on, where enough is
    known for one: else `no_forecast` says why there is none."""

    topic: str
    columns: Sequence[Column]
    alarms: Sequence[Alarm]
    forecast: Expected | None
    no_forecast: str
    width_seconds: int
    at: datetime | None


async def timeline(
    records: Records, key: str, *, as_of: datetime | None = None, width: Width = "hour"
) -> Timeline:
    """The timeline of now, or as it was at a moment. `Missing` if there never was such a topic."""
    topic = (await records.topic(key)).id
    at = as_of or await records.clock()
    bins = await _bins_then(records, topic, as_of) if as_of else await _bins(records, topic)
    lists = await records.places(topic, until=at)
    ahead = await _ahead(records, bins, at) if at else None
    return Timeline(
        topic,
        columns(bins, SECONDS[width]),
        alarms(lists),
        _expected(ahead, at) if ahead and at else None,
        ""
        if ahead
        else f"under {FEWEST_ITEMS} items in the {HOURS} hours before, or too little is known of others",
        SECONDS[width],
        at,
    )


async def _bins(records: Records, topic: str) -> list[Bin]:
    return [(start, source, n, copies) for start, source, _, n, copies in await records.series(topic)]


async def _bins_then(records: Records, topic: str, moment: datetime) -> list[Bin]:
    """The bins from the facts up to a moment, by who belonged to the topic then."""
    return binned(await _facts_then(records, topic, moment))


async def members_then(
    records: Records, key: str, moment: datetime, *, limit: int, after: int = 0
) -> list[Fact]:
    """A topic's items as they were known at a moment, in log order after the place `after`."""
    facts = await _facts_then(records, (await records.topic(key)).id, moment)
    return [fact for fact in facts if fact.seq > after][:limit]


async def _facts_then(records: Records, topic: str, moment: datetime) -> list[Fact]:
    """What was in a topic at a moment, and in those that were merged into it since."""
    named = [topic, *await records.names(topic)]
    first = [start for start, *_ in await _bins(records, topic)][:1]
    since = min([(await records.topic(topic)).born_at, moment, *first])
    return await records.facts(since=since, until=moment, topics=named)


def binned(facts: Iterable[Fact]) -> list[Bin]:
    """Facts counted as the records count them: by when they were seen."""
    items: Counter[tuple[datetime, str]] = Counter()
    copies: Counter[tuple[datetime, str]] = Counter()
    for fact in facts:
        place = (_start(fact.item.seen_at, BIN_SECONDS), fact.item.source)
        items[place] += 1
        copies[place] += fact.copy_of is not None
    return [(start, source, items[start, source], copies[start, source]) for start, source in sorted(items)]


def columns(bins: Sequence[Bin], seconds: int) -> list[Column]:
    """Bins put together to a wider width."""
    items: Counter[tuple[datetime, str]] = Counter()
    copies: Counter[tuple[datetime, str]] = Counter()
    for start, source, n, of_them in bins:
        place = (_start(start, seconds), source)
        items[place] += n
        copies[place] += of_them
    return [Column(*place, items[place], copies[place]) for place in sorted(items)]


def alarms(lists: Sequence[Trend]) -> list[Alarm]:
    """The alarms that a topic's places on lists tell of, oldest first."""
    found: list[Alarm] = []
    for trend in sorted((t for t in lists if t.alarm), key=lambda t: t.at):
        if trend.alarm and all(abs(trend.alarm - known.at) >= REARM for known in found):
            found.append(Alarm(trend.alarm, surprise_of(trend)))
    return found


def surprise_of(trend: Trend) -> float | None:
    """How little chance explains the rise: log10 of its odds, as the receipt has it."""
    inputs = next((term.inputs for term in trend.receipt.terms if term.name == "surprise"), {})
    value = inputs.get("log10_odds")
    return None if value is None else float(value)


async def _ahead(records: Records, bins: Sequence[Bin], at: datetime) -> Ahead | None:
    own = hourly((start, n) for start, _, n, _ in bins)
    pool = await records.others(since=at - timedelta(days=POOL_DAYS), until=at, least=FEWEST_ITEMS, most=POOL)
    return forecast_for(own, at, others=[hourly(rows) for rows in pool])


def _expected(ahead: Ahead, at: datetime) -> Expected:
    told = ahead.plain(at)
    return Expected(ahead.rests_on, [ExpectedHour(**hour) for hour in told["hours"]])


def _start(moment: datetime, seconds: int) -> datetime:
    """Where the stretch of time begins that a moment lies in."""
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)
