"""How alike newcomers are to topics: the likeness to the items of each, summed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from trend_agent.processing.cluster.live import Entry, Past
from trend_agent.processing.cluster.shelf import Likest


class Alike:
    """Newcomers are rows that follow those of `live`, which grows by one entry with each that is placed.

    What they have in common with what is placed already is summed at once; the others count one by one.
    """

    def __init__(
        self, pairs: Likest, topics: Likest, live: Sequence[Entry], pasts: Mapping[int, Past]
    ) -> None:
        self.live = live
        before = len(live)
        placed = pairs.numbers < before
        groups = np.array([entry.group for entry in live], np.int64)
        sizes = np.array([pasts[number].size for number in topics.numbers.tolist()])
        rows = np.concatenate([pairs.rows[placed], topics.rows])
        numbers = np.concatenate([groups[pairs.numbers[placed]], topics.numbers])
        values = np.concatenate([pairs.values[placed], topics.values * sizes])
        span = int(numbers.max(initial=0)) + 1
        keys, place = np.unique(rows * span + numbers, return_inverse=True)
        sums = np.bincount(place, weights=values, minlength=len(keys))
        self.known: dict[int, dict[int, float]] = {}
        for key, value in zip(keys.tolist(), sums.tolist(), strict=True):
            row, number = divmod(key, span)
            self.known.setdefault(row, {})[number] = value
        self.among: dict[int, list[tuple[int, float]]] = {}
        new = ~placed
        for row, other, value in zip(*(column[new].tolist() for column in pairs), strict=True):
            self.among.setdefault(row, []).append((other, value))

    def sums(self, row: int) -> Mapping[int, float]:
        """By number of a topic, the likeness of a row to its items; all rows before it are placed."""
        found = self.known.get(row, {})
        for other, value in self.among.get(row, ()):
            number = self.live[other].group
            found[number] = found.get(number, 0.0) + value
        return found
