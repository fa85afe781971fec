"""Earlier items with a title like this one's: whether they reached the top by now.

One happening comes to a list under many titles. Likeness is the share of a title's pairs of characters that the other
has, each weighed by how rare it is (ln (1 + titles / (1 + titles with it))).
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from math import log, log1p

from trend_agent.processing.outlook.titles import pairs

HOUR = 3600.0
REMEMBERED = 7 * 24 * HOUR
OPEN = 2 * HOUR
"""So young, one that has not reached the top may still do so; it says only that company has come."""
LEAST, LIKE = 0.15, 0.3
"""Likeness below which two titles have nothing to do with each other, and from which they are counted as alike."""
USUAL, DRAWN = 0.05, 0.3
"""The share that reaches the top where nothing like it is known, and what that weighs in squares of likeness."""


class Echoes:
    """Titles of a list's last days. `first` says when an item was first seen, in seconds since 1970."""

    def __init__(self) -> None:
        self._with: defaultdict[str, deque[tuple[str, float]]] = defaultdict(deque)
        self._often: Counter[str] = Counter()
        self._titles = 0

    def see(self, key: str, title: str, first: float) -> None:
        """Remember a newcomer; they come in order of time."""
        self._titles += 1
        for pair in pairs(title):
            self._with[pair].append((key, first))
            self._often[pair] += 1

    def __call__(self, key: str, title: str, at: float, reached: Mapping[str, bool]) -> Sequence[float]:
        """Likeness of the likest that reached the top, of the likest that did not, and of the likest that still may;
        the share that reached it, weighed by likeness and drawn to what is usual; ln (1 + how many are alike)."""
        likest = {True: 0.0, False: 0.0, None: 0.0}
        top, all_, alike = USUAL * DRAWN, DRAWN, 0
        for (other, first), likeness in self._like(key, title, at).items():
            there = reached.get(other, False)
            kind = None if not there and at - first < OPEN else there
            likest[kind] = max(likest[kind], likeness)
            if kind is not None:
                top, all_ = top + likeness**2 * there, all_ + likeness**2
                alike += likeness > LIKE
        return [likest[True], likest[False], likest[None], top / all_, log1p(alike)]

    def _like(self, key: str, title: str, at: float) -> Mapping[tuple[str, float], float]:
        """The others whose likeness says something."""
        shared: defaultdict[tuple[str, float], float] = defaultdict(float)
        whole = 0.0
        for pair in sorted(pairs(title)):
            weight = log(1 + self._titles / (1 + self._often[pair]))
            whole += weight
            known = self._with[pair]
            while known and known[0][1] < at - REMEMBERED:
                known.popleft()
            for other in known:
                shared[other] += weight
        return {
            other: weight / whole
            for other, weight in shared.items()
            if weight >= LEAST * whole and other[0] != key
        }
