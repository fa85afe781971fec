"""The border of a step: the last two steps are clustered anew, together with what was settled before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.linkage import average_link, centroid_link
from trend_agent.processing.cluster.live import Entry
from trend_agent.processing.cluster.settings import ClusterSettings
from trend_agent.processing.cluster.weights import Floats

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Units:
    """The things to be clustered: mean vectors (n rows), how many items each holds, and their mean time."""

    means: sparse.csr_array
    sizes: Floats
    times: Floats


def regrouped(
    entries: Sequence[Entry], vectors: sparse.csr_array, unit: Labels, settings: ClusterSettings
) -> Labels:
    """A label per entry. `unit` numbers what must stay together: 0 … n-1, with no number left out."""
    units = gathered(compact(vectors), np.array([entry.at for entry in entries]), unit)
    labels = average_link(likeness(units, settings.fade_hours), units.sizes, settings.cut)
    joined = gathered(units.means, units.times, dense(labels), weights=units.sizes)
    merged = centroid_link(joined.means, joined.sizes, joined.times, settings)
    return np.asarray(merged[dense(labels)][unit])


def dense(labels: Labels) -> Labels:
    """The same labels as 0 … n-1."""
    return np.unique(labels, return_inverse=True)[1]


def compact(vectors: sparse.csr_array) -> sparse.csr_array:
    """The same dot products with only the columns that occur."""
    columns, places = np.unique(vectors.indices, return_inverse=True)
    return sparse.csr_array((vectors.data, places, vectors.indptr), shape=(vectors.shape[0], len(columns)))


def gathered(
    vectors: sparse.csr_array, times: Floats, unit: Labels, *, weights: Floats | None = None
) -> Units:
    share = np.ones(len(unit)) if weights is None else weights
    sizes = np.bincount(unit, weights=share)
    rows = sparse.csr_array(
        (share / sizes[unit], (unit, np.arange(len(unit)))), shape=(len(sizes), len(unit))
    )
    return Units(sparse.csr_array(rows @ vectors), sizes.astype(np.float64), rows @ times)


def likeness(units: Units, fade_hours: float) -> sparse.csr_array:
    """Mean cosine between the items of two units, faded by the distance of their mean times."""
    alike = sparse.coo_array(units.means @ units.means.T)
    faded = alike.data * fade(units.times[alike.row] - units.times[alike.col], fade_hours)
    return sparse.csr_array((faded, (alike.row, alike.col)), shape=alike.shape)


def fade(hours: Floats, width: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (hours / width) ** 2))
