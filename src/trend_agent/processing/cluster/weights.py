"""How much a term counts: rarer terms, names and things count for more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.background import MILLION
from trend_agent.processing.cluster.habit import Habit
from trend_agent.processing.cluster.terms import PLACES, Kind, Reading

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

WEIGHT_OF_KIND = np.array([1.2, 1.0, 1.0, 1.3, 1.0, 0.5, 0.2, 0.05])
"""By `Kind`. A capitalised word that is mostly written small counts like a plain one."""

WIDTH = 2 * PLACES
"""Columns of a vector: those of its grams, then those of its terms."""

PRIOR = 50.0
"""Items we pretend to have seen before the first, so that a young stream does not over-rate rare terms …"""

AT_LARGE = 1000.0
"""… and so many more, in which each term stood as often as in its language at large; see `background.py`."""

OF_HABIT = 0.5
"""The part of a term's weight that goes where it is said in every step of the stream; see `habit.py`."""


class Counts:
    """In how many items each term was seen, and how often each word began with a capital, so far.

    Counting is put off until `settle`, which the clusterer calls at fixed places of the stream: what an item
    weighs then does not depend on how the stream was cut into batches.
    """

    def __init__(self) -> None:
        self.items = 0.0
        self.grams = np.zeros(PLACES, np.float32)
        self.terms = np.zeros(PLACES, np.float32)
        self.lower = np.zeros(PLACES, np.float32)
        self.upper = np.zeros(PLACES, np.float32)
        self.habit = Habit()

    def settle(self, readings: Sequence[Reading], step: int) -> None:
        """Count items of a step of the stream."""
        self.items += len(readings)
        terms = joined([one.terms for one in readings])[0]
        self.habit.settle(terms, step)
        for table, places in (
            (self.grams, distinct([one.grams for one in readings])[0]),
            (self.terms, terms),
            (self.lower, joined([one.lower for one in readings])[0]),
            (self.upper, joined([one.upper for one in readings])[0]),
        ):
            np.add.at(table, places.astype(np.intp), np.float32(1))  # of one kind: forty times as fast

    def rarity(self, seen: Floats, before: float) -> Floats:
        """ln((N + before) / (seen + 1/2)) of what the items so far and `before` others have shown; above zero."""
        return np.asarray(np.log((self.items + before) / (seen + 0.5)))

    def vectors(self, readings: Sequence[Reading], *, gram_share: float) -> sparse.csr_array:
        """One row per reading, of length one: its grams, then its terms, in 2 * PLACES columns.

        The dot product of two rows is gram_share * cos(grams) + (1 - gram_share) * cos(terms).
        """
        spelt = self.spelling(readings) * np.sqrt(gram_share)
        meant = self.meaning(readings) * np.sqrt(1 - gram_share)
        return sparse.csr_array(sparse.hstack([spelt, meant], format="csr"), dtype=np.float32)

    def spelling(self, readings: Sequence[Reading]) -> sparse.csr_array:
        """The gram view alone: rows of length one in PLACES columns."""
        places, often, starts = distinct([one.grams for one in readings])
        rarity = self.rarity(self.grams[places].astype(np.float64), PRIOR)
        return unit_rows((1 + np.log(often)) * rarity, places, starts)

    def meaning(self, readings: Sequence[Reading]) -> sparse.csr_array:
        """The term view alone: rows of length one in PLACES columns."""
        places, starts = joined([one.terms for one in readings])
        kinds = joined([one.kinds for one in readings])[0]
        cases = joined([one.cases for one in readings])[0]
        small = (kinds == Kind.CAPITALISED) & (self.lower[cases] > 0.5 * self.upper[cases])
        weights = WEIGHT_OF_KIND[np.where(small, Kind.PLAIN, kinds)] * (
            1 - OF_HABIT * self.habit.share(places)
        )
        at_large = joined([one.usual for one in readings])[0] * (AT_LARGE / MILLION)
        rarity = self.rarity(self.terms[places] + at_large, PRIOR + AT_LARGE)
        return unit_rows(weights * rarity, places, starts)


def joined(rows: Sequence[NDArray[np.generic]]) -> tuple[NDArray[np.int32], Numbers]:
    """Rows one after the other, and where each begins (one more than there are rows)."""
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    flat = np.concatenate(rows) if rows else np.zeros(0)
    return flat.astype(np.int32), starts


def distinct(rows: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int32], Numbers, Numbers]:
    """The different places of each row, how often each is there, and where each row begins."""
    flat, starts = joined(rows)
    owners = np.repeat(np.arange(len(rows)), np.diff(starts))
    keys, often = np.unique(owners * PLACES + flat, return_counts=True)
    owners, places = np.divmod(keys, PLACES)
    return places.astype(np.int32), often, np.searchsorted(owners, np.arange(len(rows) + 1))


def unit_rows(values: Floats, columns: NDArray[np.int32], starts: Numbers) -> sparse.csr_array:
    # Each row is summed by itself: differences of running sums would depend on the rows before it.
    squares = np.add.reduceat(np.append(values**2, 0.0), starts[:-1])
    scaled = values / np.repeat(np.sqrt(np.maximum(squares, 1e-12)), np.diff(starts))
    return sparse.csr_array((scaled, columns, starts), shape=(len(starts) - 1, PLACES))
