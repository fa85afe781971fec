"""Rows are put in order as numpy's comparing sorts do, whatever the keys."""

import numpy as np
import pytest

from trend_agent.processing.rank.order import by, grouped


@pytest.mark.parametrize("seed", range(5))
def test_rows_come_in_the_order_of_a_sort_that_compares(seed: int) -> None:
    chance = np.random.default_rng(seed)
    size = int(chance.integers(1, 3000))
    keys = [
        chance.integers(-5, 5, size),
        chance.integers(-(2**62), 2**62, size) // int(chance.integers(1, 2**50)),
        np.round(chance.normal(0, 2, size), 1) * chance.choice([0.0, -0.0, 1.0, 1e300, 1e-300], size),
        np.where(chance.random(size) < 0.1, -np.inf, chance.normal(1.7e9, 1e5, size).round()),
    ]
    for key in keys:
        assert by(key).tolist() == np.argsort(key, kind="stable").tolist()
    assert by(*keys).tolist() == np.lexsort(keys).tolist()
    assert by(*reversed(keys)).tolist() == np.lexsort(keys[::-1]).tolist()


@pytest.mark.parametrize("size", [0, 1, 2, 1000])
def test_groups_are_those_of_unique(size: int) -> None:
    key = np.random.default_rng(size).integers(-3, 70_000, size) // 9
    expected = np.unique(key, return_index=True, return_inverse=True)
    assert [part.tolist() for part in grouped(key)] == [part.tolist() for part in expected]
