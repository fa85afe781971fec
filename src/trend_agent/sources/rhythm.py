"""How a source is doing against its own rhythm: how much it brings, and whether it has gone quiet.

A source is quiet when it has brought nothing new for so long that its own past makes this a chance of under one in
a thousand. With n gaps of T seconds in all between the visits that brought something, the next gap exceeds s with
probability (T / (T + s))^n: the predictive distribution of an exponential one whose rate has the prior 1 / rate.
Nights and weekends are no silence: it also has to last longer than the longest gap there was. Time in which the
source could not be visited does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from trend_agent.storage import Visit

LOOK_BACK = timedelta(days=28)

CHANCE = 0.001
"""Below this probability a silence is none of its usual ones."""

LONGER = 1.5
"""So many times the longest gap there was."""

LEAST = 5
"""Gaps from which on a source has a rhythm."""

RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """New items per hour in the last day and over all that is known, None where that is not known yet.

    `silence` is how long it was visited without anything new, `chance` how probable at least that much is.
    """

    per_hour: float | None = None
    usual: float | None = None
    silence: timedelta = timedelta()
    chance: float = 1.0
    quiet: bool = False


def rhythms(visits: Iterable[Visit], now: datetime) -> Mapping[str, Rhythm]:
    """The rhythm of each source from its visits."""
    ordered = sorted(visits, key=lambda visit: (visit.source, visit.at))
    return {key: rhythm(list(some), now) for key, some in groupby(ordered, key=lambda visit: visit.source)}


def rhythm(visits: Sequence[Visit], now: datetime) -> Rhythm:
    """The rhythm of one source from its visits, oldest first. What the first one brought had gathered before."""
    went_well = [visit for visit in visits if not visit.error]
    if len(went_well) < 2:
        return Rhythm()
    first, *later = went_well
    usual = _per_hour(later, first.at)
    begin = max(first.at, now - RECENT)
    recent = [visit for visit in later if visit.at > begin]
    bringing = [first.at, *(visit.at for visit in later if visit.fetched)]
    silence = _observed(visits, bringing[-1])
    gaps = [(after - before).total_seconds() for before, after in pairwise(bringing)]
    chance = _chance(gaps, silence.total_seconds())
    quiet = len(gaps) >= LEAST and chance < CHANCE and silence.total_seconds() > LONGER * max(gaps)
    return Rhythm(_per_hour(recent, begin) if recent else None, usual, silence, chance, quiet)


def _per_hour(visits: Sequence[Visit], since: datetime) -> float | None:
    hours = (visits[-1].at - since).total_seconds() / 3600
    return sum(visit.fetched for visit in visits) / hours if hours > 0 else None


def _observed(visits: Sequence[Visit], since: datetime) -> timedelta:
    """The time after `since` that ended in a visit that went well."""
    after = [visit for visit in visits if visit.at >= since]
    spans = (end.at - begin.at for begin, end in pairwise(after) if not end.error)
    return sum(spans, timedelta())


def _chance(gaps: Sequence[float], silence: float) -> float:
    total = sum(gaps)
    return float((total / (total + silence)) ** len(gaps)) if total > 0 else 1.0
