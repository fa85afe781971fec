"""A small network beside the regression: what its hinges and pairs do not reach, one layer of bends finds.

Tanh units and a logistic end, fitted by Adam (Kingma and Ba 2015) in small batches with a rate that falls to zero;
several are begun apart and their log-odds averaged, for one alone depends on where it began. The same data give the
same weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UNITS, BEGINNINGS, ROUNDS, TOGETHER = 24, 3, 25, 256
RATE, PENALTY = 3e-3, 2e-4
KEPT, KEPT_SQUARES, SMALL = 0.9, 0.999, 1e-8
FARTHEST = 4.0
"""Standard deviations at which a value is cut."""


@dataclass(frozen=True, slots=True)
class Network:
    """Called with features (rows × features) it gives log-odds. Each of `layers` is what one beginning became:
    weights and offsets of its units, weights and offset of their sum."""

    centre: Floats
    spread: Floats
    layers: Sequence[tuple[Floats, Floats, Floats, Floats]]

    def __call__(self, features: Floats) -> Floats:
        x = _cut(features, self.centre, self.spread)
        told = [np.tanh(x @ units + offsets) @ ends + end for units, offsets, ends, end in self.layers]
        return np.asarray(sum(told) / len(told))

    def plain(self) -> dict[str, Any]:
        """The network as JSON."""
        parts = ("units", "offsets", "ends", "end")
        layers = [{name: part.tolist() for name, part in zip(parts, one, strict=True)} for one in self.layers]
        return {"centre": self.centre.tolist(), "spread": self.spread.tolist(), "layers": layers}


def fit_network(features: Floats, outcomes: Floats) -> Network:
    """The network of `outcomes` (between 0 and 1) by `features` (rows × features)."""
    centre, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    x = _cut(features, centre, spread)
    return Network(centre, spread, [_begun(x, outcomes, seed) for seed in range(BEGINNINGS)])


def _cut(features: Floats, centre: Floats, spread: Floats) -> Floats:
    return np.clip((features - centre) / spread, -FARTHEST, FARTHEST)


def _begun(x: Floats, outcomes: Floats, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    chance = np.random.default_rng(seed)
    base = float(np.clip(outcomes.mean(), 1e-6, 1 - 1e-6))
    parts = [
        chance.normal(0, x.shape[1] ** -0.5, (x.shape[1], UNITS)),
        np.zeros(UNITS),
        chance.normal(0, UNITS**-0.5, UNITS),
        np.array(np.log(base / (1 - base))),
    ]
    adam = _Adam(parts)
    for done in range(ROUNDS):
        order = chance.permutation(len(x))
        for start in range(0, len(x), TOGETHER):
            some = order[start : start + TOGETHER]
            adam.step(_slopes(parts, x[some], outcomes[some]), RATE * (1 - done / ROUNDS))
    units, offsets, ends, end = parts
    return units, offsets, ends, end


def _slopes(parts: Sequence[Floats], x: Floats, outcomes: Floats) -> list[Floats]:
    """How the mean log-loss, with a penalty on weights, grows with each part."""
    units, offsets, ends, end = parts
    bent = np.tanh(x @ units + offsets)
    missed = (1.0 / (1.0 + np.exp(-(bent @ ends + end))) - outcomes) / len(x)
    back = np.outer(missed, ends) * (1.0 - bent**2)
    return [
        x.T @ back + PENALTY * units,
        back.sum(axis=0),
        bent.T @ missed + PENALTY * ends,
        np.asarray(missed.sum()),
    ]


class _Adam:
    """Steps along slopes, each scaled by how large it has been; changes `parts` in place."""

    def __init__(self, parts: Sequence[Floats]) -> None:
        self.parts = parts
        self.means = [np.zeros_like(part) for part in parts]
        self.squares = [np.zeros_like(part) for part in parts]
        self.steps = 0

    def step(self, slopes: Sequence[Floats], rate: float) -> None:
        self.steps += 1
        first, second = 1 - KEPT**self.steps, 1 - KEPT_SQUARES**self.steps
        for k, slope in enumerate(slopes):
            self.means[k] += (1 - KEPT) * (slope - self.means[k])
            self.squares[k] += (1 - KEPT_SQUARES) * (slope**2 - self.squares[k])
            self.parts[k][...] -= rate * self.means[k] / first / (np.sqrt(self.squares[k] / second) + SMALL)
