"""What others rank bursts by. Each takes counts of topics × 15-minute bins and scores every cell causally."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
HOUR = 4
DAY = 24 * HOUR


def summed(counts: Array, bins: int) -> Array:
    """Items of the last `bins` bins, the present one included."""
    total = np.cumsum(counts, axis=1)
    before = np.pad(total, ((0, 0), (bins, 0)))[:, : counts.shape[1]]
    return total - before


def smoothed(values: Array, half_life: float) -> Array:
    """Exponentially weighted mean over the bins."""
    share = 1 - 2 ** (-1 / half_life)
    out, state = np.empty_like(values), np.zeros(values.shape[0])
    for at in range(values.shape[1]):
        state = state + share * (values[:, at] - state)
        out[:, at] = state
    return out


def velocity(counts: Array) -> Array:
    """Items of the last hour less those of the hour before."""
    hour = summed(counts, HOUR)
    return hour - np.pad(hour, ((0, 0), (HOUR, 0)))[:, : counts.shape[1]]


def growth(counts: Array) -> Array:
    """Items of the last hour over the hourly mean of the day before it, both with one added."""
    hour = summed(counts, HOUR)
    day = (summed(counts, DAY + HOUR) - hour) / 24
    return (hour + 1) / (day + 1)


def signitrend(counts: Array) -> Array:
    """SigniTrend (Schubert et al. 2014): hourly counts in deviations of a 72 h moving mean, bias 2."""
    hour = summed(counts, HOUR)
    share = 1 - 2 ** (-1 / (72 * HOUR))
    mean, variance = np.zeros(len(counts)), np.zeros(len(counts))
    score = np.empty_like(hour)
    for at in range(hour.shape[1]):
        off = hour[:, at] - mean
        score[:, at] = off / (np.sqrt(variance) + 2)
        mean = mean + share * off
        variance = (1 - share) * (variance + share * off**2)
    return score


def macd(counts: Array) -> Array:
    """Trend-line crossing (He and Parker 2010): fast less slow mean, less its own smoothing."""
    trend = smoothed(counts, 2 * HOUR) - smoothed(counts, 12 * HOUR)
    return trend - smoothed(trend, 4 * HOUR)


def poisson(counts: Array) -> Array:
    """-log10 of the chance of the last hour's items under the mean of the 24 h before."""
    from scipy.stats import poisson as law

    hour = summed(counts, HOUR)
    usual = (summed(counts, DAY + HOUR) - hour) / 24
    return -law.logsf(hour - 1, np.maximum(usual, 0.05)) / np.log(10)


RIVALS: dict[str, Callable[[Array], Array]] = {
    "velocity": velocity,
    "growth ratio": growth,
    "SigniTrend": signitrend,
    "MACD": macd,
    "Poisson, one hour": poisson,
}
