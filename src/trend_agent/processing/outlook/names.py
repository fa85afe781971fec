"""What became of earlier items of one site, or of one author."""

from __future__ import annotations

from collections import defaultdict

DRAWN = 5.0
"""Outcomes that a name is taken to have had, all of the mean, before any is known."""


class Record:
    """Mean outcomes by name, drawn towards the mean of all."""

    def __init__(self) -> None:
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._sum, self._count = 0.0, 0

    def learn(self, name: str, outcome: float) -> None:
        self._sum, self._count = self._sum + outcome, self._count + 1
        if name:
            self._sums[name] += outcome
            self._counts[name] += 1

    def __call__(self, name: str) -> tuple[float, float]:
        """How far a name's outcomes are above the mean of all; and what its own weigh, n / (n + `DRAWN`): a number
        that grew for ever would be a clock, and what is learned by it holds for no later time."""
        mean = self._sum / max(self._count, 1)
        known = self._counts.get(name, 0)
        return (self._sums.get(name, 0.0) + DRAWN * mean) / (known + DRAWN) - mean, known / (known + DRAWN)
