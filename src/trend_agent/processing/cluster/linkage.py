"""Average-link clustering of groups that already have sizes, exact down to a cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.settings import ClusterSettings

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def average_link(likeness: sparse.csr_array, sizes: Floats, cut: float) -> Labels:
    """A label per unit; two groups join while the mean likeness of their pairs is at least `cut`.

    `likeness` is symmetric, n by n, without negative entries. No group can reach the cut unless some pair in
    it does, so the connected parts of the pairs above the cut are clustered one by one.
    """
    strong = likeness.copy()
    strong.data = np.where(strong.data >= cut, strong.data, 0.0)
    strong.eliminate_zeros()
    parts, part = sparse.csgraph.connected_components(strong, directed=False)
    labels = np.arange(likeness.shape[0])
    order = np.argsort(part, kind="stable")
    borders = np.searchsorted(part[order], np.arange(parts + 1))
    for start, end in pairwise(borders.tolist()):
        if end - start > 1:
            members = order[start:end]
            labels[members] = members[linked(likeness[members][:, members].toarray(), sizes[members], cut)]
    return labels


def linked(likeness: Floats, sizes: Floats, cut: float) -> Labels:
    """Average link on a full matrix by chains of nearest neighbours (Murtagh 1983), which it overwrites.

    The order of joining does not change the outcome, since the likeness of a joined group to a third is
    between those of its parts; for the same reason a group without a neighbour above the cut is final.
    """
    sizes = sizes.astype(np.float64).copy()
    np.fill_diagonal(likeness, -1.0)
    label = np.arange(len(likeness))
    open_ = np.ones(len(likeness), bool)
    chain: list[int] = []
    while True:
        if not chain:
            left = np.flatnonzero(open_)
            if not len(left):
                return roots(label)
            chain.append(int(left[0]))
        end = chain[-1]
        near = int(np.argmax(likeness[end]))
        if len(chain) > 1 and likeness[end, chain[-2]] >= likeness[end, near]:
            near = chain[-2]
        if likeness[end, near] < cut:
            open_[end] = False
            chain.pop()
        elif len(chain) > 1 and near == chain[-2]:
            del chain[-2:]
            keep, gone = min(end, near), max(end, near)
            join(likeness, sizes, keep, gone)
            label[gone] = keep
            open_[gone] = False
        else:
            chain.append(near)


def join(likeness: Floats, sizes: Floats, keep: int, gone: int) -> None:
    total = sizes[keep] + sizes[gone]
    row = (sizes[keep] * likeness[keep] + sizes[gone] * likeness[gone]) / total
    row[keep] = row[gone] = -1.0
    row[likeness[keep] < 0] = -1.0
    likeness[keep] = likeness[:, keep] = row
    likeness[gone] = likeness[:, gone] = -1.0
    sizes[keep] = total


def roots(label: Labels) -> Labels:
    """Every unit's last group, following the joins."""
    while not np.array_equal(label, label[label]):
        label = label[label]
    return label


def centroid_link(means: sparse.csr_array, sizes: Floats, times: Floats, settings: ClusterSettings) -> Labels:
    """A label per group; groups of some size join, the likest first, while their centroids are alike enough.

    The cosine of centroids does not fall as a topic grows more diverse, which the mean likeness of pairs
    does; so it joins the parts of a large topic that average link leaves apart.
    """
    labels = np.arange(len(sizes))
    large = np.flatnonzero(sizes >= settings.merge_size)
    if len(large) < 2:
        return labels
    sums = sparse.diags_array(sizes[large]) @ means[large]
    dots = (sums @ sums.T).toarray()
    count, middle = sizes[large].copy(), times[large].copy()
    while True:
        scores = centroid_scores(dots, middle, settings.fade_hours)
        first, second = divmod(int(np.argmax(scores)), len(scores))
        if scores[first, second] < settings.merge_cut:
            return roots(labels)
        first, second = min(first, second), max(first, second)
        dots[first] += dots[second]
        dots[:, first] += dots[:, second]
        dots[second] = dots[:, second] = 0
        middle[first] = np.average(middle[[first, second]], weights=count[[first, second]])
        count[first] += count[second]
        labels[large[second]] = large[first]


def centroid_scores(dots: Floats, times: Floats, width: float) -> Floats:
    lengths = np.sqrt(np.maximum(np.diag(dots), 1e-12))
    scores = dots / lengths / lengths[:, None]
    scores *= np.exp(-0.5 * ((times - times[:, None]) / width) ** 2)
    np.fill_diagonal(scores, -1.0)
    return np.asarray(scores)
