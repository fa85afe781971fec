"""Joining groups, the likest two first, by how alike they are for how alike each is in itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.settings import ClusterSettings

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

WEAK = 0.5
"""Units are looked at together where a chain of pairs with this share of the cut connects them."""


def link(
    likeness: sparse.csr_array,
    sizes: Floats,
    fresh: NDArray[np.bool_],
    *,
    cut: float,
    settings: ClusterSettings,
) -> Labels:
    """A label per unit (n): the first unit of its group.

    `likeness` (n by n, symmetric) holds the mean likeness of the items of two units, and on its diagonal that
    of a unit's own items. Two groups are as alike as their mean likeness, divided by the geometric mean of what
    they have on the diagonal to the power of the setting `density`: with 0 this is average link, with 1 the cosine of
    centroids. The former breaks large topics, whose items are not much alike; the latter glues them together.

    Units that are not `fresh` were compared with each other before; only fresh ones connect.
    """
    strong = np.flatnonzero(likeness.data >= WEAK * cut)
    one, other = np.searchsorted(likeness.indptr, strong, side="right") - 1, likeness.indices[strong]
    new = fresh[one] | fresh[other]
    graph = sparse.coo_array((new[new], (one[new], other[new])), shape=likeness.shape)
    _, part = sparse.csgraph.connected_components(graph, directed=False)
    labels = np.arange(likeness.shape[0])
    for members in parts(part):
        if len(members) > 1:
            groups = Groups(likeness[members].toarray()[:, members], sizes[members], settings.density)
            groups.join(cut)
            groups.attach(settings.attach_share * cut, settings.small_size, settings.large_size)
            labels[members] = members[roots(groups.label)]
    return labels


def parts(part: NDArray[np.integer]) -> list[Labels]:
    """The places of each number in `part`."""
    order = np.argsort(part, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(part[order])) + 1)


FAINT = 1e-9
"""Stands for the likeness of an item without words to itself."""


class Groups:
    """Groups of units with the mean likeness of every two; each knows the one it is likest to.

    What a group knows may be out of date, but never too low: it is looked up again when its turn comes.
    """

    def __init__(self, alike: Floats, sizes: Floats, density: float) -> None:
        self.alike, self.sizes, self.power = alike, sizes.copy(), density / 2
        self.own = np.maximum(np.diag(alike), FAINT)
        self.scale = self.own**self.power
        self.label = np.arange(len(alike))
        np.fill_diagonal(alike, -1.0)
        scores = alike / self.scale / self.scale[:, None]
        self.near = np.argmax(scores, axis=1)
        self.best = scores[self.label, self.near]

    def join(self, cut: float) -> None:
        """Join while two groups are at least `cut` alike."""
        while True:
            one = int(np.argmax(self.best))
            if self.best[one] < cut:
                return
            other = int(self.near[one])
            if self.alike[one, other] / (self.scale[one] * self.scale[other]) < self.best[one]:
                self._look(one, self._scores(one))
            else:
                self._join(min(one, other), max(one, other))

    def attach(self, cut: float, small: int, large: int) -> None:
        """Put groups of at most `small` items to the likest of at least `large`, where at least `cut` alike.

        A large topic is known from all sides; what is left over beside it is mostly its own.
        """
        left = np.flatnonzero((self.label == np.arange(len(self.label))) & (self.sizes <= small))
        hosts = np.flatnonzero((self.label == np.arange(len(self.label))) & (self.sizes >= large))
        if not len(left) or not len(hosts):
            return
        scores = self.alike[np.ix_(left, hosts)] / self.scale[hosts] / self.scale[left][:, None]
        likest = np.argmax(scores, axis=1)
        enough = scores[np.arange(len(left)), likest] >= cut
        self.label[left[enough]] = hosts[likest[enough]]

    def _scores(self, one: int) -> Floats:
        return np.asarray(self.alike[one] / (self.scale * self.scale[one]))

    def _look(self, one: int, scores: Floats) -> None:
        self.near[one] = np.argmax(scores)
        self.best[one] = scores[self.near[one]]

    def _join(self, keep: int, gone: int) -> None:
        a, b = self.sizes[keep], self.sizes[gone]
        total = a + b
        inside = a * a * self.own[keep] + b * b * self.own[gone] + 2 * a * b * self.alike[keep, gone]
        self.own[keep] = inside / total**2
        self.scale[keep] = self.own[keep] ** self.power
        row = (a * self.alike[keep] + b * self.alike[gone]) / total
        row[self.alike[keep] < 0] = row[gone] = -1.0
        self.alike[keep] = self.alike[:, keep] = row
        self.alike[gone] = self.alike[:, gone] = self.best[gone] = -1.0
        self.sizes[keep] = total
        self.label[gone] = keep
        scores = self._scores(keep)
        self._look(keep, scores)
        nearer = scores > self.best
        self.best[nearer], self.near[nearer] = scores[nearer], keep


def roots(label: Labels) -> Labels:
    """Every unit's last group, following the joins."""
    while not np.array_equal(label, label[label]):
        label = label[label]
    return label
