"""How alike newcomers are to topics: the likeness to the items of each, summed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

import numpy as np

from trend_agent.processing.cluster.live import Entry
from trend_agent.processing.cluster.settled import Near
from trend_agent.processing.cluster.shelf import Likest


class Alike:
    """Newcomers are rows that follow those of `live`, which grows by one entry with each that is placed.

    What they have in common with what is placed already is summed at once; the others count one by one.
    """

    def __init__(self, pairs: Likest, topics: Near, live: Sequence[Entry], *, least: float) -> None:
        """`least` is the mean likeness to the items of a topic below which nobody asks."""
        self.live = live
        before = len(live)
        placed = pairs.numbers < before
        groups = np.array([entry.group for entry in live], np.int64)
        rows = np.concatenate([pairs.rows[placed], topics.rows])
        numbers = np.concatenate([groups[pairs.numbers[placed]], topics.numbers])
        sizes = np.concatenate([np.ones(np.count_nonzero(placed)), topics.sizes])
        values = np.concatenate([pairs.values[placed], topics.values]) * sizes
        self.span = int(numbers.max(initial=0)) + 1
        keys, place = np.unique(rows * self.span + numbers, return_inverse=True)
        sums = np.bincount(place, weights=values, minlength=len(keys))
        # A topic has at least the items that were met, so its mean likeness is no more than theirs.
        near = sums > least * np.bincount(place, weights=sizes, minlength=len(keys))
        self.keys: list[int] = keys.tolist()
        self.values: list[float] = sums.tolist()
        self.known: dict[int, dict[int, float]] = {}
        for key, value in zip(keys[near].tolist(), sums[near].tolist(), strict=True):
            row, number = divmod(key, self.span)
            self.known.setdefault(row, {})[number] = value
        self.among: dict[int, list[tuple[int, float]]] = {}
        new = ~placed
        for row, other, value in zip(*(column[new].tolist() for column in pairs), strict=True):
            self.among.setdefault(row, []).append((other, value))

    def sums(self, row: int) -> Mapping[int, float]:
        """By number of a topic, the likeness of a row to its items, where it may be enough; all rows before it are
        placed."""
        found = self.known.get(row, {})
        for other, value in self.among.get(row, ()):
            number = self.live[other].group
            known = found.get(number)
            found[number] = (self._before(row, number) if known is None else known) + value
        return found

    def _before(self, row: int, number: int) -> float:
        """The likeness of a row to those items of a topic that were placed before all of these rows."""
        key = row * self.span + number
        place = bisect_left(self.keys, key) if number < self.span else len(self.keys)
        return self.values[place] if place < len(self.keys) and self.keys[place] == key else 0.0
