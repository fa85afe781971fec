"""The terms of a surprise, complete enough for a reader to recompute it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trend_agent.processing.detect.settings import DetectSettings
from trend_agent.processing.detect.state import State


@dataclass(frozen=True, slots=True)
class Rise:
    """What a receipt needs to say how surprising a series is now.

    `observed` items came in the `window` seconds since the evidence began to gather, where the usual
    rate foresaw `expected`; `gain` is the multiple of the usual that explains them best, `evidence` the
    gathered log-likelihood ratio of each gain, `surprise` the base-ten logarithm of their summed odds.
    """

    surprise: float
    observed: float
    expected: float
    gain: float
    window: float
    evidence: Mapping[float, float]


def rise_in(state: State, row: int, bin_index: int, settings: DetectSettings) -> Rise:
    """The rise of one series of a state that was last advanced to `bin_index`."""
    evidence = dict(zip(settings.gains, state.evidence[:, row].tolist(), strict=True))
    return Rise(
        surprise=float(state.surprise[row]),
        observed=float(state.observed[row]),
        expected=float(state.expected[row]),
        gain=max(evidence, key=lambda gain: evidence[gain]),
        window=float(bin_index - state.began[row] + 1) * settings.bin_seconds,
        evidence=evidence,
    )
