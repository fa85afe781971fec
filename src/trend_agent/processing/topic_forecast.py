"""What a topic's next 24 hours will bring: by its own past where it has one, else by how others went on.

A topic of three days and more is forecast by `forecast.py`. A younger one has its level of the last hours, and
fades as topics of its age were seen to fade (Szabo and Huberman 2010 pool growth in the same way): for each stretch
of hours ahead, ln(1 + count) is a share of the level, fitted on half of the pool, with an interval from the errors of
the other half. A pure function of the counts before a moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np

from trend_agent.processing.forecast import (
    BUCKETS,
    FEWEST_HOURS,
    HOURS,
    Array,
    Forecast,
    bounds,
    forecasts,
)

LEVEL_HOURS = 6
"""Hours whose mean is a young topic's level."""
FEWEST_ITEMS = 4
"""Items in the last 24 hours below which nothing is said."""
FEWEST_PAIRS = 60
"""Past moments of others below which a young topic is not forecast."""
AGES = (3, 6, 12, 24, 48, FEWEST_HOURS)
"""Hours of age that share how topics go on, each up to."""

Counts = Mapping[int, float]
"""Items by the hour since 1970."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A forecast and what it rests on: the topic's `own` past, or that of `others`."""

    forecast: Forecast
    rests_on: Literal["own", "others"]

    def __str__(self) -> str:
        """The sum in words. Bounds of hours do not add up, so the interval is of the hour with most."""
        most = int(self.forecast.mean.argmax())
        low, high = self.forecast.lower[most], self.forecast.upper[most]
        past = "its own past" if self.rests_on == "own" else "topics of its age"
        return f"about {self.forecast.mean.sum():.0f} items, {low:.0f} to {high:.0f} in the hour with most; by {past}"

    def plain(self, at: datetime) -> dict[str, Any]:
        """The forecast as JSON, hour by hour from the hour of `at` on."""
        begin = datetime.fromtimestamp(hour_of(at) * 3600, UTC)
        f = self.forecast
        hours = [
            {
                "at": begin + timedelta(hours=k),
                "mean": round(float(f.mean[k]), 3),
                "lower": round(float(f.lower[k]), 3),
                "upper": round(float(f.upper[k]), 3),
            }
            for k in range(HOURS)
        ]
        return {"rests_on": self.rests_on, "hours": hours}


def hour_of(at: datetime) -> int:
    """The hour that `at` lies in, which is not over at `at`."""
    return int(at.timestamp() // 3600)


def hourly(rows: Iterable[tuple[datetime, float]]) -> Counts:
    """Numbers of items at moments, summed by the hour since 1970."""
    found: dict[int, float] = {}
    for at, count in rows:
        found[hour_of(at)] = found.get(hour_of(at), 0.0) + count
    return found


def forecast_for(
    counts: Counts, at: datetime, *, others: Sequence[Counts] = (), coverage: float = 0.8
) -> Ahead | None:
    """The 24 hours from the hour of `at` on, or None where too little is known by then."""
    now = hour_of(at)
    line = line_of(counts, now)
    if line is None or line[-HOURS:].sum() < FEWEST_ITEMS:
        return None
    if len(line) >= FEWEST_HOURS:
        own = forecasts([line], coverage=coverage)[0]
        if own is not None:
            return Ahead(own, "own")
    known = [past for other in others if (past := line_of(other, now)) is not None]
    young = _faded(line, _pairs(known, _age_class(len(line))), coverage)
    return Ahead(young, "others") if young else None


def line_of(counts: Counts, now: int) -> Array | None:
    """Counts from the first hour with items to the last before `now`; None where there are none."""
    hours = [hour for hour, count in counts.items() if hour < now and count > 0]
    if not hours:
        return None
    line = np.zeros(now - min(hours))
    for hour in hours:
        line[hour - min(hours)] = counts[hour]
    return line


def level(line: Array) -> float:
    """ln(1 + mean count) of the last hours."""
    return float(np.log1p(line[-LEVEL_HOURS:].mean()))


def _age_class(hours: int) -> tuple[int, int]:
    """The ages, from and to, that share how they go on."""
    upper = next((age for age in AGES if hours <= age), AGES[-1])
    place = AGES.index(upper)
    return (AGES[place - 1] + 1 if place else 1, upper)


def _pairs(lines: Sequence[Array], ages: tuple[int, int]) -> list[tuple[float, Array]]:
    """(level, ln(1 + count) of the 24 hours that followed) of others at that age, in a fixed order."""
    return [pair for line in lines for pair in _moments(line, ages)]


def _moments(line: Array, ages: tuple[int, int]) -> Iterator[tuple[float, Array]]:
    for age in range(ages[0], min(ages[1], len(line) - HOURS) + 1):
        if line[max(0, age - HOURS) : age].sum() >= FEWEST_ITEMS:
            yield level(line[:age]), np.log1p(line[age : age + HOURS])


def _faded(line: Array, pairs: Sequence[tuple[float, Array]], coverage: float) -> Forecast | None:
    if len(pairs) < FEWEST_PAIRS:
        return None
    levels = np.array([before for before, _ in pairs])
    after = np.stack([followed for _, followed in pairs])
    shares = np.array(list(_shares(levels[::2], after[::2])))
    missed = after[1::2] - levels[1::2, None] * shares
    middle = level(line) * shares
    below, above = bounds(missed, coverage)
    lower, upper = np.minimum(below, 0.0), np.maximum(above, 0.0)
    return Forecast(np.expm1(middle), np.expm1(np.maximum(0.0, middle + lower)), np.expm1(middle + upper))


def _shares(levels: Array, after: Array) -> Iterator[float]:
    """For each hour ahead, the share of the level that is left, one for each stretch of hours (least squares)."""
    for first, last in BUCKETS:
        followed = after[:, first - 1 : last].mean(axis=1)
        share = float(levels @ followed / max(float(levels @ levels), 1e-12))
        yield from [max(0.0, share)] * (last - first + 1)
