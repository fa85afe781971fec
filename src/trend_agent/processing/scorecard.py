"""How good our calls are: each is written down when it is made, and resolved when its hours are over.

A call says that a topic is rising: its state says so, or its rise passed the dial lately. It holds when the six
hours after it bring more independent items (dated, no copies) than the six before, three at least. What is counted is
what was known when the hours were over, so the answer never changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from trend_agent.errors import Missing
from trend_agent.items import Call, Outcome, Trend
from trend_agent.observability.log import logger
from trend_agent.processing.rank.hold import FEWEST, HOURS
from trend_agent.storage import Fact, Records

log = logger("scorecard")

HORIZON = timedelta(hours=HOURS)
KNOWN_BY = 50
"""Items by which a topic is known again."""
FEWEST_SOURCES = 3
"""Sources below which nobody is the median."""
TOPS = (1, 3, 5, 10)

Made = tuple[Call, Outcome | None]
"""A call that was made, and what came of it once that is known."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The measures, each with its number of cases. `precision` at k is the mean, over moments with calls, of the
    share of the k best placed that held. A `brier` score below that of the base rate says that confidence tells
    something. `lead_hours` is the median over the `led` calls that held and have sources enough."""

    calls: int
    resolved: int
    held: float | None
    precision: Mapping[str, float]
    moments: int
    brier: float | None
    brier_of_base_rate: float | None
    lead_hours: float | None
    led: int


def says_rise(trend: Trend) -> bool:
    """Whether a list that shows the trend calls it rising. An alarm is a call for as long as a call runs: it may
    stand for days."""
    return trend.state == "rising" or (trend.alarm is not None and trend.at - trend.alarm < HORIZON)


def calls_of(trends: Sequence[Trend], facts: Sequence[Fact], called: Collection[str]) -> list[Call]:
    """The calls of a list, from the facts of the `HORIZON` up to its moment; topics in `called` have a call that
    still runs."""
    rising = {t.topic: t for t in trends if says_rise(t) and t.topic not in called}
    items: dict[str, list[Fact]] = {topic: [] for topic in rising}
    for fact in facts:
        if fact.topic in items:
            items[fact.topic].append(fact)
    return [
        Call(
            topic,
            trend.at,
            trend.rank,
            trend.confidence,
            _independent(items[topic], trend.at - HORIZON, trend.at),
            trend.receipt.items[-KNOWN_BY:],
            trend.receipt.configuration,
        )
        for topic, trend in rising.items()
    ]


def outcome_of(call: Call, facts: Sequence[Fact]) -> Outcome:
    """What came of a call, from the facts up to the end of its hours."""
    known = set(call.items)
    holders = [fact.topic for fact in facts if fact.item.id in known]
    topic = max(sorted(set(holders)), key=holders.count) if holders else call.topic
    mine = [fact for fact in facts if fact.topic == topic]
    after = _independent(mine, call.at, call.at + HORIZON)
    first: dict[str, datetime] = {}
    for fact in mine:
        moment = fact.item.happened_at
        first[fact.item.source] = min(first.get(fact.item.source, moment), moment)
    lead = None
    if len(first) >= FEWEST_SOURCES:
        lead = median((moment - call.at).total_seconds() / 3600 for moment in first.values())
    held = after > call.before and after >= FEWEST
    return Outcome(call.topic, call.at, call.at + HORIZON, held, after, len(first), lead)


def as_known(made: Sequence[Made], at: datetime) -> list[Made]:
    """The calls made up to a moment, with the outcomes known by then."""
    return [
        (call, outcome if outcome and outcome.resolved_at <= at else None)
        for call, outcome in made
        if call.at <= at
    ]


def scorecard(made: Sequence[Made]) -> Scorecard:
    resolved = [(call, outcome) for call, outcome in made if outcome]
    held = [outcome.held for _, outcome in resolved]
    base = sum(held) / len(held) if held else None
    leads = [o.lead_hours for _, o in resolved if o.held and o.lead_hours is not None]
    lists: dict[datetime, list[tuple[int, bool]]] = {}
    for call, outcome in resolved:
        lists.setdefault(call.at, []).append((call.rank, outcome.held))
    return Scorecard(
        calls=len(made),
        resolved=len(resolved),
        held=base,
        precision={str(k): _precision(lists.values(), k) for k in TOPS} if lists else {},
        moments=len(lists),
        brier=_mean([(call.confidence - outcome.held) ** 2 for call, outcome in resolved]),
        brier_of_base_rate=None if base is None else base * (1 - base),
        lead_hours=median(leads) if leads else None,
        led=len(leads),
    )


async def keep_score(records: Records, trends: Sequence[Trend], window: timedelta) -> None:
    """Write down the calls of the list that was just published, and what came of those whose hours are over. A call
    whose facts are no longer kept stays without an outcome."""
    if not trends:
        return
    at = trends[0].at
    open_calls = [call for call, _ in await records.calls(unresolved=True)]
    over = [call for call in open_calls if call.at + HORIZON <= at]
    for end in sorted({call.at + HORIZON for call in over}):
        try:
            facts = await _followed(records, [call for call in over if call.at + HORIZON == end], end, window)
        except Missing as gone:
            log.warning("calls cannot be resolved", until=end, reason=str(gone))
            continue
        await records.resolve([outcome_of(call, facts) for call in over if call.at + HORIZON == end])
    running = {call.topic for call in open_calls if call.at + HORIZON > at}
    rising = [trend for trend in trends if says_rise(trend) and trend.topic not in running]
    if rising:
        facts = await records.facts(since=at - HORIZON, until=at, topics={trend.topic for trend in rising})
        await records.register(calls_of(rising, facts, running))


async def _followed(records: Records, over: Sequence[Call], end: datetime, window: timedelta) -> list[Fact]:
    """The facts of a window in the topics that some calls are about, or have become part of by then."""
    known = await records.holders({item for call in over for item in call.items}, at=end)
    topics = {call.topic for call in over} | set(known.values())
    return await records.facts(since=end - window, until=end, topics=topics)


def _independent(facts: Sequence[Fact], since: datetime, until: datetime) -> int:
    dated = [fact for fact in facts if fact.copy_of is None and fact.item.published_at is not None]
    return sum(since < fact.item.happened_at <= until for fact in dated)


def _precision(lists: Collection[Sequence[tuple[int, bool]]], k: int) -> float:
    shares = [sum(held for _, held in sorted(calls)[:k]) / len(calls[:k]) for calls in lists]
    return sum(shares) / len(shares)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
