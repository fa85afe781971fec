"""Joining groups, the likest two first, by how alike they are for how alike each is in itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.settings import ClusterSettings

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

WEAK = 0.9
"""Share of the cut that makes a settled topic worth looking at beside new items."""

FAINT = 1e-9
"""Stands for the likeness of an item without words to itself."""


APART = -1.0
"""Stands for how alike two groups are that must not join."""

NO_PAIRS: Labels = np.zeros((0, 2), np.int64)


def link(
    likeness: sparse.csr_array,
    sizes: Floats,
    *,
    cut: float,
    settings: ClusterSettings,
    apart: Labels = NO_PAIRS,
) -> Labels:
    """A label per unit (n): the first unit of its group.

    `likeness` (n by n, symmetric) holds the mean likeness of the items of two units, and on its diagonal that
    of a unit's own items; what is missing counts as nothing. Two groups are as alike as their mean likeness,
    divided by the geometric mean of what they have on the diagonal to the power of the setting `density`: with 0
    this is average link, with 1 the cosine of centroids. The former breaks large topics, whose items are not
    much alike; the latter glues them together. Two groups that hold the units of a pair in `apart` (k by 2) never
    join.

    All pairs that are likest to each other join at once, round after round. For average link that gives what
    joining one pair at a time gives (Murtagh 1983, reciprocal nearest neighbours).
    """
    groups = Groups(likeness, sizes, settings.density / 2, apart)
    while len(joins := groups.mutual(cut)):
        groups.join(joins)
    groups.attach(settings.attach_share * cut, settings.small_size, settings.large_size)
    _, first, place = np.unique(groups.roots(), return_index=True, return_inverse=True)
    return np.asarray(first[place])


class Groups:
    """Groups of units, each under the number of its first unit, and the pairs of groups that have any likeness.

    `one`, `other`, `value` and `score` are columns over the pairs (k): two numbers, the smaller first, their mean
    likeness, and how alike that makes them. `walls` (k by 2) are the pairs that must not join.
    """

    def __init__(self, likeness: sparse.csr_array, sizes: Floats, power: float, apart: Labels) -> None:
        likeness.sort_indices()
        rows = np.repeat(np.arange(len(sizes)), np.diff(likeness.indptr))
        once = rows < likeness.indices
        self.one, self.other = rows[once], likeness.indices[once].astype(np.int64)
        self.value = likeness.data[once].astype(np.float64)
        self.sizes, self.power = sizes.copy(), power
        self.own = np.maximum(likeness.diagonal(), FAINT)
        self.scale = self.own**power
        self.heir = np.arange(len(sizes))
        self.walls = apart
        self.score = self._scores(self.one, self.other, self.value)

    def mutual(self, cut: float) -> Labels:
        """The places of the pairs, at least `cut` alike, that are likest to each other; the first in a tie."""
        places = np.flatnonzero(self.score >= cut)
        score, ones, others = self.score[places], self.one[places], self.other[places]
        highest = np.zeros(len(self.sizes))
        first = np.full(len(self.sizes), len(places))
        for side in (ones, others):
            np.maximum.at(highest, side, score)
        for side in (ones, others):
            likest = np.flatnonzero(score == highest[side])
            np.minimum.at(first, side[likest], likest)
        turn = np.arange(len(places))
        return np.asarray(places[(first[ones] == turn) & (first[others] == turn)])

    def join(self, places: Labels) -> None:
        """Join the pairs at these places: the second of each goes into the first."""
        keep, gone = self.one[places], self.other[places]
        a, b = self.sizes[keep], self.sizes[gone]
        inside = a * a * self.own[keep] + b * b * self.own[gone] + 2 * a * b * self.value[places]
        changed = np.zeros(len(self.sizes), np.bool_)
        changed[keep] = changed[gone] = True
        touched = changed[self.one] | changed[self.other]
        one, other = self.one[touched], self.other[touched]
        weight = self.value[touched] * self.sizes[one] * self.sizes[other]
        self.heir[gone] = keep
        self.walls = self.heir[self.walls]
        self.sizes[keep], self.own[keep] = a + b, inside / (a + b) ** 2
        self.scale[keep] = self.own[keep] ** self.power
        one, other, value = self._summed(self.heir[one], self.heir[other], weight)
        rest = ~touched
        self.one = np.concatenate([self.one[rest], one])
        self.other = np.concatenate([self.other[rest], other])
        self.value = np.concatenate([self.value[rest], value])
        self.score = np.concatenate([self.score[rest], self._scores(one, other, value)])

    def attach(self, cut: float, small: int, large: int) -> None:
        """Put groups of at most `small` items to the likest of at least `large`, where at least `cut` alike.

        A large topic is known from all sides; what is left over beside it is mostly its own.
        """
        little, big = self.sizes <= small, self.sizes >= large
        left = np.concatenate([self.one, self.other])
        host = np.concatenate([self.other, self.one])
        score = np.concatenate([self.score, self.score])
        fits = np.flatnonzero(little[left] & big[host] & (score >= cut))
        order = fits[np.lexsort((host[fits], -score[fits]))]
        if len(self.walls):
            order = order[self._welcome(left[order].tolist(), host[order].tolist())]
        self.heir[left[order[::-1]]] = host[order[::-1]]

    def _welcome(self, left: Sequence[int], host: Sequence[int]) -> list[int]:
        """The places of the first pair of each group whose host has no guest yet that must be apart from it."""
        strangers: dict[int, set[int]] = {}
        for one, other in self.walls.tolist():
            strangers.setdefault(one, set()).add(other)
            strangers.setdefault(other, set()).add(one)
        guests: dict[int, set[int]] = {}
        placed: dict[int, int] = {}
        for place, (one, at) in enumerate(zip(left, host, strict=True)):
            there = guests.setdefault(at, set())
            if one not in placed and there.isdisjoint(strangers.get(one, ())):
                there.add(one)
                placed[one] = place
        return list(placed.values())

    def roots(self) -> Labels:
        """The group that each unit is in by now."""
        heir = self.heir
        while not np.array_equal(heir, heir[heir]):
            heir = heir[heir]
        return heir

    def _scores(self, one: Labels, other: Labels, value: Floats) -> Floats:
        score = np.asarray(value / (self.scale[one] * self.scale[other]))
        if len(self.walls):
            low, high = np.minimum(*self.walls.T), np.maximum(*self.walls.T)
            count = len(self.sizes)
            score[np.isin(one * count + other, low * count + high)] = APART
        return score

    def _summed(self, one: Labels, other: Labels, weight: Floats) -> tuple[Labels, Labels, Floats]:
        """Pairs of groups, each once, with the mean likeness that follows from the summed one of their parts."""
        apart = one != other
        low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        key, place = np.unique(low * len(self.sizes) + high, return_inverse=True)
        total = np.bincount(place, weights=weight[apart], minlength=len(key))
        low, high = np.divmod(key, len(self.sizes))
        return low, high, total / (self.sizes[low] * self.sizes[high])
