"""The provisional topic of an item that has just come: the live topic that it is most like on average."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.address import NOWHERE
from trend_agent.processing.cluster.regroup import fade
from trend_agent.processing.cluster.terms import PLACES
from trend_agent.processing.cluster.weights import Floats

Numbers = NDArray[np.int64]


class Shelf:
    """Items to compare with, by term: their vectors, their times, and the number of each one's topic."""

    def __init__(self, vectors: sparse.csr_array, times: Floats, topics: Numbers) -> None:
        self.vectors, self.times, self.topics = vectors, times, topics
        self.columns, places = np.unique(vectors.indices, return_inverse=True)
        shape = (vectors.shape[0], len(self.columns))
        narrow = sparse.csr_array((vectors.data, places, vectors.indptr), shape=shape)
        self.by_term = sparse.csr_array(narrow.T)

    def likeness(self, vectors: sparse.csr_array) -> sparse.csr_array:
        """Cosines of the rows (m) with the items of the shelf (n), m by n."""
        if not len(self.columns):
            return sparse.csr_array((vectors.shape[0], self.vectors.shape[0]))
        at = np.minimum(np.searchsorted(self.columns, vectors.indices), len(self.columns) - 1)
        data = np.where(self.columns[at] == vectors.indices, vectors.data, 0.0)
        narrow = sparse.csr_array(
            (data, at, vectors.indptr.copy()), shape=(vectors.shape[0], len(self.columns))
        )
        narrow.eliminate_zeros()
        return sparse.csr_array(narrow @ self.by_term)


def empty_shelf() -> Shelf:
    return Shelf(sparse.csr_array((0, PLACES)), np.zeros(0), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Items to be placed: their vectors, times, and addresses."""

    vectors: sparse.csr_array
    times: Floats
    addresses: Sequence[int]


class Arrivals:
    """Three shelves: what was live at the last border, what came since and is indexed, and the newest items.

    They are rebuilt only at fixed places of the stream, so an item meets the same shelves however the stream
    was cut into batches.
    """

    def __init__(
        self,
        base: Shelf | None = None,
        recent: Shelf | None = None,
        newest: Shelf | None = None,
        *,
        at_address: dict[int, int] | None = None,
    ) -> None:
        self.at_address = at_address or {}
        self.base = base or empty_shelf()
        self.recent = recent or empty_shelf()
        self.newest = newest or empty_shelf()
        self.sizes = Counter(
            chain.from_iterable(shelf.topics.tolist() for shelf in (self.base, self.recent, self.newest))
        )

    def index(self) -> None:
        """Move the newest items to the indexed ones."""
        self.recent, self.newest = stacked(self.recent, self.newest), empty_shelf()

    def place(self, newcomers: Newcomers, first: int, fade_hours: float, cut: float) -> Numbers:
        """The topic of each newcomer in turn: a known one, or a new one, numbered from `first` on."""
        fresh = Shelf(newcomers.vectors, newcomers.times, np.zeros(len(newcomers.times), np.int64))
        shelves = (self.base, self.recent, self.newest, fresh)
        # The last two are sorted as one: which of them an item is on depends on the batches.
        parts = [shelf.likeness(newcomers.vectors) for shelf in shelves]
        newest = sparse.hstack(parts[2:], format="csr")
        newest.sort_indices()
        alike = sparse.hstack([*parts[:2], newest], format="csr")
        topics = np.concatenate([shelf.topics for shelf in shelves])
        times = np.concatenate([shelf.times for shelf in shelves])
        before = len(times) - len(newcomers.times)
        for row, address in enumerate(newcomers.addresses):
            found = self.at_address.get(address)
            if found is None:
                columns, values = row_of(alike, row, before + row)
                values = values * fade(times[columns] - times[before + row], fade_hours)
                found = self._best(topics[columns], values, cut)
            topics[before + row] = number = first if found is None else found
            first += found is None
            self.sizes[number] += 1
            if address != NOWHERE:
                self.at_address[address] = number
        self.newest = stacked(self.newest, Shelf(newcomers.vectors, newcomers.times, topics[before:]))
        return topics[before:]

    def _best(self, topics: Numbers, values: Floats, cut: float) -> int | None:
        """The topic with the highest mean likeness, the older one in a tie; None below the cut."""
        if not len(topics):
            return None
        numbers, of = np.unique(topics, return_inverse=True)
        sums = np.bincount(of, weights=values)
        means = sums / np.array([self.sizes[number] for number in numbers.tolist()])
        best = int(np.argmax(means))
        return int(numbers[best]) if means[best] >= cut else None


def row_of(alike: sparse.csr_array, row: int, limit: int) -> tuple[Numbers, Floats]:
    """Columns below `limit` of a row, and their values."""
    span = slice(alike.indptr[row], alike.indptr[row + 1])
    before = alike.indices[span] < limit
    return alike.indices[span][before], alike.data[span][before]


def stacked(first: Shelf, second: Shelf) -> Shelf:
    vectors = sparse.vstack([first.vectors, second.vectors], format="csr")
    return Shelf(
        vectors,
        np.concatenate([first.times, second.times]),
        np.concatenate([first.topics, second.topics]),
    )
