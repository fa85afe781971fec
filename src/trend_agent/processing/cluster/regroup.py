"""The border of a step: the last two steps are clustered anew, together with what was settled before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.address import kept_together
from trend_agent.processing.cluster.linkage import link
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
    entries: Sequence[Entry], vectors: sparse.csr_array, settings: ClusterSettings, *, since: int, cut: float
) -> Labels:
    """A label per entry. Items from step `since` on are clustered anew; the older ones of a topic stay together."""
    unit = np.unique(kept_together(entries, since), return_inverse=True)[1]
    fresh = np.bincount(unit, weights=[entry.step >= since for entry in entries]) > 0
    units = gathered(compact(vectors), np.array([entry.at for entry in entries]), unit)
    alike = likeness(units, settings.fade_hours)
    labels = link(alike, units.sizes, fresh, cut=cut, settings=settings)
    return np.asarray(labels[unit])


SAMPLE = 400
"""Items from which the noise of a stream is read off: 80,000 pairs."""


def noise_of(vectors: sparse.csr_array) -> float:
    """How alike two arbitrary items are at most: the likeness that one pair in ten exceeds.

    It is high where all items are about one great event, and low where they are about anything at all.
    """
    count = vectors.shape[0]
    rows = compact(vectors[np.unique(np.linspace(0, count - 1, SAMPLE).astype(np.int64))])
    alike = (rows @ rows.T).toarray()
    pairs = alike[np.triu_indices(len(alike), 1)]
    return float(np.quantile(pairs, 0.9)) if len(pairs) else 0.0


def compact(vectors: sparse.csr_array) -> sparse.csr_array:
    """The same dot products with only the columns that occur."""
    columns, places = np.unique(vectors.indices, return_inverse=True)
    return sparse.csr_array((vectors.data, places, vectors.indptr), shape=(vectors.shape[0], len(columns)))


def gathered(vectors: sparse.csr_array, times: Floats, unit: Labels) -> Units:
    """Items (rows and times) brought together by the number of their unit, 0 … n-1."""
    sizes = np.bincount(unit).astype(np.float64)
    rows = sparse.csr_array((1 / sizes[unit], (unit, np.arange(len(unit)))), shape=(len(sizes), len(unit)))
    return Units(sparse.csr_array(rows @ vectors), sizes, rows @ times)


def likeness(units: Units, fade_hours: float) -> sparse.csr_array:
    """Mean cosine between the items of two units, faded by the distance of their mean times."""
    means = units.means.astype(np.float32)
    alike = sparse.csr_array(means @ means.T)
    times = (units.times - units.times.min()).astype(np.float32)
    if times.any():
        apart = np.repeat(times, np.diff(alike.indptr)) - times[alike.indices]
        alike.data *= np.exp(np.float32(-0.5 / fade_hours**2) * apart**2)
    return alike


def fade(hours: Floats, width: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (hours / width) ** 2))
