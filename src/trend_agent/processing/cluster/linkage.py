"""Joining groups, the likest two first, by how alike they are for how alike each is in itself."""

from __future__ import annotations

from dataclasses import dataclass

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


def link(likeness: sparse.csr_array, sizes: Floats, *, cut: float, settings: ClusterSettings) -> Labels:
    """A label per unit (n): the first unit of its group.

    `likeness` (n by n, symmetric) holds the mean likeness of the items of two units, and on its diagonal that
    of a unit's own items; what is missing counts as nothing. Two groups are as alike as their mean likeness,
    divided by the geometric mean of what they have on the diagonal to the power of the setting `density`: with 0
    this is average link, with 1 the cosine of centroids. The former breaks large topics, whose items are not
    much alike; the latter glues them together.

    All pairs that are likest to each other join at once, round after round. For average link that gives what
    joining one pair at a time gives (Murtagh 1983, reciprocal nearest neighbours).
    """
    own = np.maximum(likeness.diagonal(), FAINT)
    groups = Groups(pairs_of(likeness), sizes, own, settings.density / 2)
    labels = np.arange(len(sizes))
    while len(joins := groups.mutual(cut)):
        step = groups.join(joins)
        labels = step[labels]
    heirs = groups.attached(settings.attach_share * cut, settings.small_size, settings.large_size)
    _, first, place = np.unique(heirs[labels], return_index=True, return_inverse=True)
    return np.asarray(first[place])


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of groups (k each, `one` < `other`, each pair once, in order) and their mean likeness."""

    one: Labels
    other: Labels
    value: Floats


def pairs_of(likeness: sparse.csr_array) -> Pairs:
    upper = sparse.triu(likeness, k=1, format="coo")
    order = np.lexsort((upper.col, upper.row))
    return Pairs(
        upper.row[order].astype(np.int64),
        upper.col[order].astype(np.int64),
        upper.data[order].astype(np.float64),
    )


class Groups:
    """Groups of units, numbered from 0, with the mean likeness of every two that have any."""

    def __init__(self, pairs: Pairs, sizes: Floats, own: Floats, power: float) -> None:
        self.pairs, self.sizes, self.own, self.power = pairs, sizes, own, power

    def scores(self) -> Floats:
        scale = self.own**self.power
        return np.asarray(self.pairs.value / (scale[self.pairs.one] * scale[self.pairs.other]))

    def mutual(self, cut: float) -> Labels:
        """The places of the pairs, at least `cut` alike, that are likest to each other; the first in a tie."""
        scores = self.scores()
        places = np.flatnonzero(scores >= cut)
        # The likest first, the earlier in a tie: what a group comes upon first is its likest.
        places = places[np.argsort(-scores[places], kind="stable")]
        ends = np.stack([self.pairs.one[places], self.pairs.other[places]], axis=1).ravel()
        first = np.full(len(self.sizes), len(ends), np.int64)
        np.minimum.at(first, ends, np.arange(len(ends)) // 2)
        turn = np.arange(len(places))
        both = (first[self.pairs.one[places]] == turn) & (first[self.pairs.other[places]] == turn)
        return np.asarray(places[both])

    def join(self, places: Labels) -> Labels:
        """Join the pairs at these places; returns the new number of each group."""
        pairs, count = self.pairs, len(self.sizes)
        keep, gone = pairs.one[places], pairs.other[places]
        heir = np.arange(count)
        heir[gone] = keep
        stays = heir == np.arange(count)
        number = (np.cumsum(stays) - 1)[heir]
        a, b = self.sizes[keep], self.sizes[gone]
        inside = a * a * self.own[keep] + b * b * self.own[gone] + 2 * a * b * pairs.value[places]
        sizes, own = self.sizes.copy(), self.own.copy()
        sizes[keep], own[keep] = a + b, inside / (a + b) ** 2
        weight = pairs.value * self.sizes[pairs.one] * self.sizes[pairs.other]
        self.sizes, self.own = sizes[stays], own[stays]
        one, other = number[pairs.one], number[pairs.other]
        low, high = np.minimum(one, other), np.maximum(one, other)
        apart = low != high
        self.pairs = summed(low[apart], high[apart], weight[apart], self.sizes)
        return number

    def attached(self, cut: float, small: int, large: int) -> Labels:
        """The group of each: one of at most `small` items goes to the likest of at least `large`, where at least
        `cut` alike.

        A large topic is known from all sides; what is left over beside it is mostly its own.
        """
        heir, scores = np.arange(len(self.sizes)), self.scores()
        little, big = self.sizes <= small, self.sizes >= large
        one, other = self.pairs.one, self.pairs.other
        left = np.concatenate([one, other])
        host = np.concatenate([other, one])
        score = np.concatenate([scores, scores])
        fits = np.flatnonzero(little[left] & big[host] & (score >= cut))
        order = fits[np.lexsort((host[fits], -score[fits]))][::-1]
        heir[left[order]] = host[order]
        return heir


def summed(low: Labels, high: Labels, weight: Floats, sizes: Floats) -> Pairs:
    """The pairs, each once, with the mean likeness that follows from the summed one."""
    key = low * len(sizes) + high
    order = np.argsort(key, kind="stable")
    key, weight = key[order], weight[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else key
    total = np.add.reduceat(weight, first) if len(key) else weight
    one, other = np.divmod(key[first], max(len(sizes), 1))
    return Pairs(one, other, total / (sizes[one] * sizes[other]))
