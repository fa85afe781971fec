"""Surprise at one moment from counts alone: the same as step by step, however many series and however old."""

import numpy as np
import pytest

from trend_agent.processing.detect import DetectSettings, surprise_of
from trend_agent.processing.detect.recent import Sparse, histories, states, surprises

DAY = 96


def world(size: int, bins: int, *, rate: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts of series × bins, the bin of each series' birth, and a tide."""
    chance = np.random.default_rng(seed)
    born = chance.integers(0, bins, size)
    counts = chance.poisson(rate, (size, bins)) * (np.arange(bins) >= born[:, None]).astype(float)
    counts[np.arange(size), born] = 1 + 0.2 * (born % 3)
    return counts, born, 1 + 0.4 * np.sin(np.arange(bins) / 9)


def sparse(counts: np.ndarray) -> Sparse:
    owner, at = np.nonzero(counts)
    return Sparse(owner, at, counts[owner, at], counts.shape[0], counts.shape[1])


@pytest.mark.parametrize("leak", [0.995, 1.0])
def test_young_series_are_as_surprising_as_step_by_step(leak: float) -> None:
    settings = DetectSettings(leak=leak)
    counts, born, tide = world(200, 80, rate=0.1)
    stepped = surprise_of(counts, tide, born, settings)
    found = surprises(sparse(counts), tide, settings, DAY)
    assert found.now == pytest.approx(stepped[:, -1], abs=1e-9)
    assert np.maximum(found.highest[-1], 0) == pytest.approx(np.maximum(stepped.max(axis=1), 0), abs=1e-9)
    assert (found.born == born).all()
    assert histories(sparse(counts), tide, settings, DAY) == pytest.approx(stepped, abs=1e-9)


def test_what_lies_before_the_memory_hardly_matters() -> None:
    settings = DetectSettings()
    counts, _, tide = world(200, 4 * DAY, rate=0.3, seed=2)
    counts[:20, -20:] += np.random.default_rng(3).poisson(2.0, (20, 20))
    born = (counts > 0).argmax(axis=1)
    stepped = surprise_of(counts, tide, born, settings)[:, -1]
    found = surprises(sparse(counts), tide, settings, DAY)
    awake = stepped > 1
    assert awake.sum() >= 15
    assert found.now[awake] == pytest.approx(stepped[awake], abs=1e-3)
    assert states(sparse(counts), tide, settings, DAY).surprise == pytest.approx(found.now, abs=1e-9)


def test_a_series_without_an_item_within_the_memory_is_at_rest() -> None:
    counts, _, tide = world(3, 3 * DAY, rate=0.0)
    counts[:] = 0
    counts[0, 5], counts[1, 5], counts[2, -2] = 9, 1, 1
    found = surprises(sparse(counts), tide, DetectSettings(), DAY)
    assert found.now[0] == found.now[1] == 0.0
    assert found.now[2] > 0.5


def test_the_answer_of_a_series_does_not_depend_on_its_company() -> None:
    counts, _, tide = world(5000, 2 * DAY, rate=0.05)
    many = surprises(sparse(counts), tide, DetectSettings(), DAY)
    few = surprises(sparse(counts).taken(np.arange(7, 5000, 613)), tide, DetectSettings(), DAY)
    assert few.now == pytest.approx(many.now[7::613], abs=1e-12)
