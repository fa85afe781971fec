"""Rank the topics of a moment. All of it is a pure function of the facts up to the moment, the settings and the
moment; nothing is carried from call to call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice

import numpy as np

from trend_agent.items import Receipt, Term, TrendState, digest
from trend_agent.processing.categorise import BODY_READ, category_of, majority
from trend_agent.processing.rank.balance import Candidate, balanced, target_mix
from trend_agent.processing.rank.columns import Columns
from trend_agent.processing.rank.counts import (
    Authors,
    Habits,
    counted_at,
    dead_sources,
    independence,
    series_of,
)
from trend_agent.processing.rank.hold import Told, learned
from trend_agent.processing.rank.lines import line_of
from trend_agent.processing.rank.measures import Weighed, ages_of, loudness_in_source
from trend_agent.processing.rank.moment import Account, Moment, accounts
from trend_agent.processing.rank.settings import RankSettings
from trend_agent.processing.rank.stream import chance_of, tide_of
from trend_agent.processing.rank.terms import hourly
from trend_agent.storage import Fact

Words = Callable[[str, str], Sequence[str]]

SPOKEN = 30
"""Items of a topic, the newest, whose titles say what it is about."""


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
class Placed:
    """A topic's place on the list; `candidate` and `terms` tell what variety made of it, where it was among those
    the list was chosen from."""

    key: int
    score: float
    candidate: Candidate | None = None
    terms: Sequence[Term] = ()


class Ranker:
    """Ranks topics by the facts of a window.

    `words` cuts a text of a language into words; without it they end at spaces. `configuration` is the hash of all
    that made the facts; it goes into every receipt.
    """

    def __init__(
        self, settings: RankSettings | None = None, *, words: Words | None = None, configuration: str = ""
    ) -> None:
        self.settings = settings or RankSettings()
        self.made_by = configuration
        self.configuration = digest(configuration, self.settings.hash)
        self.category_of = lru_cache(50_000)(category_of)
        cut = words or (lambda text, _: text.split())
        self.words = lru_cache(50_000)(lambda text, lang: frozenset(w.casefold() for w in cut(text, lang)))

    def __call__(self, facts: Sequence[Fact], at: datetime, *, limit: int | None = None) -> list[Standing]:
        """Every topic with an item in the window, or the `limit` best; best first."""
        if not facts:
            return []
        moment = self.measured(Columns.of(line_of(fact) for fact in facts), at)
        return self.standings(moment, {fact.seq: fact for fact in facts}, limit=limit)

    def measured(self, columns: Columns, at: datetime) -> Moment:
        """The measures of every topic, in numbers alone."""
        s = self.settings
        habits = Habits.of(columns)
        times = counted_at(columns, habits, s)
        authors = Authors.of(columns)
        evidence = independence(columns, times, authors, s)
        dead = dead_sources(columns, habits, at.timestamp())
        ages, loudness = ages_of(times, at, s), loudness_in_source(columns)
        weighed = Weighed(columns, at, times, ages, evidence, *loudness, dead, authors)
        series, counted = series_of(columns, times, evidence.weights, at, s)
        tide = tide_of(series, s.detect)
        chance = chance_of(series, tide, s, at)
        told = Told.of(columns, times)
        hold = learned(told, tide, at.timestamp(), s)
        return Moment.of(weighed, series, counted, tide=tide, chance=chance, hold=hold, told=told, settings=s)

    def pool(self, moment: Moment) -> list[int]:
        """The topics the list is chosen from; their items are looked at closely."""
        chosen: list[int] = moment.order[: self.settings.pool].tolist()
        return chosen

    def close(self, moment: Moment, limit: int) -> list[int]:
        """The topics whose items it takes to know the first `limit` of the list: the pool, and beyond it as many as
        might come before all that variety costs something."""
        found: list[int] = moment.order[: self.settings.pool + limit].tolist()
        return found

    def standings(
        self, moment: Moment, facts: Mapping[int, Fact], *, limit: int | None = None
    ) -> list[Standing]:
        """The list: `facts` by place in the log, those of the pool and of every topic that is shown."""
        placed = list(islice(self.placed(moment, facts), limit))
        told = self.told(moment, placed)
        return [self._standing(moment, facts, one, rank, told[one.key]) for rank, one in enumerate(placed, 1)]

    def told(self, moment: Moment, placed: Sequence[Placed]) -> dict[int, Account]:
        keys = [one.key for one in placed]
        rivals = {key: moment.as_surprising(key) for key in keys}
        return accounts(moment, keys, self.settings, rivals=rivals)

    def placed(self, moment: Moment, facts: Mapping[int, Fact]) -> Iterator[Placed]:
        """Topics in the order of their scores: the balanced pool, and between them those beyond it."""
        return self.chosen(moment, [self.candidate(moment, key, facts) for key in self.pool(moment)])

    def chosen(self, moment: Moment, candidates: Sequence[Candidate]) -> Iterator[Placed]:
        """The same from candidates that were looked at already."""
        beyond = iter(moment.order[len(candidates) :].tolist())
        after = next(beyond, None)
        for score, one, terms in balanced(candidates, self.settings, self.target(candidates)):
            while after is not None and moment.relevance[after] > score:
                yield Placed(after, float(moment.relevance[after]))
                after = next(beyond, None)
            yield Placed(one.key, score, one, terms)
        while after is not None:
            yield Placed(after, float(moment.relevance[after]))
            after = next(beyond, None)

    def target(self, candidates: Sequence[Candidate]) -> Mapping[str, float]:
        return target_mix([one.category for one in candidates], self.settings)

    def candidate(self, moment: Moment, key: int, facts: Mapping[int, Fact]) -> Candidate:
        """What variety looks at in a topic."""
        columns, rows = moment.weighed.columns, moment.rows(key)
        told = [facts[seq].item for seq in moment.places(key)]
        first = int(np.argmax(moment.weighed.ages[rows]))
        newest = sorted(told, key=lambda item: (item.happened_at, item.id))[-SPOKEN:]
        spoken = Counter(word for item in newest for word in self.words(item.title, item.lang))
        return Candidate(
            key=key,
            topic=columns.topics[key],
            relevance=float(moment.relevance[key]),
            leader=columns.families[int(columns.family[rows][first])],
            category=majority(self.category_of(i.title, i.lang, i.url, i.body[:BODY_READ]) for i in newest),
            words=frozenset(word for word, n in spoken.items() if n >= len(newest) / 3),
        )

    def _standing(
        self, moment: Moment, facts: Mapping[int, Fact], placed: Placed, rank: int, account: Account
    ) -> Standing:
        columns, rows = moment.weighed.columns, moment.rows(placed.key)
        return Standing(
            topic=columns.topics[placed.key],
            at=moment.at,
            rank=rank,
            state=account.state,
            velocity=account.velocity,
            confidence=account.confidence,
            series=hourly(moment.weighed.ages[rows]),
            facts=[facts[seq] for seq in moment.places(placed.key)],
            weights=moment.weighed.weights[rows].tolist(),
            receipt=Receipt([*account.terms, *placed.terms], columns.ids(rows), self.configuration),
            category=placed.candidate.category if placed.candidate else "",
            alarm=account.alarm,
        )
