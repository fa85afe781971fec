"""Rank the topics of a moment. All of it is a pure function of the facts up to the moment, the settings and the
moment; nothing is carried from call to call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice

import numpy as np

from trend_agent.items import Receipt, Term, TrendState, digest
from trend_agent.processing.categorise import BODY_READ, category_of, majority
from trend_agent.processing.detect.recent import Sparse, histories, states
from trend_agent.processing.detect.rise import rise_in
from trend_agent.processing.rank.balance import Candidate, balanced, target_mix
from trend_agent.processing.rank.columns import Codes, Columns, Flags, Floats, line_of
from trend_agent.processing.rank.counts import counted_at, dead_sources, independence, series_of
from trend_agent.processing.rank.measures import Measures, Weighed, ages_of, loudness_in_source, measure
from trend_agent.processing.rank.settings import RankSettings
from trend_agent.processing.rank.stream import Chance, chance_of, tide_of
from trend_agent.processing.rank.terms import hourly, state_of, summed, terms_of, values_of
from trend_agent.storage import Fact

Words = Callable[[str, str], Sequence[str]]

SPOKEN = 30
"""Items of a topic, the newest, whose titles say what it is about."""
ALARM_DAYS = 3
"""How far back the beginning of a rise is looked for."""
QUIET_DAYS = 1
"""A rise is over when its topic has stayed below the dial for so long."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A topic's place on the list of a moment, before anything is said about it in words.

    `weights` are the items' weights as evidence, in the order of `facts`. `alarm` is when the present rise passed
    the dial, None while none has.
    """

    topic: str
    at: datetime
    rank: int
    state: TrendState
    velocity: float
    confidence: float
    series: Sequence[float]
    facts: Sequence[Fact]
    weights: Sequence[float]
    receipt: Receipt
    category: str = ""
    alarm: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """All topics of a moment as measured, before any is looked at closely."""

    at: datetime
    weighed: Weighed
    series: Sparse
    counted: Codes
    """The topics that `series` are of."""
    tide: Floats
    chance: Chance
    measures: Measures
    values: Mapping[str, Floats]
    relevance: Floats
    order: Codes
    """Topics by relevance, best first."""

    def rows(self, topic: int) -> slice:
        return self.weighed.columns.rows(topic)

    def wanted(self, topics: Sequence[int]) -> list[int]:
        """The places in the log of these topics' items."""
        return [seq for topic in topics for seq in self.weighed.columns.seq[self.rows(topic)].tolist()]


@dataclass(frozen=True, slots=True)
class Placed:
    """A topic's place: its score and, where it was among those the list was chosen from, what variety made of it."""

    key: int
    score: float
    category: str
    terms: Sequence[Term]


class Ranker:
    """Ranks topics by the facts of a window.

    `words` cuts a text of a language into words; without it they end at spaces. `configuration` is the hash of all
    that made the facts; it goes into every receipt.
    """

    def __init__(
        self,
        settings: RankSettings | None = None,
        *,
        words: Words | None = None,
        configuration: str = "",
    ) -> None:
        self.settings = settings or RankSettings()
        self.configuration = digest(configuration, self.settings.hash)
        self.category_of = lru_cache(50_000)(category_of)
        cut = words or (lambda text, _: text.split())
        self.words = lru_cache(50_000)(lambda text, lang: frozenset(w.casefold() for w in cut(text, lang)))

    def __call__(self, facts: Sequence[Fact], at: datetime, *, limit: int | None = None) -> list[Standing]:
        """Every topic with an item in the window, or the `limit` best; best first."""
        if not facts:
            return []
        moment = self.measured(Columns.of(line_of(fact) for fact in facts), at)
        by_place = {fact.seq: fact for fact in facts}
        return self.standings(moment, by_place, limit=limit)

    def measured(self, columns: Columns, at: datetime) -> Moment:
        """The measures of every topic, in numbers alone."""
        s = self.settings
        times = counted_at(columns, s)
        weights = independence(columns, times, s)
        louder, heard = loudness_in_source(columns)
        weighed = Weighed(
            columns,
            at,
            times,
            ages_of(times, at, s),
            weights,
            louder,
            heard,
            dead_sources(columns, at.timestamp()),
        )
        series, counted = series_of(columns, times, weights, at, s)
        tide = tide_of(series, s.detect)
        measures = measure(weighed, series, counted, tide, s)
        values = values_of(measures, s)
        relevance = summed(values)
        order = np.lexsort((np.arange(columns.size), -relevance))
        return Moment(
            at, weighed, series, counted, tide, chance_of(series, tide, s), measures, values, relevance, order
        )

    def pool(self, moment: Moment) -> list[int]:
        """The topics the list is chosen from; their items are looked at closely."""
        chosen: list[int] = moment.order[: self.settings.pool].tolist()
        return chosen

    def close(self, moment: Moment, limit: int) -> list[int]:
        """The topics whose items it takes to know the first `limit` of the list."""
        return sorted({*self.pool(moment), *moment.order[:limit].tolist()})

    def standings(
        self, moment: Moment, facts: Mapping[int, Fact], *, limit: int | None = None
    ) -> list[Standing]:
        """The list: `facts` by place in the log, those of the pool and of every topic that is shown."""
        placed = list(islice(self.placed(moment, facts), limit))
        told = self._rises(moment, [one.key for one in placed])
        return [
            self._standing(moment, facts, one, rank, *told[one.key]) for rank, one in enumerate(placed, 1)
        ]

    def placed(self, moment: Moment, facts: Mapping[int, Fact]) -> Iterator[Placed]:
        """Topics in the order of their scores: the balanced pool, and between them those beyond it."""
        candidates = [self._candidate(moment, key, facts) for key in self.pool(moment)]
        target = target_mix([one.category for one in candidates], self.settings)
        beyond = iter(moment.order[len(candidates) :].tolist())
        after = next(beyond, None)
        for score, one, terms in balanced(candidates, self.settings, target):
            while after is not None and moment.relevance[after] > score:
                yield Placed(after, float(moment.relevance[after]), "", ())
                after = next(beyond, None)
            yield Placed(one.key, score, one.category, terms)
        while after is not None:
            yield Placed(after, float(moment.relevance[after]), "", ())
            after = next(beyond, None)

    def _candidate(self, moment: Moment, key: int, facts: Mapping[int, Fact]) -> Candidate:
        columns = moment.weighed.columns
        rows = moment.rows(key)
        told = [facts[seq].item for seq in columns.seq[rows].tolist()]
        first = int(np.argmax(moment.weighed.ages[rows]))
        newest = sorted(told, key=lambda item: (item.happened_at, item.id))[-SPOKEN:]
        spoken = Counter(word for item in newest for word in self.words(item.title, item.lang))
        fewest = len(newest) / 3
        categories = [self.category_of(i.title, i.lang, i.url, i.body[:BODY_READ]) for i in newest]
        return Candidate(
            key=key,
            topic=columns.topics[key],
            relevance=float(moment.relevance[key]),
            leader=columns.families[int(columns.family[rows][first])],
            category=majority(categories),
            words=frozenset(word for word, n in spoken.items() if n >= fewest),
        )

    def _rises(
        self, moment: Moment, keys: Sequence[int]
    ) -> dict[int, tuple[Mapping[str, float], datetime | None]]:
        """What each topic's surprise rests on, and when its rise passed the dial."""
        place = {topic: row for row, topic in enumerate(moment.counted.tolist())}
        known = [key for key in keys if key in place]
        found: dict[int, tuple[Mapping[str, float], datetime | None]] = {key: ({}, None) for key in keys}
        if not known:
            return found
        series = moment.series.taken(np.array([place[key] for key in known]))
        detect = self.settings.detect
        memory = round(self.settings.memory_hours / 24.0) * detect.bins_per_day
        state = states(series, moment.tide, detect, memory)
        alarms = self._alarms(moment, known, series)
        for row, key in enumerate(known):
            rise = rise_in(state, row, series.bins - 1, detect)
            surprise = float(moment.measures.surprise[key])
            found[key] = (
                {
                    "observed": rise.observed,
                    "expected": rise.expected,
                    "hours": rise.window / 3600.0,
                    "gain": rise.gain,
                    "chance_a_day": moment.chance.a_day(surprise),
                    "alarm_above": moment.chance.threshold,
                },
                alarms.get(key),
            )
        return found

    def _alarms(self, moment: Moment, known: Sequence[int], series: Sparse) -> dict[int, datetime]:
        above = [
            row for row, key in enumerate(known) if moment.measures.surprise[key] > moment.chance.threshold
        ]
        if not above:
            return {}
        day = self.settings.detect.bins_per_day
        told = histories(series.taken(np.array(above)), moment.tide, self.settings.detect, ALARM_DAYS * day)
        found = {}
        for row, line in zip(above, told, strict=True):
            back = line.size - 1 - _beginning(line > moment.chance.threshold, QUIET_DAYS * day)
            found[known[row]] = moment.at - back * timedelta(seconds=self.settings.detect.bin_seconds)
        return found

    def _standing(
        self,
        moment: Moment,
        facts: Mapping[int, Fact],
        placed: Placed,
        rank: int,
        rise: Mapping[str, float],
        alarm: datetime | None,
    ) -> Standing:
        columns, k, s = moment.weighed.columns, placed.key, self.settings
        rows = moment.rows(k)
        terms = terms_of(moment.measures, moment.values, k, rise, s)
        return Standing(
            topic=columns.topics[k],
            at=moment.at,
            rank=rank,
            state=state_of(moment.measures, k, s),
            velocity=float(moment.measures.now[k] / s.now_hours),
            confidence=self._confidence(moment, k),
            series=hourly(moment.weighed.ages[rows]),
            facts=[facts[seq] for seq in columns.seq[rows].tolist()],
            weights=moment.weighed.weights[rows].tolist(),
            receipt=Receipt([*terms, *placed.terms], columns.ids[rows].tolist(), self.configuration),
            category=placed.category,
            alarm=alarm,
        )

    def _confidence(self, moment: Moment, k: int) -> float:
        """One minus the share of rises at least as surprising that chance brings in a day (Storey 2002)."""
        surprise = float(moment.measures.surprise[k])
        if surprise <= self.settings.surprise_floor:
            return 0.0
        there = int((moment.measures.surprise >= surprise).sum())
        return 1.0 - min(1.0, moment.chance.a_day(surprise) / there)


def _beginning(above: Flags, quiet: int) -> int:
    """The bin in which the last rise began: the first above, with no `quiet` bins below after it."""
    places = np.nonzero(above)[0]
    breaks = np.nonzero(np.diff(places) > quiet)[0]
    return int(places[breaks[-1] + 1] if breaks.size else places[0])
