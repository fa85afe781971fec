"""How likely a topic brings more in the hours ahead than in those behind: what a call of its rise claims.

A general law, learned in made worlds, gives log-odds z by how many independent items came when. The stream's own
past corrects it: at moments of the last days, what was rising then and what came of it until now teach level and
slope of p = 1 / (1 + e^−(level + slope · z)) (Platt 1999), drawn towards 0 and 1 as far as there is little to learn
from. All of it follows from the items up to the moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trend_agent.processing.rank.columns import Codes, Columns, Flags, Floats
from trend_agent.processing.rank.settings import RankSettings

HOUR = 3600.0
HOURS = 6
"""Hours ahead, and behind, that are compared."""
FEWEST = 3
"""Items in the hours ahead below which they do not bring more."""
DAY = 24
BACK, EVERY = 72, 4
"""How many hours back past moments are learned from, and hours between two of them."""
DRAWN = (20.0, 20.0)
"""What the general level and slope weigh, in squares of log-odds: about as many cases in doubt, four times over."""
RISING = 0.9
"""Standard deviations of a Poisson count, plus one, above what the hours before lead to expect."""

GENERAL = (-7.258, 5.807, -1.255, 0.727, 0.523, 0.892, 1.246, 0.737)
"""Weights of `_features`, by `python -m bench.calls learn`."""


@dataclass(frozen=True, slots=True)
class Paces:
    """Independent items per topic by how many hours old they are at a moment: 0 to 6, 0 to 3, 0 to 1 and 6 to 24; the
    same up to `now_hours` and in the `before_hours` ahead of them; and whether all are of the last six."""

    behind: Floats
    half: Floats
    last: Floats
    earlier: Floats
    now: Floats
    before: Floats
    young: Flags


@dataclass(frozen=True, slots=True)
class Told:
    """Independent items of dated publication in order of time, as topic, time and time of sight."""

    topic: Codes
    when: Floats
    seen: Floats
    born: Floats
    """Per topic the time of its first one, infinite where there is none."""

    @classmethod
    def of(cls, columns: Columns, times: Floats) -> Told:
        rows = np.nonzero(~columns.copy & ~np.isnan(times))[0]
        rows = rows[np.argsort(times[rows], kind="stable")]
        born = np.full(columns.size, np.inf)
        np.minimum.at(born, columns.topic[rows], times[rows])
        return cls(columns.topic[rows], times[rows], columns.seen[rows], born)

    def count(self, since: float, until: float, *, known: float) -> Floats:
        """Items per topic with since < time ≤ until that were seen by the moment `known`."""
        rows = slice(*np.searchsorted(self.when, [since, until], side="right"))
        topics = self.topic[rows][self.seen[rows] <= known]
        return np.bincount(topics, minlength=self.born.size).astype(np.float64)

    def paces(self, at: float, settings: RankSettings) -> Paces:
        def lately(first: float, last: float) -> Floats:
            return self.count(at - last * HOUR, at - first * HOUR, known=at)

        half, last = lately(0, HOURS / 2), lately(0, 1)
        behind = half + lately(HOURS / 2, HOURS)
        now, before = settings.now_hours, settings.before_hours
        same = now == HOURS / 2
        return Paces(
            behind=behind,
            half=half,
            last=last,
            earlier=lately(HOURS, DAY),
            now=half if same else lately(0, now),
            before=lately(now, now + before),
            young=self.born > at - HOURS * HOUR,
        )


@dataclass(frozen=True, slots=True)
class Hold:
    """How the general law is corrected for a stream at a moment, and by how many past rises. `swing` is how much
    livelier the hours ahead are by the time of day, as a logarithm."""

    level: float
    slope: float
    cases: int
    swing: float

    def likely(self, paces: Paces) -> Floats:
        """Per topic the probability that the hours ahead bring more than those behind."""
        z = _features(paces, self.swing) @ np.array(GENERAL)
        return np.asarray(1.0 / (1.0 + np.exp(-(self.level + self.slope * z))))


def learned(told: Told, tide: Floats, at: float, settings: RankSettings) -> Hold:
    """What the past moments of the last days teach; `tide` has a factor for each bin up to the moment."""
    per_hour = int(HOUR // settings.detect.bin_seconds)
    cases = list(_cases(told, tide, at, settings, per_hour))
    z = np.concatenate([one for one, _ in cases]) if cases else np.empty(0)
    held = np.concatenate([one for _, one in cases]) if cases else np.empty(0)
    level, slope = _corrected(z, held)
    return Hold(level, slope, int(z.size), swing_of(tide, 0, per_hour))


def _cases(
    told: Told, tide: Floats, at: float, settings: RankSettings, per_hour: int
) -> Iterator[tuple[Floats, Floats]]:
    """Of each past moment the log-odds, by the general law, of what was rising, and whether it brought more."""
    first = told.when[0] if told.when.size else at
    for ago in range(HOURS, BACK + 1, EVERY):
        moment = at - ago * HOUR
        if moment - HOURS * HOUR < first:
            return
        features, held = rises(told, swing_of(tide, ago, per_hour), moment, settings)
        yield features @ np.array(GENERAL), held


def rises(told: Told, swing: float, moment: float, settings: RankSettings) -> tuple[Floats, Floats]:
    """The features of what was rising at a moment, and for each whether the hours after brought more."""
    paces = told.paces(moment, settings)
    end = moment + HOURS * HOUR
    ahead = told.count(moment, end, known=end)
    expected = paces.before * settings.now_hours / settings.before_hours
    rising = paces.now - expected > RISING * np.sqrt(expected + 1.0)
    held = (ahead > paces.behind) & (ahead >= FEWEST)
    return _features(paces, swing)[rising], held[rising].astype(np.float64)


def swing_of(tide: Floats, ago: int, per_hour: int) -> float:
    """ln of yesterday's tide in the hours that followed this time of day, over that in the hours before; 0 where the
    tide does not reach back so far. `ago` is in hours before the last bin."""
    end = tide.size - (ago + DAY) * per_hour
    reach = HOURS * per_hour
    if end < reach:
        return 0.0
    return float(np.log(tide[end : end + reach].mean() / tide[end - reach : end].mean()))


def _features(paces: Paces, swing: float) -> Floats:
    size = np.log1p(paces.behind)
    return np.stack(
        [
            np.ones_like(size),
            size,
            size**2,
            np.log((paces.half + 0.5) / (paces.behind - paces.half + 0.5)),
            np.log((paces.last + 0.5) / (paces.half - paces.last + 0.5)),
            np.log((paces.earlier / 3 + 0.5) / (paces.behind + 0.5)),
            paces.young.astype(np.float64),
            np.full_like(size, swing),
        ],
        axis=1,
    )


def _corrected(z: Floats, held: Floats) -> tuple[float, float]:
    """Level and slope by Newton's method, drawn towards 0 and 1."""
    columns = np.stack([np.ones_like(z), z], axis=1)
    return tuple(fitted(columns, held, np.array([0.0, 1.0]), np.array(DRAWN)).tolist())


def fitted(columns: Floats, held: Floats, towards: Floats, drawn: Floats, *, steps: int = 8) -> Floats:
    """Weights of a logistic regression with a quadratic penalty `drawn` on what they differ from `towards`."""
    weights = towards.copy()
    for _ in range(steps):
        told = 1.0 / (1.0 + np.exp(-np.clip(columns @ weights, -30.0, 30.0)))
        slope = columns.T @ (held - told) - drawn * (weights - towards)
        bend = (columns * (told * (1.0 - told))[:, None]).T @ columns + np.diag(drawn)
        weights = weights + np.linalg.solve(bend, slope)
    return weights
