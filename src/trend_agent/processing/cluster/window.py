"""The items of the last two steps. Each is compared once, on arrival, with what may be like it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trend_agent.processing.cluster.settings import ClusterSettings
from trend_agent.processing.cluster.settled import Asked, Near, Settled, fade
from trend_agent.processing.cluster.shelf import NOTHING, Likest, Shelf, joined
from trend_agent.processing.cluster.weights import WIDTH, Floats, Numbers

REINDEXED = 1024
"""Items between two places of the stream where the large part of the index takes in the small one."""


class Found:
    """What rows are like, in blocks: one per place of the stream where the index changed, and the newest."""

    def __init__(self, whole: Likest = NOTHING) -> None:
        self.blocks = [whole]
        self.newest: list[Likest] = []

    def add(self, found: Likest) -> None:
        self.newest.append(found)

    def close(self) -> None:
        """The newest become a block, in an order that does not tell how they came."""
        self.blocks.append(in_order(joined(self.newest)))
        self.newest = []

    def whole(self) -> Likest:
        return joined([*self.blocks, in_order(joined(self.newest))])


class Window:
    """Vectors and times of items, rows in stream order, and their likeness to each other and to settled topics.

    `pairs` holds (row, earlier row, likeness), `settled` (row, number of a topic, likeness), both faded by the
    distance in time, and nothing below the settings' `least`. The rows before `indexed` are on two shelves
    (`old` of them on the first), the others are compared one by one.
    """

    def __init__(self, settings: ClusterSettings) -> None:
        self.settings = settings
        self.asked = Asked(settings.least_topic, settings.compared_topics, settings.fade_hours)
        self.vectors = sparse.csr_array((0, WIDTH), dtype=np.float32)
        self.times: Floats = np.zeros(0)
        self.pairs, self.settled = Found(), Found()
        self.old = self.indexed = 0
        self.large, self.recent = Shelf(reach=settings.reach), Shelf(reach=settings.reach)
        self.newest = Shelf()

    def __len__(self) -> int:
        return len(self.times)

    def compare(self, vectors: sparse.csr_array, times: Floats, settled: Settled) -> tuple[Likest, Near]:
        """Take in items: how they are like the rows before them, and like settled topics."""
        s, before = self.settings, len(self)
        self.vectors = sparse.csr_array(sparse.vstack([self.vectors, vectors], format="csr"))
        self.times = np.concatenate([self.times, times])
        self.newest.fill(self.vectors[self.indexed :])
        parts = [
            counted_from(first, shelf.likest(vectors, least=s.least, most=most))
            for shelf, first, most in (
                (self.large, 0, s.compared),
                (self.recent, self.old, s.compared),
                (self.newest, self.indexed, self.newest.rows),
            )
        ]
        rows, others, values = joined(parts)
        earlier = others < before + rows
        pairs = self._faded(before + rows[earlier], others[earlier], values[earlier])
        found = settled.likest(vectors, times, self.asked)
        topics = found._replace(rows=found.rows + before)
        self.pairs.add(pairs)
        self.settled.add(Likest(*topics[:3]))
        return pairs, topics

    def index(self) -> None:
        """Put what came since on the shelves; called at fixed places of the stream."""
        self.pairs.close()
        self.settled.close()
        self.indexed = len(self)
        if self.indexed - self.old >= REINDEXED:
            self.old = self.indexed
            self.shelve()
        else:
            self._shelve_recent()

    def shelve(self) -> None:
        self.large.fill(self.vectors[: self.old])
        self._shelve_recent()

    def _shelve_recent(self) -> None:
        self.recent.fill(self.vectors[self.old : self.indexed])

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Forget the other rows."""
        place = np.cumsum(kept) - 1
        rows, others, values = self.pairs.whole()
        both = kept[rows] & kept[others]
        self.pairs = Found(Likest(place[rows[both]], place[others[both]], values[both]))
        rows, numbers, values = self.settled.whole()
        stays = kept[rows]
        self.settled = Found(Likest(place[rows[stays]], numbers[stays], values[stays]))
        self.vectors, self.times = self.vectors[kept], self.times[kept]
        self.old = self.indexed = len(self)
        self.shelve()

    def look_again(self, settled: Settled, changed: Sequence[int], gone: Sequence[int]) -> None:
        """Compare all rows with topics that have changed, and forget those that are no more."""
        self.forget([*gone, *changed])
        found = settled.likest_of(changed, self.vectors, self.times, self.asked)
        self.settled = Found(in_order(joined([self.settled.whole(), Likest(*found[:3])])))

    def forget(self, gone: Sequence[int]) -> None:
        """The topics of these numbers are no more."""
        found = self.settled.whole()
        kept = ~np.isin(found.numbers, gone)
        self.settled = Found(Likest(found.rows[kept], found.numbers[kept], found.values[kept]))

    def _faded(self, rows: Numbers, others: Numbers, values: Floats) -> Likest:
        values = values * fade(self.times[rows] - self.times[others], self.settings.fade_hours)
        kept = values >= self.settings.least
        return Likest(rows[kept], others[kept], values[kept])


def counted_from(first: int, found: Likest) -> Likest:
    return found._replace(numbers=found.numbers + first)


def in_order(found: Likest) -> Likest:
    """The same by row and number."""
    order = np.lexsort((found.numbers, found.rows))
    return Likest(found.rows[order], found.numbers[order], found.values[order])
