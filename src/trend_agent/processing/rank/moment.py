"""All topics of a moment as measured, before any is looked at closely; and the account of those that are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from trend_agent.items import Term, TrendState
from trend_agent.processing.detect.recent import Sparse, histories, states
from trend_agent.processing.detect.rise import rise_in
from trend_agent.processing.rank.columns import Codes, Flags, Floats
from trend_agent.processing.rank.hold import Hold, Told
from trend_agent.processing.rank.measures import Measures, Weighed, measure
from trend_agent.processing.rank.order import by
from trend_agent.processing.rank.settings import RankSettings
from trend_agent.processing.rank.stream import Chance
from trend_agent.processing.rank.terms import state_of, summed, terms_of, values_of

ALARM_DAYS = 3
"""How far back the beginning of a rise is looked for."""
QUIET_DAYS = 1
"""A rise is over when its topic has stayed below the dial for so long."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The measures of every topic, and what the whole stream had to say for them."""

    at: datetime
    weighed: Weighed
    series: Sparse
    counted: Codes
    """The topics that `series` are of; the others have no dated item."""
    tide: Floats
    chance: Chance
    hold: Hold
    likely: Floats
    """Per topic how likely the hours ahead bring more than those behind."""
    measures: Measures
    values: Mapping[str, Floats]
    relevance: Floats
    order: Codes
    """Topics by relevance, best first; of equals the one whose id sorts first."""

    @classmethod
    def of(
        cls,
        weighed: Weighed,
        series: Sparse,
        counted: Codes,
        *,
        tide: Floats,
        chance: Chance,
        hold: Hold,
        told: Told,
        settings: RankSettings,
    ) -> Moment:
        measures = measure(weighed, series, counted, tide, settings)
        values = values_of(measures, settings)
        relevance = summed(values)
        likely = hold.likely(told.paces(weighed.at.timestamp(), settings))
        order = by(-relevance)
        return cls(
            weighed.at,
            weighed,
            series,
            counted,
            tide,
            chance,
            hold,
            likely,
            measures,
            values,
            relevance,
            order,
        )

    def rows(self, topic: int) -> slice:
        return self.weighed.columns.rows(topic)

    def places(self, topic: int) -> list[int]:
        """The places in the log of a topic's items."""
        found: list[int] = self.weighed.columns.seq[self.rows(topic)].tolist()
        return found

    def as_surprising(self, topic: int) -> int:
        """How many topics are at least as surprising as this one, itself among them."""
        return int((self.measures.surprise >= self.measures.surprise[topic]).sum())


@dataclass(frozen=True, slots=True)
class Account:
    """What is said of a topic in numbers: the terms of its measures, and what follows from them."""

    terms: Sequence[Term]
    state: TrendState
    velocity: float
    confidence: float
    alarm: datetime | None


def accounts(
    moment: Moment, topics: Sequence[int], settings: RankSettings, *, rivals: Mapping[int, int]
) -> dict[int, Account]:
    """The accounts of some topics; `rivals` says how many topics are as surprising as each."""
    rises, alarms = _rises(moment, topics, settings), _alarms(moment, topics, settings)
    found = {}
    for k in topics:
        surprise = float(moment.measures.surprise[k])
        chance = moment.chance.a_day(surprise)
        rise = {
            **rises.get(k, {}),
            "as_surprising": rivals[k],
            "chance_a_day": chance,
            "alarm_above": moment.chance.threshold,
        }
        likely = float(moment.likely[k])
        hold = {"likely_more": likely, "past_rises": float(moment.hold.cases)}
        found[k] = Account(
            terms=terms_of(moment.measures, moment.values, k, rise, hold, settings),
            state=state_of(moment.measures, k, settings),
            velocity=float(moment.measures.now[k] / settings.now_hours),
            confidence=likely,
            alarm=alarms.get(k),
        )
    return found


def _rises(moment: Moment, topics: Sequence[int], settings: RankSettings) -> dict[int, Mapping[str, float]]:
    """What each topic's surprise rests on: counts, the usual rate, and since when."""
    known, series = _series(moment, topics)
    if not known:
        return {}
    state = states(series, moment.tide, settings.detect, settings.memory)
    found: dict[int, Mapping[str, float]] = {}
    for row, k in enumerate(known):
        rise = rise_in(state, row, series.bins - 1, settings.detect)
        hours = rise.window / 3600.0
        found[k] = {
            "observed": rise.observed,
            "expected": rise.expected,
            "hours": hours,
            "usual_per_hour": rise.expected / hours,
            "gain": rise.gain,
        }
    return found


def _alarms(moment: Moment, topics: Sequence[int], settings: RankSettings) -> dict[int, datetime]:
    """When the present rise of each topic passed the dial, as it stands now."""
    threshold = moment.chance.threshold
    known, series = _series(moment, [k for k in topics if moment.measures.surprise[k] > threshold])
    if not known:
        return {}
    day, width = settings.detect.bins_per_day, timedelta(seconds=settings.detect.bin_seconds)
    told = histories(series, moment.tide, settings.detect, ALARM_DAYS * day)
    return {
        k: moment.at - (line.size - 1 - _beginning(line > threshold, QUIET_DAYS * day)) * width
        for k, line in zip(known, told, strict=True)
        if line[-1] > threshold
    }


def _series(moment: Moment, topics: Sequence[int]) -> tuple[list[int], Sparse]:
    place = {topic: row for row, topic in enumerate(moment.counted.tolist())}
    known = [k for k in topics if k in place]
    return known, moment.series.taken(np.array([place[k] for k in known], np.int64))


def _beginning(above: Flags, quiet: int) -> int:
    """The bin in which the last rise began: the first above after `quiet` bins that were not."""
    places = np.nonzero(above)[0]
    breaks = np.nonzero(np.diff(places) > quiet)[0]
    return int(places[breaks[-1] + 1] if breaks.size else places[0])
