"""What is measured of each topic at a moment, as columns over topics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from trend_agent.processing.detect.recent import Sparse, surprises
from trend_agent.processing.rank.columns import Codes, Columns, Flags, Floats
from trend_agent.processing.rank.counts import HOUR, Authors, Evidence
from trend_agent.processing.rank.order import by, grouped
from trend_agent.processing.rank.settings import RankSettings


@dataclass(frozen=True, slots=True)
class Weighed:
    """The items of a moment with what each counts. Ages are hours; an undated item is older than `before` reaches,
    so that it is never new. `louder` is how many of its source's items an item's engagement is not below, `heard`
    how many tell of any; both 0 where it tells of none."""

    columns: Columns
    at: datetime
    times: Floats
    ages: Floats
    evidence: Evidence
    louder: Floats
    heard: Floats
    dead: Flags
    """Per source."""
    authors: Authors

    @property
    def weights(self) -> Floats:
        return self.evidence.weights


@dataclass(frozen=True, slots=True)
class Measures:
    """One entry per topic. Counts are weighted items; ages are hours before the moment."""

    volume: Floats
    now: Floats
    before: Floats
    late: Floats
    """The second half of `now`."""
    early: Floats
    effective: Floats
    loudness: Floats
    surprise: Floats
    concert: Floats
    """Items of newcomers with too few known accounts beside them."""
    past: Floats
    """What came before `before`."""
    oldest: Floats
    newest: Floats


def ages_of(times: Floats, at: datetime, settings: RankSettings) -> Floats:
    beyond = settings.now_hours + settings.before_hours + 1e-3
    ages = np.maximum((at.timestamp() - times) / HOUR, 0.0)
    return np.asarray(np.where(np.isnan(times), beyond, ages), np.float64)


def measure(
    weighed: Weighed, series: Sparse, topics: Codes, tide: Floats, settings: RankSettings
) -> Measures:
    """All measures of all topics; `series` are the counts of `topics`, the others have none."""
    columns, ages, weights = weighed.columns, weighed.ages, weighed.weights
    now, before = settings.now_hours, settings.before_hours
    fresh = weights * 2.0 ** (-ages / settings.half_life_hours)
    alive = ~weighed.dead[columns.source]
    surprise = np.zeros(columns.size)
    if topics.size:
        surprise[topics] = np.maximum(0.0, surprises(series, tide, settings.detect, settings.memory).now)
    return Measures(
        volume=columns.totals(fresh),
        now=columns.totals(weights * (ages <= now)),
        before=columns.totals(weights * (alive & (ages > now) & (ages <= now + before))),
        late=columns.totals(weights * (ages <= now / 2)),
        early=columns.totals(weights * ((ages > now / 2) & (ages <= now))),
        effective=_effective(columns, fresh),
        loudness=_loudness(weighed, settings),
        surprise=surprise,
        concert=columns.totals(np.where(weighed.evidence.crowding > 1, 1.0, 0.0)),
        past=columns.totals(weights * (ages > now + before)),
        oldest=columns.most(ages),
        newest=columns.least(ages),
    )


def _effective(columns: Columns, evidence: Floats) -> Floats:
    """Per topic how many independent voices tell of it lately: each adds its recent evidence, at most 1."""
    voices = int(columns.voice.max()) + 1
    pairs, first, place = grouped(columns.topic * voices + columns.voice)
    said = np.minimum(1.0, np.bincount(place, weights=evidence))
    heard = by(first)  # in the order of the rows, so that the sum does not depend on codes
    return np.bincount(pairs[heard] // voices, weights=said[heard], minlength=columns.size).astype(np.float64)


def loudness_in_source(columns: Columns) -> tuple[Floats, Floats]:
    """Per item how many of its source's items its engagement is not below, and how many tell of any."""
    louder, heard = np.zeros(columns.seq.size), np.zeros(columns.seq.size)
    known = np.nonzero(~np.isnan(columns.engagement))[0]
    if known.size:
        source, value = columns.source[known], columns.engagement[known]
        order = by(value, source)
        sizes = np.bincount(source, minlength=len(columns.sources))
        first = np.cumsum(sizes) - sizes
        ranked = np.empty(known.size)
        changes = (np.diff(source[order], prepend=-1) != 0) | (np.diff(value[order], prepend=np.nan) != 0)
        same = np.cumsum(changes)
        last = np.searchsorted(same, same, side="right")
        ranked[order] = last - first[source[order]]
        louder[known], heard[known] = ranked, sizes[source]
    return louder, heard


def _loudness(weighed: Weighed, settings: RankSettings) -> Floats:
    """Per topic the highest percentile, within its source, of an item's engagement; it fades with the item."""
    fading = 2.0 ** (-weighed.ages / (2.0 * settings.half_life_hours))
    return weighed.columns.most(weighed.louder / (weighed.heard + 1.0) * fading)
