"""What is like an item is found through an index in parts, and it is found as if there were one."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import sparse

from trend_agent.processing.cluster.live import Past
from trend_agent.processing.cluster.settled import SMALL, Asked, Near, Settled, rows_of
from trend_agent.processing.cluster.shelf import ALL, Likest, Shelf, largest
from trend_agent.processing.cluster.snapshot import settled_in, settled_out
from trend_agent.processing.cluster.weights import WIDTH

ANYTHING = Asked(least=0.05, most=10_000, fade_hours=ALL)


def rows(count: int, *, seed: int, columns: int = 400, each: int = 12) -> sparse.csr_array:
    """Rows of length one, each with a few of the same columns; some columns are in most rows."""
    dice = np.random.default_rng(seed)
    odds = 1 / np.arange(1, columns + 1)
    places = [np.sort(dice.choice(columns, each, replace=False, p=odds / odds.sum())) for _ in range(count)]
    spread = (np.concatenate(places) * 4999 % WIDTH).astype(np.int32)
    values = dice.uniform(0.1, 1, (count, each))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    starts = np.arange(0, count * each + 1, each, dtype=np.int32)
    return sparse.csr_array((values.ravel().astype(np.float32), spread, starts), shape=(count, WIDTH))


def pasts(count: int, *, seed: int, at: float = 0.0) -> list[Past]:
    made = rows(count, seed=seed)
    spans = zip(made.indptr, made.indptr[1:], strict=False)
    return [Past(made.indices[a:b], made.data[a:b], size=1.0, own=1.0, at=at) for a, b in spans]


def found(near: Near | Likest) -> dict[tuple[int, int], float]:
    keys = zip(near.rows.tolist(), near.numbers.tolist(), strict=True)
    return dict(zip(keys, near.values.tolist(), strict=True))


def asked(settled: Settled, vectors: sparse.csr_array) -> dict[tuple[int, int], float]:
    return found(settled.likest(vectors, np.zeros(vectors.shape[0]), ANYTHING))


def grown(batches: Sequence[int]) -> Settled:
    """Topics put down in batches, numbered in their order."""
    settled, first = Settled(reach=ALL), 0
    for seed, count in enumerate(batches):
        settled.put(enumerate(pasts(count, seed=seed), first))
        first += count
    return settled


@pytest.mark.parametrize("crowded", [True, False])
def test_a_shelf_finds_all_products_above_the_least(crowded: bool) -> None:
    held, new = rows(300, seed=1), rows(50, seed=2)
    shelf = Shelf(crowded=crowded)
    shelf.fill(held)
    products = (new @ held.T).toarray()
    near = found(shelf.likest(new, least=0.3, most=300))
    assert near.keys() == set(zip(*(side.tolist() for side in np.nonzero(products > 0.3)), strict=True))
    assert all(value == pytest.approx(products[key], abs=1e-5) for key, value in near.items())


def test_a_shelf_that_is_filled_again_knows_nothing_of_before() -> None:
    again, new = Shelf(), rows(20, seed=3)
    again.fill(rows(300, seed=1))
    again.fill(rows(100, seed=2))
    fresh = Shelf()
    fresh.fill(rows(100, seed=2))
    assert found(again.likest(new, least=0.1, most=100)) == found(fresh.likest(new, least=0.1, most=100))


def test_the_widest_columns_are_left_out_when_the_reach_is_short() -> None:
    held = rows(300, seed=1)
    near, far = Shelf(reach=20), Shelf()
    near.fill(held)
    far.fill(held)
    left_out = np.setdiff1d(far.columns, near.columns)
    widths = np.diff(held.tocsc().indptr)
    assert len(left_out)
    assert widths[left_out].min() >= widths[near.columns].max()
    assert (widths[near.columns] ** 2).sum() <= 20 * 300


def test_of_too_many_the_likest_are_kept_and_the_first_in_a_tie() -> None:
    many = Likest(np.array([0, 0, 0, 2]), np.array([7, 4, 5, 1]), np.array([0.5, 0.5, 0.9, 0.1]))
    kept = largest(many, 2)
    assert found(kept) == {(0, 4): 0.5, (0, 5): 0.9, (2, 1): 0.1}


def test_an_index_in_parts_finds_what_one_part_would() -> None:
    batches = [700, 300, 500, 200, 600]
    parts, whole = grown(batches), Settled(reach=ALL)
    whole.put(dict(parts.pasts).items())
    new = rows(40, seed=99)
    assert 1 < len(parts.segments) < len(batches)
    assert len(whole.segments) == 1
    assert asked(parts, new) == asked(whole, new)


def test_each_part_is_larger_than_what_came_after_it() -> None:
    settled = grown([SMALL + 10 * turn for turn in range(1, 14)])
    sizes = [segment.count for segment in settled.segments]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) <= 4
    assert sum(sizes) == len(settled.pasts)


def test_what_changed_is_found_as_it_is_and_what_is_gone_is_not() -> None:
    settled = grown([1500, 1200])
    (other,) = pasts(1, seed=77)
    settled.put([(3, other)], gone=[5, 1600])
    near = asked(settled, rows_of([other], 100))
    assert near[0, 3] == pytest.approx(1.0)
    assert not {number for _, number in near} & {5, 1600}


def test_parts_that_hold_nothing_any_more_are_dropped() -> None:
    settled = grown([1500, 1200])
    settled.put((), gone=range(1500))
    assert [segment.numbers.min() for segment in settled.segments] == [1500]


def test_a_restored_index_answers_and_grows_like_the_first() -> None:
    first, second = Settled(reach=30), Settled(reach=30)
    for turn in range(5):
        first.put(
            enumerate(pasts(800, seed=turn), 800 * turn), gone=range(800 * turn - 900, 800 * turn - 500)
        )
    settled_in("past", second, settled_out("past", first))
    new = rows(30, seed=99)
    assert asked(second, new) == asked(first, new)
    for one in (first, second):
        one.put(enumerate(pasts(1100, seed=50), 5000), gone=[3900])
    assert asked(second, new) == asked(first, new)
    dumps = [settled_out("past", one) for one in (first, second)]
    assert all(np.array_equal(dumps[0][name], dumps[1][name]) for name in dumps[0])


def test_likeness_fades_with_the_distance_in_time() -> None:
    settled = Settled(reach=ALL)
    (past,) = pasts(1, seed=1, at=36.0)
    settled.put([(0, past)])
    near = settled.likest(rows_of([past], 100), np.zeros(1), Asked(0.05, 10, fade_hours=36.0))
    assert found(near) == {(0, 0): pytest.approx(np.exp(-0.5), rel=1e-5)}
