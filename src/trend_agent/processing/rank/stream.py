"""What the whole stream has to say about a moment: its tide, its dial, and which sources have fallen silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from trend_agent.processing.detect import DetectSettings, Dial, Tide
from trend_agent.processing.detect.recent import REST, Sparse, surprises
from trend_agent.processing.rank.columns import Floats
from trend_agent.processing.rank.order import grouped
from trend_agent.processing.rank.settings import RankSettings

DAY = 86400.0
SAMPLE = 5000
"""Series that the dial is learned from at most: its quantiles do not get better with more."""
FEWEST_DAYS = 200
"""Series-days a dial needs; with fewer the threshold is the number of chances."""
NEWBORN_DAYS = 2
MEAN_TIDE = 1.8
"""Mean of the tide that the prior of a series without a past was measured with."""


def tide_of(series: Sparse, settings: DetectSettings) -> Floats:
    """The tide of each bin. Its whole days are `MEAN_TIDE` in the mean, whatever the hour at which the window happens
    to begin: a series without a past would else be more surprising at noon than at midnight."""
    tide = _streamed(series, settings)
    whole = series.bins // settings.bins_per_day
    known = tide[-max(1, whole - 1) * settings.bins_per_day :] if whole else tide
    return np.asarray(tide * (MEAN_TIDE / known.mean())) if known.size else tide


def _streamed(series: Sparse, settings: DetectSettings) -> Floats:
    tide = Tide(settings.bins_per_day)
    total = np.bincount(series.bin, weights=series.weight, minlength=series.bins)
    pairs, _, pair = grouped(series.owner * series.bins + series.bin)
    together = np.bincount(pair, weights=series.weight)
    squares = np.bincount(pairs % series.bins, weights=together**2, minlength=series.bins)
    clumps = np.where(total > 0, squares / np.maximum(total, 1e-9), 1.0)
    return np.array(
        [
            tide.advance(at, one, clump=clump)
            for at, (one, clump) in enumerate(zip(total.tolist(), clumps.tolist(), strict=True))
        ]
    )


@dataclass(frozen=True, slots=True)
class Chance:
    """How many rises pass a surprise by chance, and where the dial stands: `threshold` for `per_day` false alarms."""

    dial: Dial
    per_day: float
    threshold: float
    scale: float
    """Series of the stream for each that the dial was learned from."""

    def a_day(self, surprise: float) -> float:
        """Rises of at least this surprise that chance brings the whole stream in a day."""
        return self.scale * self.dial.chance(surprise)


def chance_of(series: Sparse, tide: Floats, settings: RankSettings, at: datetime) -> Chance:
    """The dial as the past days (UTC) of the window teach it; the first of them, in which everything is new, does
    not. The day of the moment does not either: a threshold that moved through the day would be passed by what stands
    near it, more often than chance surprises."""
    today = int(at.timestamp() % DAY // settings.detect.bin_seconds)
    step = max(1, -(-series.size // SAMPLE))
    sample = series.taken(np.arange(0, series.size, step)) if step > 1 else series
    scale = max(1, series.size) / max(1, sample.size)
    per_day = settings.false_alarms_per_day
    dial = Dial(settings.detect.bins_per_day)
    dial.today = np.zeros(sample.size)
    for settled, newborn in _days(sample.until(series.bins - today), tide, settings.detect):
        dial.learn(settled, newborn)
    return Chance(dial, per_day, dial.threshold(per_day / scale), scale)


def _days(series: Sparse, tide: Floats, settings: DetectSettings) -> list[tuple[Floats, Floats]]:
    """The highest surprises of each whole day, of settled and of newborn series."""
    day = settings.bins_per_day
    known = series.bins // day - 1
    if known < 1 or known * series.size < FEWEST_DAYS:
        return []
    found = surprises(series, tide, settings, (known + 1) * day)
    days = []
    for place in range(known):
        end = series.bins - day * (known - 1 - place)
        there = found.born < end
        newborn = found.born >= max(end - NEWBORN_DAYS * day, day)
        highest = found.highest[place + 1]
        days.append((highest[there & ~newborn], highest[there & newborn]))
    fewest = FEWEST_DAYS / 4
    if min(sum(group.size for group in column) for column in zip(*days, strict=True)) < fewest:
        return [(np.concatenate(pair), np.full(0, REST)) for pair in days]
    return days
