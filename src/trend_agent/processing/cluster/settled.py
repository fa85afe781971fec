"""Topics by what is left of their settled items: looked up by the columns they share with a newcomer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.live import Past
from trend_agent.processing.cluster.shelf import Places, Shelf
from trend_agent.processing.cluster.weights import WIDTH, Floats, Numbers

KEPT_COLUMNS = 1500
"""Columns of a mean vector that are remembered, the largest."""

INDEXED_COLUMNS = 64
"""Columns of a mean vector by which it is found, the largest."""

SMALL = 1024
"""Topics up to which the whole index is one part, made anew with every change."""


class Asked(NamedTuple):
    """Of each part of the index at most the `most` topics likest to a row, above `least`; likeness fades by a
    Gaussian of `fade_hours`."""

    least: float
    most: int
    fade_hours: float


class Near(NamedTuple):
    """Rows that were compared, the numbers of the topics they are like, how much, and how many items each of these
    stands for (k each)."""

    rows: Numbers
    numbers: Numbers
    values: Floats
    sizes: Floats


NOBODY = Near(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


class Segment:
    """A part of the index: topics by number, and which of them are still as they were when it was made."""

    def __init__(self, numbers: Numbers, pasts: Sequence[Past], shelf: Shelf) -> None:
        self.numbers = numbers
        self.at = np.array([past.at for past in pasts])
        self.sizes = np.array([past.size for past in pasts])
        self.shelf = shelf
        self.valid = np.ones(len(numbers), np.bool_)
        self.count = len(numbers)

    def forget(self, numbers: Numbers) -> None:
        self.valid &= ~np.isin(self.numbers, numbers)
        self.count = int(np.count_nonzero(self.valid))

    def left(self) -> Numbers:
        return self.numbers[self.valid]

    def likest(self, vectors: sparse.csr_array, times: Floats, asked: Asked) -> Near:
        rows, places, values = self.shelf.likest(vectors, least=asked.least, most=asked.most)
        kept = self.valid[places]
        rows, places, values = rows[kept], places[kept], values[kept]
        faded = values * fade(times[rows] - self.at[places], asked.fade_hours)
        return Near(rows, self.numbers[places], faded, self.sizes[places])


class Settled:
    """Pasts by topic number, and an index in parts, the newest last.

    What changes goes to a new part. Parts that are no larger than what comes behind them go into one with it, so
    that there are few, and each topic is put down as often as the logarithm of their number (Bentley and Saxe 1980).
    Together they take `reach` additions to look up a row like those on them.
    """

    def __init__(self, *, reach: float) -> None:
        self.reach = reach
        self.pasts: dict[int, Past] = {}
        self.segments: list[Segment] = []

    def put(self, changed: Iterable[tuple[int, Past]], gone: Iterable[int] = ()) -> None:
        """Take in new and changed pasts, forget those of `gone`."""
        new, gone = dict(changed), list(gone)
        for number in gone:
            self.pasts.pop(number, None)
        self.pasts.update(new)
        stale = np.array([*gone, *new], np.int64)
        for segment in self.segments:
            segment.forget(stale)
        self.segments = [segment for segment in self.segments if segment.count]
        if new:
            self._append(np.array(list(new), np.int64))

    def likest(self, vectors: sparse.csr_array, times: Floats, asked: Asked) -> Near:
        """For each row, of items with these times, the likest topics of each part of the index."""
        return nearest([segment.likest(vectors, times, asked) for segment in self.segments])

    def likest_of(
        self, numbers: Sequence[int], vectors: sparse.csr_array, times: Floats, asked: Asked
    ) -> Near:
        """The same among these topics alone."""
        return self._segment(np.array(numbers, np.int64), self.reach).likest(vectors, times, asked)

    def _append(self, numbers: Numbers) -> None:
        while self.segments and self.segments[-1].count <= max(len(numbers), SMALL - len(numbers)):
            numbers = np.concatenate([self.segments.pop().left(), numbers])
        share = len(numbers) / max(len(self.pasts), len(numbers))
        self.segments.append(self._segment(np.sort(numbers), self.reach * share))

    def _segment(self, numbers: Numbers, reach: float) -> Segment:
        pasts = [self.pasts[number] for number in numbers.tolist()]
        shelf = Shelf(reach=reach, crowded=False)
        shelf.fill(rows_of(pasts, INDEXED_COLUMNS))
        return Segment(numbers, pasts, shelf)

    def restore(self, pasts: Mapping[int, Past], parts: Iterable[tuple[Numbers, Places]]) -> None:
        """Be what another one was: `parts` are the topics and the columns of each part of its index."""
        self.pasts = dict(pasts)
        for numbers, columns in parts:
            chosen = [pasts[number] for number in numbers.tolist()]
            shelf = Shelf(reach=self.reach, crowded=False)
            shelf.refill(rows_of(chosen, INDEXED_COLUMNS), columns)
            self.segments.append(Segment(numbers, chosen, shelf))


def nearest(parts: Sequence[Near]) -> Near:
    return Near(*(np.concatenate(columns) for columns in zip(NOBODY, *parts, strict=True)))


def fade(hours: Floats, width: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (hours / width) ** 2))


def rows_of(pasts: Sequence[Past], most: int) -> sparse.csr_array:
    """A row per past with its `most` largest columns."""
    ends = np.zeros(len(pasts) + 1, np.int32)
    np.cumsum([min(len(past.columns), most) for past in pasts], out=ends[1:])
    columns = [past.columns[:most] for past in pasts] or [np.zeros(0, np.int32)]
    values = [past.values[:most] for past in pasts] or [np.zeros(0, np.float32)]
    return sparse.csr_array(
        (np.concatenate(values), np.concatenate(columns), ends), shape=(len(pasts), WIDTH)
    )


@dataclass(slots=True)
class Fold:
    """What becomes one past: the rows of a window, and pasts that were apart."""

    number: int
    pasts: list[Past]
    rows: list[int] = field(default_factory=list)


def folded(folds: Sequence[Fold], vectors: sparse.csr_array, times: Floats, *, most: int) -> list[Past]:
    """The past of each; one that stands for more than `most` items counts as so many later on."""
    mixed = [fold for fold in folds if fold.rows or len(fold.pasts) > 1]
    made = iter(mixed_pasts(mixed, vectors, times, most=most) if mixed else ())
    return [next(made) if fold.rows or len(fold.pasts) > 1 else fold.pasts[0] for fold in folds]


def mixed_pasts(folds: Sequence[Fold], vectors: sparse.csr_array, times: Floats, *, most: int) -> list[Past]:
    pasts = [past for fold in folds for past in fold.pasts]
    rows = [row for fold in folds for row in fold.rows]
    weights = np.concatenate([[past.size for past in pasts], np.ones(len(rows))])
    at = np.concatenate([[past.at for past in pasts], times[rows]])
    owner = np.concatenate(
        [
            np.repeat(np.arange(len(folds)), [len(fold.pasts) for fold in folds]),
            np.repeat(np.arange(len(folds)), [len(fold.rows) for fold in folds]),
        ]
    ).astype(np.int64)
    sizes = np.bincount(owner, weights=weights, minlength=len(folds))
    share = (weights / sizes[owner]).astype(np.float32)
    mixed = sparse.csr_array((share, (owner, np.arange(len(owner)))), shape=(len(folds), len(owner)))
    stack = sparse.vstack([rows_of(pasts, KEPT_COLUMNS), vectors[rows]], format="csr")
    columns, narrow = narrowed(stack)
    means = sparse.csr_array(mixed @ narrow)
    means = sparse.csr_array((means.data, columns[means.indices], means.indptr), shape=(len(folds), WIDTH))
    mean_at = np.bincount(owner, weights=share * at, minlength=len(folds))
    return [
        past_of(means, place, min(size, most), time)
        for place, (size, time) in enumerate(zip(sizes.tolist(), mean_at.tolist(), strict=True))
    ]


def narrowed(rows: sparse.csr_array) -> tuple[Places, sparse.csr_array]:
    """The columns that occur, and the rows in these alone: products of wide rows cost by their width."""
    seen = np.zeros(WIDTH, np.bool_)
    seen[rows.indices] = True
    columns = np.flatnonzero(seen).astype(np.int32)
    where = np.empty(WIDTH, np.int32)
    where[columns] = np.arange(len(columns), dtype=np.int32)
    shape = (rows.shape[0], len(columns))
    return columns, sparse.csr_array((rows.data, where[rows.indices], rows.indptr), shape=shape)


def past_of(means: sparse.csr_array, row: int, size: float, at: float) -> Past:
    """The past of items with the mean vector in a row."""
    span = slice(means.indptr[row], means.indptr[row + 1])
    values, columns = means.data[span], means.indices[span]
    own = float(np.dot(values, values))
    if len(values) > INDEXED_COLUMNS:
        front = among_largest(values, INDEXED_COLUMNS)
        rest = ~front if len(values) <= KEPT_COLUMNS else among_largest(values, KEPT_COLUMNS) & ~front
        order = np.concatenate([np.flatnonzero(front), np.flatnonzero(rest)])
        values, columns = values[order], columns[order]
    return Past(columns.astype(np.int32), values.astype(np.float32), float(size), own, at)


def among_largest(values: NDArray[np.float32], count: int) -> NDArray[np.bool_]:
    """Which values are the largest, so many of them, the first in a tie."""
    least = np.partition(values, -count)[-count]
    found = values > least
    found[np.flatnonzero(values == least)[: count - np.count_nonzero(found)]] = True
    return np.asarray(found)
