"""The next 24 hours of a series by the hour, with an interval that has held in the series' own past.

All of it works on y = ln(1 + count), where a day that is twice as loud looks like any other day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

HOURS = 24
WEEK = 7 * HOURS
PROFILE_DAYS = 21
BASE_DAYS = 21
LEVEL_HALF_LIFE = 3.0
"""Hours."""
REVERSION = 12.0
"""Hours after which half of what stands out now is forgotten."""
WEEK_HOURLY = 0.5
"""How much of a weekday's own shape of the day is believed; its level is believed whole."""
SMOOTH = 3
"""Hours to either side over which a weekday's shape is averaged."""
WEEKS = 10
BUCKETS = ((1, 1), (2, 3), (4, 6), (7, 12), (13, 24))
"""Hours ahead that share their errors, from and to."""
FEWEST_HOURS = 3 * HOURS
"""History below which there is nothing to say."""
FEWEST_ITEMS = 10
"""Items over the last three days below which there is nothing to say."""
FEWEST_ORIGINS = 7
"""Past forecasts of its own below which a series borrows the errors of all."""
ORIGIN_STEP = 8
"""Hours between the moments of the past that are forecast again."""
ORIGINS = 126
LONGEST = 120 * HOURS
"""History beyond which hours are forgotten."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Items per hour for each of the next 24 hours; `mean` is the middle of what is expected."""

    mean: Array
    lower: Array
    upper: Array


def days(y: Array, most: int) -> Array:
    """The last whole days before the end, oldest first, as days × 24."""
    count = min(most, len(y) // HOURS)
    return y[len(y) - HOURS * count :].reshape(count, HOURS)


def profile(y: Array) -> Array:
    """The shape of the day that begins now: the median deviation of each hour from its day."""
    recent = days(y, PROFILE_DAYS)
    shape: Array = np.median(recent - recent.mean(axis=1, keepdims=True), axis=0)
    return shape


def base(y: Array) -> float:
    return float(np.median(days(y, BASE_DAYS).mean(axis=1)))


def weekly(y: Array, shape: Array) -> Array:
    """What the day that begins now adds because of its place in the week, shrunk where weeks are few."""
    starts = range(len(y) - WEEK, WEEK - 1, -WEEK)[:WEEKS]
    if not starts:
        return np.zeros(HOURS)
    past = np.stack([y[at : at + HOURS] - base(y[:at]) - shape for at in starts])
    level = np.median(past.mean(axis=1))
    hourly = np.median(past - past.mean(axis=1, keepdims=True), axis=0)
    window = np.ones(2 * SMOOTH + 1) / (2 * SMOOTH + 1)
    smooth = np.convolve(np.pad(hourly, SMOOTH, mode="edge"), window, mode="valid")
    shift: Array = len(past) / (len(past) + 1) * (level + WEEK_HOURLY * smooth)
    return shift


def expected(y: Array) -> Array:
    """ln(1 + count) for the next 24 hours, from at least one day of it.

    base + profile + weekday, and the present's deviation from them halved every `REVERSION` hours.
    """
    shape = profile(y)
    usual = base(y)
    shift = weekly(y, shape)
    recent = days(y, 4)
    weights = 0.5 ** (np.arange(recent.size, 0, -1) / LEVEL_HALF_LIFE)
    level = np.average((recent - shape).ravel(), weights=weights)
    fading = 0.5 ** (np.arange(1, HOURS + 1) / REVERSION)
    ahead: Array = np.maximum(0.0, usual + shape + shift + (level - usual - shift[0]) * fading)
    return ahead


def errors(y: Array) -> Array:
    """What past forecasts of this series missed, as moments × 24; each saw nothing of what it forecast."""
    moments = range(len(y) - HOURS, FEWEST_HOURS - 1, -ORIGIN_STEP)[:ORIGINS]
    missed = [y[at : at + HOURS] - expected(y[:at]) for at in moments]
    return np.array(missed).reshape(len(missed), HOURS)


def bounds(missed: Array, coverage: float) -> tuple[Array, Array]:
    """How far below and above a forecast the outcome lies, per hour ahead (split conformal).

    The k-th smallest of n past errors with k = ⌈(n + 1) q⌉ covers a share q of new ones (Vovk et al. 2005).
    """
    lower, upper = np.zeros(HOURS), np.zeros(HOURS)
    tail = (1 - coverage) / 2
    for first, last in BUCKETS:
        pool = np.sort(missed[:, first - 1 : last].ravel())
        rank = min(len(pool), int(np.ceil((len(pool) + 1) * (1 - tail))))
        upper[first - 1 : last] = pool[rank - 1]
        lower[first - 1 : last] = pool[len(pool) - rank]
    return lower, upper


def telling(count: Array) -> bool:
    """Whether a series has enough of a past to be forecast."""
    return len(count) >= FEWEST_HOURS and bool(count[-FEWEST_HOURS:].sum() >= FEWEST_ITEMS)


def forecasts(counts: Sequence[Array], *, coverage: float = 0.8) -> list[Forecast | None]:
    """The next 24 hours of each series, None where there is too little to say.

    Each of `counts` is items per hour from the series' first item until now, oldest first. A series with
    few past forecasts of its own takes its interval from the errors of all.
    """
    logs = [np.log1p(count) if telling(count) else None for count in counts]
    own = [np.empty((0, HOURS)) if y is None else errors(y) for y in logs]
    shared = np.concatenate([np.empty((0, HOURS)), *own])
    return [
        None if y is None else _forecast(y, missed if len(missed) >= FEWEST_ORIGINS else shared, coverage)
        for y, missed in zip(logs, own, strict=True)
    ]


def _forecast(y: Array, missed: Array, coverage: float) -> Forecast | None:
    if len(missed) < FEWEST_ORIGINS:
        return None
    middle = expected(y)
    below, above = bounds(missed, coverage)
    lower, upper = np.minimum(below, 0.0), np.maximum(above, 0.0)
    return Forecast(np.expm1(middle), np.expm1(np.maximum(0.0, middle + lower)), np.expm1(middle + upper))


class Hours:
    """Counts of many series by the hour since 1970, gathered until a moment and laid out ahead of it."""

    def __init__(self, *, until: int | None = None) -> None:
        self.until = until
        self._end: int | None = until
        self._counts: dict[str, dict[int, float]] = {}

    def add(self, hour: int, counts: Mapping[str, float]) -> None:
        """Take in an hour's items per series; hours from `until` on are left out."""
        if self.until is not None and hour >= self.until:
            return
        self._end = self.until or max(self._end or 0, hour + 1)
        for series, count in counts.items():
            self._counts.setdefault(series, {})[hour] = count

    def past(self) -> tuple[list[str], list[Array]]:
        """The series' names, and the counts of each from its first hour with items to the end."""
        return list(self._counts), [self._line(known) for known in self._counts.values()]

    def _line(self, known: Mapping[int, float]) -> Array:
        hours = np.fromiter(known, np.int64, len(known))
        end = self._end or 0
        first = max(int(hours.min()), end - LONGEST)
        line = np.zeros(end - first)
        within = hours >= first
        line[hours[within] - first] = np.fromiter(known.values(), np.float64, len(known))[within]
        return line

    def ahead(self, found: Forecast | None) -> Iterator[tuple[str, float, float, float]]:
        """The rows of a forecast: beginning of the hour as ISO 8601, middle, lower and upper bound."""
        if found is None:
            return
        for step, row in enumerate(zip(found.mean, found.lower, found.upper, strict=True)):
            at = datetime.fromtimestamp(((self._end or 0) + step) * 3600, UTC).isoformat()
            mean, lower, upper = (round(float(value), 3) for value in row)
            yield at.replace("+00:00", "Z"), mean, lower, upper
