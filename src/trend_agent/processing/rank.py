"""Rank the topics of a moment: how much, how fast, how surprising, how broad, and how loud.

The score is a sum of terms in natural logarithms, so that a reader can add them up. All of it is a pure
function of the facts up to the moment, the settings and the moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from trend_agent.items import Receipt, Term, TrendState, digest
from trend_agent.processing.brigades import appearances, coordinated
from trend_agent.storage import Fact

Floats = NDArray[np.float64]
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class RankSettings:
    """The weights of the terms and the lengths they look at."""

    window: timedelta = timedelta(hours=72)
    half_life_hours: float = 8.0
    now_hours: float = 3.0
    before_hours: float = 9.0
    scales_hours: tuple[float, ...] = (1.0, 4.0, 12.0)
    lag_hours: float = 12.0
    prior_items: float = 0.1
    prior_hours: float = 2.0
    overdispersion: float = 1.0
    copy_weight: float = 0.2
    repeat_hours: float = 6.0
    volume: float = 1.0
    rise: float = 1.0
    surprise: float = 0.3
    breadth: float = 0.8
    engagement: float = 0.5
    surprise_cap: float = 12.0
    led_by_one_source: int = 2
    led_penalty: float = 0.35

    @property
    def hash(self) -> str:
        return digest(repr(sorted(asdict(self).items())))


@dataclass(frozen=True, slots=True)
class Standing:
    """A topic's place on the list of a moment, before anything is said about it in words.

    `weights` are the items' weights as evidence, in the order of `facts`.
    """

    topic: str
    at: datetime
    rank: int
    state: TrendState
    velocity: float
    confidence: float
    series: Sequence[float]
    facts: Sequence[Fact]
    weights: Sequence[float]
    receipt: Receipt


@dataclass(slots=True)
class _Measures:
    """Columns over topics; counts are weighted items, ages in hours before the moment."""

    volume: Floats
    now: Floats
    before: Floats
    scales: list[Floats]
    past: Floats
    exposure: Floats
    effective: Floats
    loudness: Floats
    age: Floats
    idle: Floats
    observed: Floats = field(default_factory=lambda: np.zeros(0))
    expected: Floats = field(default_factory=lambda: np.zeros(0))
    scale: Floats = field(default_factory=lambda: np.zeros(0))
    surprise: Floats = field(default_factory=lambda: np.zeros(0))


class Ranker:
    """Ranks topics by the facts of a window. Holds no state between calls."""

    def __init__(self, settings: RankSettings | None = None) -> None:
        self.settings = settings or RankSettings()

    def __call__(self, facts: Sequence[Fact], at: datetime) -> list[Standing]:
        """Every topic with an item in the window, best first."""
        groups = [list(group) for _, group in groupby(sorted(facts, key=_by_topic), key=lambda f: f.topic)]
        if not groups:
            return []
        first, begin = appearances([f.item for f in facts]), min(f.item.seen_at for f in facts)
        weights = [
            self._weights(group) * coordinated([f.item for f in group], first=first, begin=begin)
            for group in groups
        ]
        measures = self._measure(groups, weights, at)
        self._surprise(measures, _ages([f for g in groups for f in g], at), np.concatenate(weights))
        terms = [self._terms(measures, k) for k in range(len(groups))]
        return self._balanced(groups, weights, measures, terms, at)

    def _weights(self, group: Sequence[Fact]) -> Floats:
        """The evidence in each item: a copy counts little, the n-th item of a source within hours 1/n."""
        seen: dict[str, list[float]] = {}
        weights = np.empty(len(group))
        for k, fact in enumerate(group):
            at = fact.item.happened_at.timestamp() / HOUR
            times = seen.setdefault(fact.item.source, [])
            times.append(at)
            nth = sum(abs(at - other) <= self.settings.repeat_hours for other in times[-50:])
            weights[k] = (self.settings.copy_weight if fact.copy_of else 1.0) / nth
        return weights

    def _measure(
        self, groups: Sequence[Sequence[Fact]], weights: Sequence[Floats], at: datetime
    ) -> _Measures:
        s = self.settings
        flat = [fact for group in groups for fact in group]
        owner = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        age, weight = _ages(flat, at), np.concatenate(weights)

        def total(mask: NDArray[np.bool_] | Floats) -> Floats:
            return np.bincount(owner, weights=weight * mask, minlength=len(groups)).astype(np.float64)

        oldest = np.maximum.reduceat(age, np.searchsorted(owner, np.arange(len(groups))))
        return _Measures(
            volume=total(2.0 ** (-age / s.half_life_hours)),
            now=total(age <= s.now_hours),
            before=total((age > s.now_hours) & (age <= s.now_hours + s.before_hours)),
            scales=[total(age <= scale) for scale in s.scales_hours],
            past=total(age > s.lag_hours),
            exposure=np.maximum(oldest - s.lag_hours, 0.0),
            effective=_effective(flat, owner, weight * 2.0 ** (-age / s.half_life_hours)),
            loudness=_loudness(flat, owner, len(groups)),
            age=oldest,
            idle=np.minimum.reduceat(age, np.searchsorted(owner, np.arange(len(groups)))),
        )

    def _surprise(self, m: _Measures, ages: Floats, weights: Floats) -> None:
        """-log10 P(at least what was seen) under a negative binomial around the topic's own past.

        The rate is Gamma-distributed with a weak prior, which is all that a new topic has; the whole
        stream's swing scales what is expected (Gamma-Poisson mixture, e.g. Gelman et al., BDA3, 2.6).
        """
        from scipy.special import betainc

        s = self.settings
        shape, exposure = s.prior_items + m.past, s.prior_hours + m.exposure
        rate = shape / exposure
        per_hour = weights.sum() / max(float(ages.max()), 1.0)
        best = np.full(len(rate), -1.0)
        m.observed, m.expected, m.scale = np.zeros_like(best), np.zeros_like(best), np.zeros_like(best)
        for scale, seen in zip(s.scales_hours, m.scales, strict=True):
            swing = (weights[ages <= scale].sum() + 20.0) / (per_hour * scale + 20.0)
            mean = np.maximum(rate * scale * swing, 1e-6)
            spread = mean * (1 + s.overdispersion) + mean**2 / shape
            size = mean**2 / (spread - mean)
            tail = betainc(np.maximum(seen, 1e-9), size, mean / (size + mean))
            value = np.where(seen > 0, -np.log10(np.maximum(tail, 1e-300)), 0.0)
            better = value > best
            best = np.where(better, value, best)
            m.observed, m.expected = np.where(better, seen, m.observed), np.where(better, mean, m.expected)
            m.scale = np.where(better, scale, m.scale)
        m.surprise = np.maximum(best, 0.0)

    def _terms(self, m: _Measures, k: int) -> list[Term]:
        s = self.settings
        now, before = m.now[k] / s.now_hours, m.before[k] / s.before_hours
        usual = m.before[k] * s.now_hours / s.before_hours
        rise = float(np.log((m.now[k] + 1.0) / (usual + 1.0)))
        surprise = min(float(m.surprise[k]), s.surprise_cap)
        found = (
            ("volume", s.volume * float(np.log1p(m.volume[k])), {"weighted_items": m.volume[k]}),
            ("rise", s.rise * rise, {"per_hour_now": now, "per_hour_before": before}),
            (
                "surprise",
                s.surprise * surprise,
                {
                    "observed": m.observed[k],
                    "expected": m.expected[k],
                    "hours": m.scale[k],
                    "minus_log10_p": m.surprise[k],
                },
            ),
            ("breadth", s.breadth * float(np.log1p(m.effective[k])), {"effective_sources": m.effective[k]}),
            ("engagement", s.engagement * float(m.loudness[k]), {"percentile_in_source": m.loudness[k]}),
        )
        return [
            Term(name, value, {key: round(float(v), 6) for key, v in ins.items()})
            for name, value, ins in found
        ]

    def _balanced(
        self,
        groups: Sequence[Sequence[Fact]],
        weights: Sequence[Floats],
        m: _Measures,
        terms: Sequence[list[Term]],
        at: datetime,
    ) -> list[Standing]:
        """One greedy pass: a source that leads several topics already makes room for others."""
        s = self.settings
        order = sorted(
            range(len(groups)), key=lambda k: (-sum(t.value for t in terms[k]), groups[k][0].topic)
        )
        led: dict[str, int] = {}
        placed: list[tuple[float, str, int]] = []
        for k in order:
            leader = groups[k][0].item.source
            over = max(0, led.get(leader, 0) - s.led_by_one_source + 1)
            led[leader] = led.get(leader, 0) + 1
            if over:
                penalty = -s.led_penalty * float(np.log1p(over))
                terms[k].append(Term("balance", penalty, {"led_by": leader, "lists_before": led[leader] - 1}))
            placed.append((-sum(t.value for t in terms[k]), groups[k][0].topic, k))
        placed.sort()
        return [
            self._standing(groups[k], weights[k], m, k, terms[k], at, place)
            for place, (_, _, k) in enumerate(placed, 1)
        ]

    def _standing(
        self,
        group: Sequence[Fact],
        weights: Floats,
        m: _Measures,
        k: int,
        terms: Sequence[Term],
        at: datetime,
        place: int,
    ) -> Standing:
        hours = np.minimum(_ages(group, at), 24.0 - 1e-9)
        recent = _ages(group, at) < 24.0
        series = np.bincount(23 - hours[recent].astype(int), minlength=24)
        return Standing(
            topic=group[0].topic,
            at=at,
            rank=place,
            state=self._state(m, k),
            velocity=float(m.now[k] / self.settings.now_hours),
            confidence=float(1.0 - min(1.0, len(self.settings.scales_hours) * 10.0 ** -m.surprise[k])),
            series=[float(n) for n in series],
            facts=group,
            weights=[float(w) for w in weights],
            receipt=Receipt(terms, [f.item.id for f in group], self.settings.hash),
        )

    def _state(self, m: _Measures, k: int) -> TrendState:
        """By how far the last hours are from what the hours before lead to expect, in standard deviations of a
        Poisson count (one is added, so that single items are no verdict)."""
        s = self.settings
        expected = m.before[k] * s.now_hours / s.before_hours
        change = (m.now[k] - expected) / float(np.sqrt(expected + 1.0))
        if m.idle[k] > s.now_hours + s.before_hours or change < -0.9:
            return "fading"
        if m.age[k] <= 2 * s.now_hours:
            return "new"
        if change > 0.9:
            return "rising"
        long_run = m.past[k] / max(m.exposure[k], 1.0) * (s.now_hours + s.before_hours)
        lately = m.now[k] + m.before[k]
        return "peaking" if (lately - long_run) / float(np.sqrt(long_run + 1.0)) > 2.0 else "steady"


def _by_topic(fact: Fact) -> tuple[str, int]:
    return fact.topic, fact.seq


UNDATED_AGE = 12.0
"""Hours an undated item is old at least: it counts, but never as new."""


def _ages(facts: Sequence[Fact], at: datetime) -> Floats:
    """Hours from when each item counts as published to `at`; never negative."""
    moment = at.timestamp()
    ages = np.array([(moment - f.item.happened_at.timestamp()) / HOUR for f in facts])
    floor = np.array([UNDATED_AGE if f.item.published_at is None else 0.0 for f in facts])
    return np.asarray(np.maximum(ages, floor), np.float64)


def _effective(facts: Sequence[Fact], owner: NDArray[np.int64], evidence: Floats) -> Floats:
    """Per topic how many independent sources tell of it lately: each adds its recent evidence, at most 1."""
    shares: list[dict[str, float]] = [{} for _ in range(int(owner[-1]) + 1)]
    for fact, topic, weight in zip(facts, owner.tolist(), evidence.tolist(), strict=True):
        shares[topic][fact.item.source] = shares[topic].get(fact.item.source, 0.0) + weight
    return np.array([sum(min(1.0, weight) for weight in of_source.values()) for of_source in shares])


def _loudness(facts: Sequence[Fact], owner: NDArray[np.int64], topics: int) -> Floats:
    """Per topic the highest percentile, within its source, of an item's engagement; 0 where none is known."""
    by_source: dict[str, list[tuple[float, int]]] = {}
    for place, fact in enumerate(facts):
        if fact.item.engagement:
            by_source.setdefault(fact.item.source, []).append((sum(fact.item.engagement.values()), place))
    found = np.zeros(topics)
    for values in by_source.values():
        numbers = np.array([v for v, _ in values])
        ranks = np.searchsorted(np.sort(numbers), numbers, side="right") / (len(numbers) + 1)
        np.maximum.at(found, owner[[place for _, place in values]], ranks)
    return found
