"""Rows to compare with, found by the columns they share: never by looking at every row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from trend_agent.processing.cluster.weights import WIDTH

Numbers = NDArray[np.int64]

ALL = float("inf")
"""The reach of a shelf that leaves nothing out."""


class Shelf:
    """Vectors (n rows of WIDTH columns) by column.

    What many rows have says little and costs much. So columns are taken in from the rarest on, until looking up a
    row like those on the shelf takes `reach` additions; a small shelf has them all.
    """

    def __init__(self, vectors: sparse.csr_array, *, reach: float = ALL) -> None:
        seen = np.zeros(WIDTH, np.bool_)
        seen[vectors.indices] = True
        columns = np.flatnonzero(seen)
        self.where = np.zeros(WIDTH, np.int32)
        """The place of each column among those that occur, from 1 on; 0 for the others."""
        self.where[columns] = np.arange(1, len(columns) + 1)
        narrow = sparse.csr_matrix(
            (vectors.data, self.where[vectors.indices] - 1, vectors.indptr),
            shape=(vectors.shape[0], len(columns)),
        ).tocsc()
        lengths = np.diff(narrow.indptr).astype(np.int64)
        order = np.argsort(lengths, kind="stable")
        wide = order[np.cumsum(lengths[order] ** 2) > reach * vectors.shape[0]]
        if len(wide):
            kept = np.ones(len(lengths), np.float32)
            kept[wide] = 0
            narrow.data *= np.repeat(kept, lengths)
            narrow.eliminate_zeros()
        self.rows: int = vectors.shape[0]
        self.by_column = sparse.csr_matrix(
            (narrow.data, narrow.indices.astype(np.int32), narrow.indptr.astype(np.int32)),
            shape=(len(columns), self.rows),
        )

    def likest(self, vectors: sparse.csr_array, *, least: float, most: int) -> sparse.csr_matrix:
        """Dot products of m rows with those of the shelf (m by n): of each row the `most` largest above `least`."""
        found = self.where[vectors.indices] - 1
        known = found >= 0
        ends = np.zeros(len(known) + 1, np.int32)
        np.cumsum(known, out=ends[1:])
        asked = sparse.csr_matrix(
            (vectors.data[known], found[known], ends[vectors.indptr]),
            shape=(vectors.shape[0], self.by_column.shape[0]),
        )
        if not asked.nnz or not self.by_column.nnz:
            return sparse.csr_matrix((vectors.shape[0], self.rows), dtype=np.float32)
        return sp_matmul_topn(asked, self.by_column, top_n=most, threshold=least)
