"""Logistic regression that may bend: each feature has hinges at its quantiles, a few features meet in pairs.

Fitted by Newton's method with a quadratic penalty; the same data give the same weights. A model is a table of
numbers that can be read: feature, knot, weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trend_agent.processing.outlook.network import Network, fit_network

Floats = NDArray[np.float64]

KNOTS = 4
STEPS = 6
HELD_OUT = 0.2
FARTHEST = 4.0
"""Standard deviations at which a value is cut, so that nothing unheard of decides alone."""


@dataclass(frozen=True, slots=True)
class Design:
    """How features become columns: themselves, hinges max(0, x − knot), products of pairs."""

    knots: Sequence[Floats]
    meeting: Sequence[int]
    centre: Floats
    spread: Floats

    @classmethod
    def of(cls, features: Floats, meeting: Sequence[int]) -> Design:
        shares = np.linspace(0, 1, KNOTS + 2)[1:-1]
        knots = [np.unique(np.quantile(column, shares)) for column in features.T]
        return cls(knots, list(meeting), features.mean(axis=0), features.std(axis=0) + 1e-9)

    def __call__(self, features: Floats) -> Floats:
        hinges = [np.maximum(features[:, [k]] - knots, 0.0) for k, knots in enumerate(self.knots)]
        near = list(self.meeting)
        meet = np.clip((features[:, near] - self.centre[near]) / self.spread[near], -3, 3)
        first, second = np.triu_indices(len(near))
        return np.concatenate([features, *hinges, meet[:, first] * meet[:, second]], axis=1)


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted design; called with features (rows × features) it gives probabilities."""

    names: Sequence[str]
    design: Design
    centre: Floats
    spread: Floats
    weights: Floats
    bias: float

    def __call__(self, features: Floats) -> Floats:
        return np.asarray(1.0 / (1.0 + np.exp(-self.odds(features))))

    def odds(self, features: Floats) -> Floats:
        """The log-odds."""
        columns = np.clip((self.design(features) - self.centre) / self.spread, -FARTHEST, FARTHEST)
        return np.asarray(columns @ self.weights + self.bias)

    def plain(self) -> dict[str, Any]:
        """The model as JSON: every column with its name, centre, spread and weight."""
        labels = list(self.names)
        for name, knots in zip(self.names, self.design.knots, strict=True):
            labels += [f"{name} above {knot:.6g}" for knot in knots]
        near = [self.names[k] for k in self.design.meeting]
        first, second = np.triu_indices(len(near))
        labels += [f"{near[a]} × {near[b]}" for a, b in zip(first, second, strict=True)]
        table = zip(labels, self.centre, self.spread, self.weights, strict=True)
        return {
            "bias": self.bias,
            "columns": [
                {"name": label, "centre": float(c), "spread": float(s), "weight": float(w)}
                for label, c, s, w in table
            ],
        }


@dataclass(frozen=True, slots=True)
class Blend:
    """A regression and a network that speak as one: their log-odds are averaged."""

    model: Model
    network: Network

    def __call__(self, features: Floats) -> Floats:
        odds = (self.model.odds(features) + self.network(features)) / 2
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))

    def plain(self) -> dict[str, Any]:
        """Both as JSON."""
        return {**self.model.plain(), "network": self.network.plain()}


def fit(
    features: Floats, outcomes: Floats, names: Sequence[str], choices: Sequence[tuple[float, Sequence[str]]]
) -> Blend:
    """The regression chosen among some and the network of `outcomes` by `features`."""
    return Blend(fit_model(features, outcomes, names, choices), fit_network(features, outcomes))


def fit_model(
    features: Floats, outcomes: Floats, names: Sequence[str], choices: Sequence[tuple[float, Sequence[str]]]
) -> Model:
    """The model of `outcomes` (between 0 and 1) by `features` (rows × features, oldest first).

    Of the `choices`, each a penalty and the features that meet in pairs, the one that foretells the newest fifth best
    is taken.
    """
    early = int(len(features) * (1 - HELD_OUT))

    def fitted(choice: tuple[float, Sequence[str]], rows: int) -> Model:
        near = [names.index(name) for name in choice[1]]
        return _fitted(features[:rows], outcomes[:rows], names, near, choice[0])

    def missed(choice: tuple[float, Sequence[str]]) -> float:
        told = np.clip(fitted(choice, early)(features[early:]), 1e-6, 1 - 1e-6)
        truth = outcomes[early:]
        return -float((truth * np.log(told) + (1 - truth) * np.log(1 - told)).sum())

    best = min(choices, key=missed) if len(choices) > 1 else choices[0]
    return fitted(best, len(features))


def _fitted(
    features: Floats, outcomes: Floats, names: Sequence[str], near: Sequence[int], penalty: float
) -> Model:
    """Newton's method from zero, a fixed number of steps."""
    design = Design.of(features, near)
    columns = design(features)
    centre, spread = columns.mean(axis=0), columns.std(axis=0) + 1e-9
    columns = np.clip((columns - centre) / spread, -FARTHEST, FARTHEST)
    columns = np.concatenate([columns, np.ones((len(columns), 1))], axis=1)
    ridge = np.diag(np.append(np.full(columns.shape[1] - 1, penalty), 1e-6))
    weights = np.zeros(columns.shape[1])
    for _ in range(STEPS):
        told = 1.0 / (1.0 + np.exp(-(columns @ weights)))
        slope = columns.T @ (outcomes - told) - ridge @ weights
        bend = (columns * (told * (1 - told))[:, None]).T @ columns + ridge
        weights += np.linalg.solve(bend, slope)
    return Model(list(names), design, centre, spread, weights[:-1], float(weights[-1]))
