"""False alarms per day as a dial: the threshold that lets so many through, learned from the stream itself."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trend_agent.processing.detect.evidence import Array

DAYS = 7
"""Days the threshold is learned from."""
FEWEST = 5
"""Series-days above an anchor at least; with fewer the tail hangs on too little."""
LOWEST = 2.0
"""No threshold is below odds of a hundred to one, however few series there are."""
RISES = 1 / 1.4
"""Rises per series-day above a threshold: a rise that passes midnight counts on both days."""


@dataclass(frozen=True, slots=True)
class Tail:
    """How the number of series whose highest surprise of the day exceeds θ falls with θ, by chance.

    Above the surprise that a share of `anchor` of the series-days exceeds, it falls by 10^-`slope` per
    unit. The body below is nearly all chance; the tail above is full of real rises and is not looked at.
    """

    anchor: float
    slope: float

    def from_days(self, maxima: Array, days: int) -> tuple[float, float]:
        """The anchor's surprise and the exceedances per day there."""
        above = max(FEWEST, round(self.anchor * maxima.size))
        if above >= maxima.size:
            return float(maxima.min(initial=0.0)), maxima.size / days
        return float(np.partition(maxima, -above)[-above]), above / days


SETTLED = Tail(anchor=0.05, slope=1.0)
"""Surprise is the base-ten logarithm of odds, and settled series follow it."""
NEWBORN = Tail(anchor=0.10, slope=0.35)
"""Series of less than two days: how large they grow is not known yet, so chance reaches further."""


@dataclass(slots=True)
class Dial:
    """The surprise above which a stream gives so many false alarms a day, for any number wished."""

    bins_per_day: int
    days: deque[tuple[Array, Array]] = field(default_factory=lambda: deque(maxlen=DAYS))
    today: Array = field(default_factory=lambda: np.empty(0))
    first: int | None = None
    tails: list[tuple[float, float, float]] = field(default_factory=list)
    """Slope, surprise and exceedances per day at the anchor, of settled and of newborn series."""

    def observe(self, bin_index: int, surprise: Array, born: np.ndarray[Any, Any]) -> None:
        """Take in all live series after a bin: their surprise and the bin of their birth, in lasting order.

        Thresholds change at the end of each day of the stream, and hold for the bins to come.
        """
        if self.first is None:
            self.first = bin_index
        self.today = np.append(self.today, np.full(surprise.size - self.today.size, -np.inf))
        np.maximum(self.today, surprise, out=self.today)
        if (bin_index + 1 - self.first) % self.bins_per_day == 0:
            self._close(bin_index + 1, born)

    def _close(self, end: int, born: np.ndarray[Any, Any]) -> None:
        assert self.first is not None
        since = max(end - 2 * self.bins_per_day, self.first + self.bins_per_day)
        newborn = born >= since
        if end - self.first == 2 * self.bins_per_day:
            self.days.clear()  # on a stream's first day every series was new, and none of them a newborn
        self.learn(self.today[~newborn], self.today[newborn])
        self.today = np.full(self.today.size, -np.inf)

    def learn(self, settled: Array, newborn: Array) -> None:
        """Take in one day's highest surprise of each series, settled and newborn ones apart."""
        self.days.append((settled, newborn))
        groups = zip((SETTLED, NEWBORN), zip(*self.days, strict=True), strict=True)
        self.tails = [
            (tail.slope, *tail.from_days(np.concatenate(group), len(self.days))) for tail, group in groups
        ]

    def threshold(self, per_day: float) -> float:
        """Where the chance exceedances of settled and newborn series together are `per_day` rises.

        On a stream's first day nothing is known but the number of chances: one per series and bin.
        """
        if not self.tails:
            return float(np.log10(max(1, self.today.size) * self.bins_per_day / per_day))
        low, high = LOWEST, 40.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if self._rises(middle) > per_day else (low, middle)
        return high

    def chance(self, surprise: float) -> float:
        """Rises per day that pass `surprise` by chance, in the whole stream; one per series and bin where no day
        is known yet."""
        if not self.tails:
            return float(max(1, self.today.size) * self.bins_per_day * 10**-surprise)
        return self._rises(surprise)

    def _rises(self, surprise: float) -> float:
        numbers = (number * 10 ** (-slope * max(0.0, surprise - at)) for slope, at, number in self.tails)
        return RISES * sum(numbers)
