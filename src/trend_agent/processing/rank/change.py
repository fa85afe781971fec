"""The smallest change that would alter a topic's place: found by ranking anew, not by estimating."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np

from trend_agent.processing.rank.balance import Candidate
from trend_agent.processing.rank.columns import Codes, Columns
from trend_agent.processing.rank.moment import Moment
from trend_agent.processing.rank.ranker import Ranker
from trend_agent.storage import Fact

MOST = 32
"""Items a change may have at most; a place that takes more to alter is firm."""

Kind = Literal["missing", "doubled"]


@dataclass(frozen=True, slots=True)
class Change:
    """With `items` missing, or said once more by somebody else, `lower` stands above `upper`."""

    kind: Kind
    items: Sequence[str]
    upper: str
    lower: str


class Reranking:
    """Tries changes on a moment. `facts` are those of the pool and of the topics just below it, by place in log."""

    def __init__(self, ranker: Ranker, moment: Moment, facts: Mapping[int, Fact]) -> None:
        self.ranker, self.moment, self.facts = ranker, moment, facts
        self.columns = moment.weighed.columns
        self.known: dict[str, Candidate] = {}
        """Topics that were looked at; a change alters what is said of no topic but its own."""

    def around(self, topic: str) -> tuple[Change | None, Change | None]:
        """What would lift a topic above the one before it, and what would drop it below the one after it."""
        names, pool = self.columns.topics, self.ranker.settings.pool
        order = [names[one.key] for one in islice(self.ranker.placed(self.moment, self.facts), pool)]
        if topic not in order:
            return None, None
        place = order.index(topic)
        up = self.smallest(order[place - 1], topic) if place else None
        down = self.smallest(topic, order[place + 1]) if place + 1 < len(order) else None
        return up, down

    def smallest(self, upper: str, lower: str) -> Change | None:
        """The fewest items that, missing from the upper topic or doubled in the lower one, exchange the two; None
        where `MOST` do not. Items are tried from the weightiest on."""
        tried = (
            self._fewest(upper, lower, "missing", self.columns.without, self._weightiest(upper)),
            self._fewest(upper, lower, "doubled", self.columns.doubled, self._weightiest(lower)),
        )
        return min((change for change in tried if change), key=lambda change: len(change.items), default=None)

    def _fewest(
        self, upper: str, lower: str, kind: Kind, changed: Callable[[Codes], Columns], rows: Codes
    ) -> Change | None:
        def exchanges(size: int) -> bool:
            return self._exchanged(changed(rows[:size]), upper, lower, upper if kind == "missing" else lower)

        high = next((size for size in _doubling(min(MOST, rows.size)) if exchanges(size)), None)
        if high is None:
            return None
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if exchanges(middle) else (middle, high)
        return Change(kind, self.columns.ids(rows[:high]), upper, lower)

    def _weightiest(self, topic: str) -> Codes:
        weighed = self.moment.weighed
        rows = np.arange(self.columns.seq.size)[self.columns.rows(self.columns.topics.index(topic))]
        worth = weighed.weights[rows] * 2.0 ** (-weighed.ages[rows] / self.ranker.settings.half_life_hours)
        return np.asarray(rows[np.lexsort((self.columns.seq[rows], -worth))], np.int64)

    def _exchanged(self, columns: Columns, upper: str, lower: str, changed: str) -> bool:
        moment = self.ranker.measured(columns, self.moment.at)
        candidates = [self._candidate(moment, key, changed) for key in self.ranker.pool(moment)]
        names = (columns.topics[one.key] for one in self.ranker.chosen(moment, candidates))
        return next((name for name in names if name in (upper, lower)), lower) == lower

    def _candidate(self, moment: Moment, key: int, changed: str) -> Candidate:
        topic = moment.weighed.columns.topics[key]
        if topic == changed:
            return self.ranker.candidate(moment, key, self.facts)
        if topic not in self.known:
            self.known[topic] = self.ranker.candidate(moment, key, self.facts)
        relevance = float(moment.relevance[key])
        return replace(self.known[topic], key=key, relevance=relevance, nearest=0.0, beside="", compared=0)


def _doubling(most: int) -> Iterator[int]:
    """1, 2, 4 … and the most."""
    size = 1
    while size < most:
        yield size
        size *= 2
    if most:
        yield most
