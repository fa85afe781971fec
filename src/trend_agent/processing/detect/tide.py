"""The common rise and fall of a whole stream: time of day, weekends, feeds that die and return.

It is computed from the stream's totals alone, so it does not change when items move between topics.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np

from trend_agent.processing.detect.evidence import Array

PRIOR = 20.0
"""Items added to both sides of a time of day's profile, so that it starts out flat."""
TRUST = 200.0
"""Contributors' worth of items after which the last hours weigh as much as the profile."""
RECENT_HOURS = 4
PROFILE_DAYS = 4.0
"""Half-life of the daily profile."""
LEVEL_DAYS = 3.0
"""Half-life of the stream's usual level."""
LEVEL_LAG_HOURS = 6
CAP = 3.0
"""A bin counts at most so many times its expectation in the daily profile."""
LOWEST = 0.05


@dataclass(slots=True)
class Tide:
    """The factor by which a bin's whole stream stands above its usual level, bin after bin.

    `factor = profile(time of day) * recent`, where `recent` is what the last four hours brought over
    what the profile expected of them, drawn towards one by `TRUST` items times the clump: the mean
    number of items that came together in one series. One loud series is no tide.
    """

    bins_per_day: int
    counted: Array = field(init=False)
    expected: Array = field(init=False)
    level: float = 0.0
    exposure: float = 0.0
    recent: deque[tuple[float, float, float]] = field(default_factory=deque)
    waiting: deque[tuple[float, float]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.counted = np.zeros(self.bins_per_day)
        self.expected = np.zeros(self.bins_per_day)

    def advance(self, bin_index: int, total: float, *, clump: float = 1.0) -> float:
        """Take in what the stream brought in a bin and give the factor for this bin.

        `clump` is the sum over series of count² divided by `total`; one if every item stands alone.
        """
        rate = self._usual(total)
        slot = bin_index % self.bins_per_day
        profile = self._profile(slot)
        self._learn(slot, total, rate, profile)
        factor = max(LOWEST, profile * self._recent_ratio(total, rate * profile, clump))
        self.waiting.append((total, factor))
        return factor

    def _usual(self, total: float) -> float:
        """Items per bin at factor one, over the past that ends `LEVEL_LAG_HOURS` ago."""
        keep = 2.0 ** (-1 / (LEVEL_DAYS * self.bins_per_day))
        if len(self.waiting) > LEVEL_LAG_HOURS * self.bins_per_day // 24:
            count, factor = self.waiting.popleft()
            self.level = keep * self.level + count
            self.exposure = keep * self.exposure + factor
        if self.exposure:
            return self.level / self.exposure
        known = [count for count, _ in self.waiting]
        return (sum(known) + total) / (len(known) + 1)

    def _profile(self, slot: int) -> float:
        near = max(1, self.bins_per_day // 48)
        slots = np.arange(slot - near, slot + near + 1) % self.bins_per_day
        return float((self.counted[slots].sum() + PRIOR) / (self.expected[slots].sum() + PRIOR))

    def _learn(self, slot: int, total: float, rate: float, profile: float) -> None:
        keep = 2.0 ** (-1 / PROFILE_DAYS)
        self.counted[slot] = keep * self.counted[slot] + min(total, CAP * rate * profile)
        self.expected[slot] = keep * self.expected[slot] + rate

    def _recent_ratio(self, total: float, expected: float, clump: float) -> float:
        self.recent.append((total, expected, clump * total))
        if len(self.recent) > RECENT_HOURS * self.bins_per_day // 24:
            self.recent.popleft()
        counted, foreseen, squares = (sum(column) for column in zip(*self.recent, strict=True))
        trust = TRUST * max(1.0, squares / counted if counted else 1.0)
        return float((trust + counted) / (trust + foreseen))

    def dump(self) -> dict[str, Any]:
        """Everything it knows, as JSON values."""
        known = {name.name: getattr(self, name.name) for name in fields(self)}
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in known.items()
        } | {
            "recent": list(self.recent),
            "waiting": list(self.waiting),
        }

    @classmethod
    def load(cls, known: Mapping[str, Any]) -> Self:
        tide = cls(known["bins_per_day"], level=known["level"], exposure=known["exposure"])
        tide.counted, tide.expected = np.array(known["counted"]), np.array(known["expected"])
        tide.recent.extend((a, b, c) for a, b, c in known["recent"])
        tide.waiting.extend((a, b) for a, b in known["waiting"])
        return tide
