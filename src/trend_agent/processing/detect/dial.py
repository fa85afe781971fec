"""False alarms per day as a dial: the threshold that lets so many through, learned from the stream itself."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from trend_agent.processing.detect.evidence import Array

DAYS = 7
"""Days the threshold is learned from."""
ANCHOR = 0.05
"""Share of a day's series whose highest surprise lies above the anchor."""
FEWEST = 20
"""Series-days above the anchor needed before it is trusted."""


@dataclass(slots=True)
class Dial:
    """The surprise above which a stream gives `per_day` false alarms a day.

    Real rises fill the far tail of the daily maxima, so past alarms cannot be counted; the body is chance.
    There the number of series whose daily maximum exceeds a surprise falls tenfold per unit (surprise is
    the base-ten logarithm of odds), which is followed from the anchor down to the wanted number.
    """

    per_day: float
    bins_per_day: int
    days: deque[Array] = field(default_factory=lambda: deque(maxlen=DAYS))
    today: Array = field(default_factory=lambda: np.empty(0))
    seen: int = 0
    threshold: float = np.inf

    def observe(self, surprise: Array) -> None:
        """Take in the surprise of every live series after a bin; a series keeps its place."""
        if surprise.size > self.today.size:
            self.today = np.append(self.today, np.full(surprise.size - self.today.size, -np.inf))
        np.maximum(self.today, surprise, out=self.today)
        self.seen += 1
        if self.seen % self.bins_per_day == 0:
            self.days.append(self.today)
            self.today = np.full(surprise.size, -np.inf)
            self.threshold = self._learned()
        elif not self.days:
            self.threshold = float(np.log10(max(1, surprise.size) * self.bins_per_day / self.per_day))

    def _learned(self) -> float:
        maxima = np.concatenate(list(self.days))
        above = max(FEWEST, round(ANCHOR * maxima.size))
        if above >= maxima.size:
            return float(np.log10(max(1, maxima.size) * self.bins_per_day / self.per_day))
        anchor = float(np.partition(maxima, -above)[-above])
        return anchor + float(np.log10(above / len(self.days) / self.per_day))
