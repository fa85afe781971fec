"""What is remembered of each series from bin to bin, and the step that takes it one bin on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from trend_agent.processing.detect.evidence import Array, gather, log10_sum, log_ratio
from trend_agent.processing.detect.settings import DetectSettings

UNBORN = np.iinfo(np.int64).max


@dataclass(slots=True)
class State:
    """One entry per series along the last axis of every array."""

    born: np.ndarray[Any, np.dtype[np.int64]]
    """Bin of the first item."""
    items: Array
    """Decayed items, up to the lag."""
    exposure: Array
    """Decayed tide since birth, up to the lag: `items / exposure` is the usual rate."""
    evidence: Array
    """Logs, gains × series."""
    climb: Array
    """The smallest gain's log ratios summed since they last fell to nothing (Page 1954): above nothing
    while a rise goes on."""
    began: np.ndarray[Any, np.dtype[np.int64]]
    """Bin in which the present climb began."""
    observed: Array
    """Items since then."""
    expected: Array
    """What the usual rate foresaw since then."""
    surprise: Array

    @classmethod
    def blank(cls, size: int, settings: DetectSettings) -> Self:
        zero = np.zeros(size)
        return cls(
            born=np.full(size, UNBORN),
            items=zero.copy(),
            exposure=zero.copy(),
            evidence=np.full((len(settings.gains), size), settings.floor),
            climb=zero.copy(),
            began=np.zeros(size, np.int64),
            observed=zero.copy(),
            expected=zero.copy(),
            surprise=np.full(size, settings.floor / np.log(10.0)),
        )

    @property
    def size(self) -> int:
        return int(self.born.shape[0])

    def taken(self, rows: np.ndarray[Any, Any] | slice) -> Self:
        """The same state of some of the series."""
        return type(self)(*(getattr(self, column.name)[..., rows].copy() for column in fields(self)))

    def extended(self, more: Self) -> Self:
        pairs = ((getattr(self, column.name), getattr(more, column.name)) for column in fields(self))
        return type(self)(*(np.concatenate(pair, axis=-1) for pair in pairs))


def usual_rate(state: State, settings: DetectSettings) -> Array:
    """Items per bin at tide one, one standard deviation above the posterior mean of a Gamma-Poisson rate.

    The margin keeps a short past from making an ordinary second hour look like a rise.
    """
    items = settings.prior_items + state.items
    rate: Array = (items + np.sqrt(items)) / (settings.prior_bins + state.exposure)
    return rate


def step(
    state: State,
    bin_index: int,
    *,
    count: Array,
    tide: float,
    left_lag: Array,
    tide_at_lag: float,
    settings: DetectSettings,
) -> None:
    """Take in one bin, in place.

    `count` are the bin's items per series, `left_lag` those of the bin that just became old enough for
    the usual rate, `tide` and `tide_at_lag` the common factors of these two bins.
    """
    known = state.born <= bin_index - settings.lag
    state.items = settings.keep * state.items + left_lag
    state.exposure = settings.keep * state.exposure + np.where(known, tide_at_lag, 0.0)
    usual = usual_rate(state, settings) * tide
    live = state.born <= bin_index
    ratios = [log_ratio(count, usual, risen, settings.spread) for risen in risen_rates(usual, settings)]
    for row, ratio in enumerate(ratios):
        held = gather(state.evidence[row], ratio, leak=settings.leak, ceiling=settings.ceiling)
        state.evidence[row] = np.where(live, held, settings.floor)
    state.surprise = log10_sum(state.evidence)
    _measure_climb(state, bin_index, count, usual, ratios[0])


def risen_rates(usual: Array, settings: DetectSettings) -> list[Array]:
    """Items per bin under each gain's rise, given the usual ones."""
    least = usual + settings.smallest_rise_per_bin
    return [np.maximum(gain * usual, least) for gain in settings.gains]


def _measure_climb(state: State, bin_index: int, count: Array, usual: Array, ratio: Array) -> None:
    """Since when the present rise has been going on, and what was seen and foreseen in that time."""
    rising = state.climb > 0
    state.climb = np.maximum(0.0, state.climb) + ratio
    state.began = np.where(rising, state.began, bin_index)
    state.observed = np.where(rising, state.observed, 0.0) + count
    state.expected = np.where(rising, state.expected, 0.0) + usual
