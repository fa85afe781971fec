"""How many topics there were, from which voices told of which of them (capture-recapture).

Voices differ in how much they tell, and topics in how much they draw: whoever neglects the latter estimates far too
little. Voice j tells of topic i with log-odds a + r_j + s z_i, z_i normal: the M_th model with a normal latent trait
(Coull and Agresti 1999, Biometrics 55), the r_j being what the voices' numbers say of their reach. Given how many
voices k told of a topic, which ones they are says nothing of z, so that the numbers f_k of topics are enough:

    L(N, a, s) = N! / (N - S)! * A_0^(N - S) * prod_k A_k^(f_k)
    A_k = E_z[exp(k (a + s z)) / prod_j (1 + exp(a + r_j + s z))]

The interval holds all N whose profile likelihood lies within a chi-square quantile of the largest, and all of the
log-normal interval of Chao's lower bound (1987, Biometrics 43) for incidence data, which assumes nothing of z. How
many were not seen is a matter of the assumed law too: beside the normal one the likelihood also allows the draw to be
exponential, so that its logarithm has a long tail of topics hardly anybody tells.
Voices that copy each other look like a topic that draws; who prints an agency's report counts as that agency.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_expit, log_ndtr, logsumexp
from scipy.stats import chi2, norm

Vector = NDArray[np.float64]

SHIFTS = np.arange(-4.0, 1.5, 0.04)
SPREADS = np.arange(0.0, 4.01, 0.125)
"""Values of a and s among which the likelihood is looked for."""

NODES = 32
"""Points of the Gauss-Hermite quadrature over z."""

LEAST_VOICES, LEAST_TOPICS, LEAST_SHARED = 4, 20, 5
"""Fewer voices, topics, or topics that several told, say too little."""

FARTHEST = 50.0
"""So many times the topics that were seen is as far as an interval is followed."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`seen` topics by `voices`; `total` there were in all, between `lower` and `upper`, and at least `at_least` by
    Chao's bound. None with a `reason` where too little is known. `open_ended` where the interval ends only because it
    is followed no farther."""

    seen: int
    voices: int
    total: float | None = None
    lower: float | None = None
    upper: float | None = None
    at_least: float | None = None
    open_ended: bool = False
    reason: str = ""


def estimate(told: Sequence[Collection[str]], *, confidence: float = 0.9) -> Estimate:
    """The estimate from the voices that told of each topic that was seen."""
    counts = np.array([len(voices) for voices in told if voices], dtype=np.int64)
    own = np.unique([voice for voices in told for voice in set(voices)], return_counts=True)[1].astype(float)
    seen, voices, shared = len(counts), len(own), int((counts > 1).sum())
    if voices < LEAST_VOICES or seen < LEAST_TOPICS or shared < LEAST_SHARED:
        reason = f"{seen} topics of {voices} voices, {shared} of them told by several, say too little"
        return Estimate(seen, voices, reason=reason)
    of = np.bincount(counts, minlength=voices + 1)[: voices + 1].astype(float)
    total, lower, upper = _profiled(own, of, confidence)
    low, high = chao_interval(of, confidence)
    return Estimate(
        seen, voices, total, min(lower, low), max(upper, high), chao(of), open_ended=upper >= FARTHEST * seen
    )


def chao(of: Vector) -> float:
    """Chao's lower bound from the numbers of topics told by 0, 1, 2 … voices."""
    voices, once, twice = len(of) - 1, of[1], of[2]
    return float(of[1:].sum() + (voices - 1) / voices * once * (once - 1) / (2 * (twice + 1)))


def chao_interval(of: Vector, confidence: float) -> tuple[float, float]:
    """The ends of its log-normal interval (Chao 1987, eq. 11, with the variance for incidence data)."""
    voices, once, twice, seen = len(of) - 1, of[1], max(of[2], 1.0), of[1:].sum()
    ratio, scale = once / twice, (voices - 1) / voices
    variance = twice * (scale / 2 * ratio**2 + scale**2 * ratio**3 + scale**2 / 4 * ratio**4)
    more = max(chao(of) - seen, 1e-9)
    stretch = float(np.exp(norm.ppf((1 + confidence) / 2) * np.sqrt(np.log1p(variance / more**2))))
    return float(seen + more / stretch), float(seen + more * stretch)


def _profiled(own: Vector, of: Vector, confidence: float) -> tuple[float, float, float]:
    """The likeliest N and the ends of its interval."""
    seen = float(of.sum())
    reach = np.log((own + 0.5) / (1.5 * seen - own + 0.5))
    log_none, rest = _likelihoods(reach, of)
    unseen = np.concatenate([[0.0], np.geomspace(0.25, (FARTHEST - 1) * seen, 600)])
    ways = gammaln(seen + unseen + 1) - gammaln(unseen + 1)
    value = ways + (unseen[:, None] * log_none[None, :] + rest[None, :]).max(axis=1)
    within = unseen[value >= value.max() - chi2.ppf(confidence, 1) / 2]
    total, lower, upper = seen + np.array([unseen[value.argmax()], within[0], within[-1]])
    return float(total), float(lower), float(upper)


def _likelihoods(reach: Vector, of: Vector) -> tuple[Vector, Vector]:
    """For each pair of a shift and a spread: log A_0, and the part of the log-likelihood without N."""
    points, log_weight = _nodes()
    reaches, alike = np.unique(reach, return_counts=True)
    told = np.flatnonzero(of)  # how many voices topics had; beside that only nought counts
    levels = np.concatenate([[0], told])
    log_none, rest = [], []
    for z, spread in product(points, SPREADS):
        odds = SHIFTS[:, None] + spread * z[None, :]
        none = log_weight + sum(n * log_expit(-(one + odds)) for one, n in zip(reaches, alike, strict=True))
        terms = levels[None, :, None] * odds[:, None, :] + none[:, None, :]
        log_a = logsumexp(terms, axis=2)
        log_none.append(log_a[:, 0])
        rest.append(log_a[:, 1:] @ of[told])
    return np.concatenate(log_none), np.concatenate(rest)


@cache
def _nodes() -> tuple[tuple[Vector, Vector], Vector]:
    """Points of z under either law, and the logarithms of their weights: the quadrature of a standard normal
    variable, its points mapped to those of the same rank. Both laws have mean 0 and variance 1."""
    normal, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    skewed = np.log(-log_ndtr(-normal))
    skewed = (skewed - weights @ skewed) / np.sqrt(weights @ (skewed - weights @ skewed) ** 2)
    return (normal, skewed), np.log(weights)
