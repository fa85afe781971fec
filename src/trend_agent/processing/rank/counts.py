"""When each item counts, and how much: believable dates, weights for independence, bins of a quarter hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from trend_agent.processing.brigades import beginnings, by_newcomers, crowding, earlier_days
from trend_agent.processing.detect.recent import Sparse
from trend_agent.processing.rank.columns import NOBODY, Codes, Columns, Flags, Floats
from trend_agent.processing.rank.order import by, grouped
from trend_agent.processing.rank.settings import RankSettings

HOUR = 3600.0
RETURN = 1800.0
"""Seconds within which a source that returns brings its backlog."""
STAMPED = 900.0
"""Dates that lie within so many seconds are one date."""
FEWEST_STAMPED = 5
"""Items under one date that make a backlog; fewer are a source's ordinary visit."""
QUIET_GAPS = 4.0
"""A source is dead after so many of its long gaps (nine in ten are shorter), and `QUIET_HOURS` at least."""
QUIET_HOURS = 3.0
FEWEST_VISITS = 10
"""Gaps from which a source's habits are known; one with fewer is never called dead."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How often sources are heard of: rows by source and time of sight, for each the seconds since the source's row
    before (0 at its first), and per source the gap that nine in ten of its gaps do not exceed."""

    order: Codes
    gaps: Floats
    usual: Floats

    @classmethod
    def of(cls, columns: Columns) -> Habits:
        order = by(columns.seq, columns.seen, columns.source)
        seen, source = columns.seen[order], columns.source[order]
        gaps = np.diff(seen, prepend=seen[:1])
        gaps[np.diff(source, prepend=-1) != 0] = 0.0
        return cls(order, gaps, _long_gaps(source, gaps, len(columns.sources)))


def _long_gaps(source: Codes, gaps: Floats, sources: int) -> Floats:
    """Items of one visit have no gap between them and do not count."""
    real = gaps > 0
    source, gaps = source[real], gaps[real]
    usual = np.zeros(sources)
    if source.size:
        by_length = by(gaps, source)
        sizes = np.bincount(source, minlength=sources)
        place = np.cumsum(sizes) - sizes + (0.9 * np.maximum(sizes - 1, 0)).astype(np.int64)
        some = sizes > 0
        usual[some] = gaps[by_length][place[some]]
    return usual


def counted_at(columns: Columns, habits: Habits, settings: RankSettings) -> Floats:
    """Seconds since 1970 at which each item counts as published; NaN where that is not known.

    A backlog that a source dated by its own return is spread evenly over the time it was away.
    """
    times = columns.published.copy()
    order, gaps, usual = habits.order, habits.gaps, habits.usual
    back = np.nonzero(
        gaps >= np.maximum(settings.outage_hours * HOUR, QUIET_GAPS * usual[columns.source[order]])
    )[0]
    seen, source = columns.seen[order], columns.source[order]
    for place in back.tolist():
        end = place + 1
        while end < len(order) and source[end] == source[place] and seen[end] <= seen[place] + RETURN:
            end += 1
        rows = order[place:end]
        rows = rows[~np.isnan(times[rows])]
        if (
            rows.size >= FEWEST_STAMPED
            and np.ptp(times[rows]) <= STAMPED
            and seen[place] - times[rows].min() < HOUR
        ):
            rows = rows[np.argsort(columns.seq[rows], kind="stable")]
            share = (np.arange(rows.size) + 0.5) / rows.size
            times[rows] = seen[place] - gaps[place] * (1.0 - share)
    return times


def dead_sources(columns: Columns, habits: Habits, at: float) -> Flags:
    """Per source whether it has been silent for so long that its silence says nothing of its topics."""
    visits = columns.source[habits.order][habits.gaps > 0]
    known = np.bincount(visits, minlength=len(columns.sources)) >= FEWEST_VISITS
    last = np.full(len(columns.sources), -np.inf)
    np.maximum.at(last, columns.source, columns.seen)
    return np.asarray(known & (at - last > np.maximum(QUIET_HOURS * HOUR, QUIET_GAPS * habits.usual)))


@dataclass(frozen=True, slots=True)
class Authors:
    """On how many earlier days the author of each item was seen on its source, NaN where it names none; and since
    when anything was, in seconds since 1970."""

    days: Floats
    begin: float

    @classmethod
    def of(cls, columns: Columns) -> Authors:
        return cls(earlier_days(columns.source, columns.author, columns.seen), float(columns.seen.min()))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What each item weighs, and the how-manieth newcomer beyond the known accounts its author is: 1 for one who is
    not in concert with others."""

    weights: Floats
    crowding: Floats


def independence(columns: Columns, times: Floats, authors: Authors, settings: RankSettings) -> Evidence:
    """The evidence in each item: a copy or a further print of one agency's report counts little, the n-th item on a
    topic of a family, of an author, or of named authors through one source, within hours, 1/n, and the n-th newcomer
    beyond the known accounts 1/n²."""
    when = np.where(np.isnan(times), columns.seen, times)
    order = by(when)  # rows of one topic are in log order
    hours = settings.repeat_hours * HOUR

    def told(group: Codes) -> _Told:
        return _Told.of(columns.topic, group, when, order)

    named = columns.author != NOBODY
    through = told(np.where(named, columns.source, NOBODY))
    by_author = told(columns.author).nth(hours)
    newcomer = by_newcomers(columns.seen, authors.days, authors.begin)
    crowd = through.crowding(newcomer, named & ~newcomer & (by_author == 1), hours)
    nth = np.maximum.reduce([by_author, told(columns.family).nth(hours), through.nth(hours)])
    reprint = columns.copy | (told(columns.wire).nth(np.inf) > 1)
    return Evidence(np.where(reprint, settings.copy_weight, 1.0) / np.maximum(nth, crowd**2), crowd)


@dataclass(frozen=True, slots=True)
class _Told:
    """The rows that have a group, by topic, group and time; and a number for each topic's group."""

    rows: Codes
    place: Codes
    when: Floats
    size: int

    @classmethod
    def of(cls, topic: Codes, group: Codes, when: Floats, order: Codes) -> _Told:
        rows = order[group[order] != NOBODY]
        place = topic[rows] * (int(group.max(initial=0)) + 1) + group[rows]
        by_place = by(place)
        rows = rows[by_place]
        return cls(rows, place[by_place], when[rows], group.size)

    def nth(self, within: float) -> Floats:
        """The how-manieth item of its group on its topic each item is, of those at most `within` seconds older."""
        nth = np.arange(self.rows.size) - beginnings(self.place, self.when, within) + 1
        return self._each(nth.astype(np.float64))

    def crowding(self, newcomer: Flags, known: Flags, within: float) -> Floats:
        """The how-manieth newcomer beyond the known accounts of its group and topic each item's author is."""
        if not newcomer.any():
            return np.ones(self.size)
        rows = self.rows
        return self._each(crowding(self.place, self.when, newcomer[rows], known[rows], within=within))

    def _each(self, values: Floats) -> Floats:
        """Per item its value; 1 for one without a group."""
        found = np.ones(self.size)
        found[self.rows] = values
        return found


def series_of(
    columns: Columns,
    times: Floats,
    weights: Floats,
    at: datetime,
    settings: RankSettings,
    *,
    bins: int | None = None,
) -> tuple[Sparse, Codes]:
    """Weighted counts per topic in bins that end at the moment, and the topics they belong to.

    Items without a date are in no bin, and neither are those from before the window. The first bin is that of the
    oldest item that counts, where `bins` does not say how many there are.
    """
    width = settings.detect.bin_seconds
    back = np.floor((at.timestamp() - times) / width)
    rows = np.nonzero((back >= 0) & (back < settings.window.total_seconds() / width))[0]
    topics, _, owner = grouped(columns.topic[rows])
    bins = bins or int(back[rows].max(initial=-1.0)) + 1
    place = bins - 1 - back[rows].astype(np.int64)
    return Sparse(owner, place, weights[rows], int(topics.size), bins), topics
