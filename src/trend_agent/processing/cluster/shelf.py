"""Rows to compare with, found by the columns they share: never by looking at every row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from trend_agent.processing.cluster.weights import WIDTH, Floats, Numbers

Places = NDArray[np.int32]

ALL = float("inf")
"""The reach of a shelf that leaves nothing out."""

CELLS = 1 << 19
"""Sums that are kept at a time: as many as stay in the processor's cache."""


class Likest(NamedTuple):
    """Rows that were compared, the numbers of what they are like, and how much (k each)."""

    rows: Numbers
    numbers: Numbers
    values: Floats


NOTHING = Likest(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


class Shelf:
    """Vectors (n rows of WIDTH columns) by column.

    What many rows have says little and costs much. So columns are taken in from the rarest on, until looking up a
    row like those on the shelf takes `reach` additions; a small shelf has them all.

    Where a row has something in common with most of those on the shelf, adding up is fastest in a list of all of them
    (`crowded`); else in a list of those that were met.
    """

    def __init__(self, *, reach: float = ALL, crowded: bool = True) -> None:
        self.reach = reach
        self.crowded = crowded
        self.rows = 0
        self.columns: Places = np.zeros(0, np.int32)
        self.where: Places = np.zeros(WIDTH, np.int32)
        """The place of each column in `by_column`, from 1 on; 0 for those that are not among `columns`."""
        self.by_column = sparse.csr_matrix((0, 0), dtype=np.float32)

    def fill(self, vectors: sparse.csr_array) -> None:
        """Hold these rows and no others. The table of columns, which is large, is used again."""
        seen = np.zeros(WIDTH, np.bool_)
        seen[vectors.indices] = True
        self._name(np.flatnonzero(seen).astype(np.int32))
        whole = self._turned(self.where[vectors.indices] - 1, vectors.data, vectors.indptr)
        lengths = np.diff(whole.indptr)
        kept = self._narrow(lengths)
        self.where[self.columns[~kept]] = 0
        self.columns = self.columns[kept]
        entries = np.repeat(kept, lengths)
        ends = np.zeros(len(kept) + 1, np.int32)
        np.cumsum(lengths * kept, out=ends[1:])
        self.by_column = sparse.csr_matrix(
            (whole.data[entries], whole.indices[entries], ends), shape=whole.shape
        )

    def refill(self, vectors: sparse.csr_array, columns: Places) -> None:
        """Hold these rows, of columns that were taken in when there were others beside them."""
        self._name(columns)
        self.by_column = self._turned(*self._known(vectors))

    def likest(self, vectors: sparse.csr_array, *, least: float, most: int) -> Likest:
        """Dot products of m rows with those of the shelf: of each row the `most` largest above `least`."""
        places, data, ends = self._known(vectors)
        if not len(places) or not self.by_column.nnz:
            return NOTHING
        if not self.crowded:
            return self._met(places, data, ends, least, most)
        step = max(1, CELLS // self.rows)
        parts = [NOTHING]
        for first in range(0, vectors.shape[0], step):
            span = ends[first : first + step + 1]
            asked = slice(span[0], span[-1])
            found = self._products(places[asked], data[asked], np.diff(span), least)
            parts.append(found._replace(rows=found.rows + first))
        return largest(Likest(*(np.concatenate(columns) for columns in zip(*parts, strict=True))), most)

    def _met(
        self, places: Places, data: NDArray[np.float32], ends: Places, least: float, most: int
    ) -> Likest:
        asked = sparse.csr_matrix((data, places, ends), shape=(len(ends) - 1, self.by_column.shape[0]))
        found = sp_matmul_topn(asked, self.by_column, top_n=most, threshold=least)
        rows = np.repeat(np.arange(len(ends) - 1), np.diff(found.indptr))
        others, values = found.indices[: len(rows)], found.data[: len(rows)]
        return Likest(rows, others.astype(np.int64), values.astype(np.float64))

    def _products(self, places: Places, data: NDArray[np.float32], lengths: Places, least: float) -> Likest:
        """The same of rows whose columns at these places stand one after the other, all above `least`."""
        entries = self.by_column[places]
        shifts = np.repeat(np.arange(len(lengths), dtype=np.int32) * np.int32(self.rows), lengths)
        cells = entries.indices + np.repeat(shifts, np.diff(entries.indptr))
        sums = sparse.csc_array(
            (entries.data, cells, entries.indptr), shape=(len(lengths) * self.rows, len(places))
        )
        products = sums @ data
        hits = np.flatnonzero(products > least)
        rows, others = np.divmod(hits, self.rows)
        return Likest(rows, others, products[hits].astype(np.float64))

    def _name(self, columns: Places) -> None:
        self.where[self.columns] = 0
        self.columns = columns
        self.where[columns] = np.arange(1, len(columns) + 1, dtype=np.int32)

    def _turned(self, places: Places, data: NDArray[np.float32], ends: Places) -> sparse.csr_matrix:
        """Rows whose columns are at these places, by column."""
        self.rows = len(ends) - 1
        rows = sparse.csr_array((data, places, ends), shape=(self.rows, len(self.columns)))
        turned = rows.tocsc()
        return sparse.csr_matrix((turned.data, turned.indices, turned.indptr), shape=turned.shape[::-1])

    def _narrow(self, lengths: Places) -> NDArray[np.bool_]:
        """Which columns, by their lengths, are narrow enough to be taken in."""
        order = np.argsort(lengths, kind="stable")
        kept = np.empty(len(lengths), np.bool_)
        kept[order] = np.cumsum(lengths[order].astype(np.int64) ** 2) <= self.reach * self.rows
        return kept

    def _known(self, vectors: sparse.csr_array) -> tuple[Places, NDArray[np.float32], Places]:
        """What the rows have in the shelf's columns: places, values, and where each row begins and ends."""
        found = self.where[vectors.indices]
        known = found > 0
        ends = np.zeros(len(known) + 1, np.int32)
        np.cumsum(known, out=ends[1:])
        return found[known] - 1, vectors.data[known], ends[vectors.indptr]


def largest(found: Likest, most: int) -> Likest:
    """Of each row the `most` largest, the first in a tie, in the order of before."""
    counts = np.bincount(found.rows)
    if counts.max(initial=0) <= most:
        return found
    order = np.lexsort((found.numbers, -found.values, found.rows))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = np.sort(order[rank < most])
    return Likest(found.rows[kept], found.numbers[kept], found.values[kept])


def joined(parts: list[Likest]) -> Likest:
    return Likest(*(np.concatenate(columns) for columns in zip(NOTHING, *parts, strict=True)))
