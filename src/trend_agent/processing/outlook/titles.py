"""What titles say ahead of any place: n-grams of those that reached the top, and what else is listed.

The prior is a logistic regression over hashed character 1- to 3-grams, learned online (AdaGrad, Duchi et al. 2011):
a title is learned when its outcome is known, so what it says of another title never rests on the future.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SIZE = 1 << 18
RATE, SHRINK, BIAS_RATE, FIRST_BIAS = 1.0, 1e-3, 0.02, -2.2
LONGEST = 200

Places = NDArray[np.int64]


def grams(title: str) -> Places:
    """The places of a title's 1- to 3-grams among the weights."""
    text = f"^{title[:LONGEST].casefold()}$"
    found = {text[k : k + n] for n in (1, 2, 3) for k in range(len(text) - n + 1)}
    return np.array(sorted({zlib.crc32(gram.encode("utf-8", "replace")) % SIZE for gram in found}), np.int64)


class TitlePrior:
    """Log-odds of reaching the top by the title alone."""

    def __init__(self) -> None:
        self.weights = np.zeros(SIZE)
        self.squares = np.ones(SIZE)
        self.bias = FIRST_BIAS

    def __call__(self, places: Places) -> float:
        return float(self.bias + self.weights[places].sum() / np.sqrt(len(places)))

    def learn(self, places: Places, outcome: float) -> None:
        """One step towards an outcome between 0 and 1."""
        error = 1.0 / (1.0 + np.exp(-self(places))) - outcome
        self.bias -= BIAS_RATE * error
        gradient = error / np.sqrt(len(places)) + SHRINK * self.weights[places]
        self.squares[places] += gradient**2
        self.weights[places] -= RATE * gradient / np.sqrt(self.squares[places])


class Overlap:
    """How much a title shares with the others on a list, by pairs of characters."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._with: dict[str, list[str]] = defaultdict(list)
        for key, title in titles.items():
            for pair in pairs(title):
                self._with[pair].append(key)

    def __call__(self, key: str, title: str, places: Mapping[str, int], top: int) -> Sequence[float]:
        """Share of its pairs that the likest of all, of the top, and of those above it has; and all shares' sum."""
        own = pairs(title)
        shared: Counter[str] = Counter(o for pair in own for o in self._with.get(pair, ()) if o != key)
        here = places.get(key, len(places) + 1)
        most = max(shared.values(), default=0)
        in_top = max((n for o, n in shared.items() if places[o] <= top), default=0)
        above = max((n for o, n in shared.items() if places[o] < here), default=0)
        return [n / max(1, len(own)) for n in (most, in_top, above, sum(shared.values()))]


def pairs(title: str) -> set[str]:
    text = title[:LONGEST].casefold()
    return {text[k : k + 2] for k in range(len(text) - 1)}
