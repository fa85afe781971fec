"""A few loud series, each judged by its own usual highs.

Where a stream is one series or ten, there is no crowd to learn chance and the common factor from, and
counts in the hundreds vary by a share of themselves rather than by a share of their root. So the logarithm
is followed, and what stands out is held against the highest that the series' own recent days have shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trend_agent.processing.detect.alarms import QUIET_HOURS, Alarm, Rises
from trend_agent.processing.detect.evidence import Array
from trend_agent.processing.detect.surprise import LONGEST_GAP_DAYS

LEVEL_DAYS = 7.0
"""Half-life of a series' usual level and spread."""
LAG_HOURS = 3
LEAST_SPREAD = 0.1
"""In ln(1 + count): a series that hardly moves is not made nervous by it."""
PROFILE_KEEP = 0.87
"""Share of the daily profile kept from day to day."""
PROFILE_DAYS = 3.0
"""Days of weight after which the profile is believed whole."""
HIGH = 0.95
HIGH_DAYS = 14
"""A usual high is this quantile of so many days' highest deviations."""
LEAST_HIGH = 1.0
THRESHOLD = 0.75
"""Multiple of the usual high (plus `LEAST_HIGH`) that makes an alarm."""


@dataclass(slots=True)
class OwnScale:
    """One series' memory, advanced bin by bin."""

    bins_per_day: int
    weight: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    waiting: deque[tuple[float, float]] = field(default_factory=deque)
    today: list[float] = field(default_factory=list)
    high: float = -np.inf
    highs: deque[float] = field(default_factory=lambda: deque(maxlen=HIGH_DAYS))
    usual_high: float = 0.0
    shape: Array = field(init=False)
    days: float = 0.0
    profile: Array = field(init=False)

    def __post_init__(self) -> None:
        self.shape = np.zeros(self.bins_per_day)
        self.profile = np.zeros(self.bins_per_day)

    def advance(self, count: float) -> float:
        """Take in a bin; how far it stands out, as a multiple of the usual daily high; 0 while not known."""
        level = float(np.log1p(count))
        off = level - float(self.profile[len(self.today)])
        deviation = self._deviation(off)
        known = bool(self.highs)
        score = deviation / (self.usual_high + LEAST_HIGH) if known else 0.0
        self.high = max(self.high, deviation)
        self.today.append(level)
        if len(self.today) == self.bins_per_day:
            self._close()
        return score

    def _deviation(self, off: float) -> float:
        """Standard deviations from the mean, both as they were `LAG_HOURS` ago."""
        keep = 2.0 ** (-1 / (LEVEL_DAYS * self.bins_per_day))
        self.weight = keep * self.weight + 1
        self.total = keep * self.total + off
        self.squares = keep * self.squares + off * off
        mean = self.total / self.weight
        self.waiting.append((mean, max(0.0, self.squares / self.weight - mean * mean)))
        if len(self.waiting) <= LAG_HOURS * self.bins_per_day // 24:
            return 0.0
        mean, variance = self.waiting.popleft()
        return float((off - mean) / (np.sqrt(variance) + LEAST_SPREAD))

    def _close(self) -> None:
        levels = np.array(self.today)
        self.shape = PROFILE_KEEP * self.shape + levels - levels.mean()
        self.days = PROFILE_KEEP * self.days + 1
        near = self.bins_per_day // 24
        window = np.ones(2 * near + 1) / (2 * near + 1)
        smooth = np.convolve(np.tile(self.shape, 3), window, mode="same")
        middle = smooth[self.bins_per_day : 2 * self.bins_per_day]
        self.profile = middle / self.days * min(1.0, self.days / PROFILE_DAYS)
        self.highs.append(self.high)
        self.usual_high = max(0.0, float(np.quantile(self.highs, HIGH)))
        self.today, self.high = [], -np.inf


class OwnDetector:
    """Counts of a few series in, alarms out, each rise called once; the surprise is a multiple of its own highs."""

    def __init__(self, bin_seconds: float, *, threshold: float = THRESHOLD) -> None:
        self.bin_seconds, self.threshold = bin_seconds, threshold
        self.bins_per_day = round(86400 / bin_seconds)
        self.series: dict[str, OwnScale] = {}
        self.rises = Rises(QUIET_HOURS * self.bins_per_day // 24)
        self.last: int | None = None

    def advance(self, bin_index: int, counts: Mapping[str, float]) -> list[Alarm]:
        """The alarms of a bin, given its items per series; left-out bins count as empty."""
        if self.last is not None:
            if bin_index - self.last > LONGEST_GAP_DAYS * self.bins_per_day:
                self.series.clear()
            for empty in range(self.last + 1, bin_index):
                self._bin(empty, {})
        for name, count in counts.items():
            if count > 0 and name not in self.series:
                self.series[name] = OwnScale(self.bins_per_day)
        self.last = bin_index
        return self._bin(bin_index, counts)

    def _bin(self, bin_index: int, counts: Mapping[str, float]) -> list[Alarm]:
        scores = {name: one.advance(counts.get(name, 0.0)) for name, one in self.series.items()}
        return [
            Alarm(name, bin_index, score, self.bin_seconds)
            for name, score in scores.items()
            if self.rises.calls(name, bin_index, int(score > self.threshold))
        ]
