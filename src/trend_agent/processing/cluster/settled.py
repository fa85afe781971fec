"""Topics by what is left of their settled items: looked up by the columns they share with a newcomer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from trend_agent.processing.cluster.live import Past
from trend_agent.processing.cluster.shelf import Likest, Shelf, joined
from trend_agent.processing.cluster.weights import WIDTH, Floats

KEPT_COLUMNS = 1500
"""Columns of a mean vector that are remembered, the largest."""

INDEXED_COLUMNS = 64
"""Columns of a mean vector by which it is found, the largest."""

SMALL = 1024
"""Changed topics from which on the index may be made anew."""


class Segment:
    """A part of the index: the topics on it, by number, and which of them are still as they were."""

    def __init__(self, numbers: Sequence[int], vectors: sparse.csr_array, *, reach: float) -> None:
        self.numbers = np.array(numbers, np.int64)
        self.valid = np.ones(len(self.numbers), np.bool_)
        self.vectors = vectors
        self.place = {number: place for place, number in enumerate(numbers)}
        self.shelf = Shelf(reach=reach)
        self.shelf.fill(vectors)

    def forget(self, number: int) -> None:
        place = self.place.get(number)
        if place is not None:
            self.valid[place] = False


class Settled:
    """Pasts by topic number, and an index in two parts: a large one, and what changed since it was made."""

    def __init__(self, *, reach: float) -> None:
        self.reach = reach
        self.pasts: dict[int, Past] = {}
        self.changed: dict[int, None] = {}
        self.base = self.recent = Segment((), rows_of((), INDEXED_COLUMNS), reach=reach)

    def restore(self, pasts: Mapping[int, Past], changed: Iterable[int], base: Segment) -> None:
        """Be what another one was."""
        self.pasts, self.changed = dict(pasts), dict.fromkeys(changed)
        self.base, self.recent = base, self._segment(self.changed)

    def put(self, changed: Iterable[tuple[int, Past]], gone: Iterable[int] = ()) -> None:
        """Take in new and changed pasts, forget those of `gone`."""
        for number in gone:
            self.pasts.pop(number, None)
            self.changed.pop(number, None)
            self.base.forget(number)
        for number, past in changed:
            self.pasts[number] = past
            self.changed[number] = None
            self.base.forget(number)
        if len(self.changed) > max(SMALL, len(self.pasts) // 4):
            self.base = self._segment(self.pasts)
            self.changed = {}
        self.recent = self._segment(self.changed)

    def likest(self, vectors: sparse.csr_array, *, least: float, most: int) -> Likest:
        """For each row the likest topics of each part of the index, at most `most`, above `least`."""
        return joined([of_segment(segment, vectors, least, most) for segment in (self.base, self.recent)])

    def _segment(self, numbers: Iterable[int]) -> Segment:
        chosen = list(numbers)
        vectors = rows_of([self.pasts[number] for number in chosen], INDEXED_COLUMNS)
        return Segment(chosen, vectors, reach=self.reach)


def of_segment(segment: Segment, vectors: sparse.csr_array, least: float, most: int) -> Likest:
    found = segment.shelf.likest(vectors, least=least, most=most)
    kept = segment.valid[found.numbers]
    return Likest(found.rows[kept], segment.numbers[found.numbers[kept]], found.values[kept])


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
    means = sparse.csr_array(
        mixed @ sparse.vstack([rows_of(pasts, KEPT_COLUMNS), vectors[rows]], format="csr")
    )
    mean_at = np.bincount(owner, weights=share * at, minlength=len(folds))
    return [
        past_of(means, place, min(size, most), time)
        for place, (size, time) in enumerate(zip(sizes.tolist(), mean_at.tolist(), strict=True))
    ]


def past_of(means: sparse.csr_array, row: int, size: float, at: float) -> Past:
    """The past of items with the mean vector in a row."""
    span = slice(means.indptr[row], means.indptr[row + 1])
    values, columns = means.data[span], means.indices[span]
    order = np.argsort(-values, kind="stable")[:KEPT_COLUMNS]
    own = float(np.dot(values, values))
    return Past(columns[order].astype(np.int32), values[order].astype(np.float32), float(size), own, at)
