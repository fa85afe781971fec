"""A series' whole history at once, for when its counts were corrected after the fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from trend_agent.processing.detect.evidence import Array
from trend_agent.processing.detect.rise import Rise, rise_in
from trend_agent.processing.detect.settings import DetectSettings
from trend_agent.processing.detect.state import State, step


def surprise_of(
    counts: Array, common: Array, born: np.ndarray[Any, Any], settings: DetectSettings | None = None
) -> Array:
    """Surprise per series and bin, equal to what a SurpriseModel gave step by step.

    `counts` is series × bins, `common` the tide of each bin, `born` the column of each series' first item.
    """
    walk = _walk(counts, common, born, settings or DetectSettings())
    return np.stack([state.surprise for state in walk], axis=1)


def rise_of(count: Array, common: Array, settings: DetectSettings | None = None) -> Rise:
    """The terms of one series' surprise after its last bin; `count` and `common` begin with its first item."""
    settings = settings or DetectSettings()
    *_, last = _walk(count[np.newaxis], common, np.zeros(1, np.int64), settings)
    return rise_in(last, 0, count.size - 1, settings)


def _walk(
    counts: Array, common: Array, born: np.ndarray[Any, Any], settings: DetectSettings
) -> Iterator[State]:
    """The state after each bin, the same object each time."""
    size, bins = counts.shape
    state = State.blank(size, settings)
    state.born = np.asarray(born, np.int64)
    for now in range(bins):
        before = now - settings.lag
        step(
            state,
            now,
            count=counts[:, now],
            tide=float(common[now]),
            left_lag=counts[:, before] if before >= 0 else np.zeros(size),
            tide_at_lag=float(common[before]) if before >= 0 else 0.0,
            settings=settings,
        )
        yield state
