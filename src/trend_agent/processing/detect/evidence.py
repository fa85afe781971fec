"""How strongly counts speak for a rise, and how that gathers over time."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def log_ratio(count: Array, usual: Array, risen: Array, spread: float) -> Array:
    """Log-likelihood ratio of a bin's count under a risen against the usual expectation.

    Both are negative binomial with variance = mean * (1 + spread), so with r = mean / spread the ratio is
    lnΓ(x + r₁) - lnΓ(x + r₀) - lnΓ(r₁) + lnΓ(r₀) - (r₁ - r₀) ln(1 + spread).
    All arrays have one entry per series; the result too.
    """
    from scipy.special import gammaln

    before, after = usual / spread, risen / spread
    ratio: Array = (before - after) * np.log1p(spread)
    some = np.nonzero(count)[0]
    x, r0, r1 = count[some], before[some], after[some]
    ratio[some] += gammaln(x + r1) - gammaln(x + r0) - gammaln(r1) + gammaln(r0)
    return ratio


def gather(held: Array, ratio: Array, *, leak: float, ceiling: float) -> Array:
    """Shiryaev-Roberts recursion R ← (1 + R^leak) e^ratio in logs, held below `ceiling`.

    The one added in each bin stands for a rise that begins in it (Roberts 1966, Pollak 1985); the leak
    lets evidence of hours ago fade.
    """
    gathered: Array = np.minimum(ceiling, np.logaddexp(0.0, leak * held) + ratio)
    return gathered


def log10_sum(evidence: Array) -> Array:
    """Base-ten logarithm of the summed evidence of all gains; `evidence` is gains × series, in logs."""
    total: Array = np.logaddexp.reduce(evidence, axis=0) / np.log(10.0)
    return total
