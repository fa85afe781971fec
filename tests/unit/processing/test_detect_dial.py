"""The dial: so many false alarms a day as asked for, whatever the number of series."""

import numpy as np
import pytest

from trend_agent.processing.detect import Detector, Dial

DAYS, WARM = 9, 3


def chance(series: int, seed: int) -> np.ndarray:
    """Counts of settled series in which nothing happens, twice as spread as a Poisson's."""
    rng = np.random.default_rng(seed)
    rate = np.minimum(rng.lognormal(-2, 1.2, series), 8)[:, None]
    return rng.poisson(rng.gamma(np.broadcast_to(rate, (series, DAYS * 96)), 1.0)).astype(float)


def alarms_per_day(counts: np.ndarray, per_day: float) -> float:
    detector, found = Detector(per_day=per_day), 0
    for at in range(counts.shape[1]):
        rows = np.nonzero(counts[:, at])[0]
        alarms = detector.advance(at, {str(row): float(counts[row, at]) for row in rows})
        found += len(alarms) if at >= WARM * 96 else 0
    return found / (DAYS - WARM)


@pytest.mark.parametrize(("series", "per_day"), [(150, 2.0), (600, 2.0), (600, 8.0)])
def test_chance_alone_gives_about_as_many_alarms_as_asked_for(series: int, per_day: float) -> None:
    seen = alarms_per_day(chance(series, 1), per_day)
    assert per_day / 2 < seen < per_day * 1.5


def test_more_series_raise_the_threshold_and_a_wider_dial_lowers_it() -> None:
    rng = np.random.default_rng(5)
    few, many = Dial(96), Dial(96)
    for at in range(96 * 3):
        few.observe(at, rng.exponential(0.5, 100), np.zeros(100, np.int64))
        many.observe(at, rng.exponential(0.5, 1000), np.zeros(1000, np.int64))
    assert many.threshold(2) == pytest.approx(few.threshold(2) + 1, abs=0.25)
    assert few.threshold(0.2) == pytest.approx(few.threshold(2) + 1, abs=0.05)


def test_series_born_while_the_stream_runs_are_learned_apart() -> None:
    rng = np.random.default_rng(6)
    calm, wild = Dial(96), Dial(96)
    for at in range(96 * 3):
        settled, newborn = rng.exponential(0.4, 300), rng.exponential(0.4, 60)
        born = np.r_[np.zeros(300, np.int64), np.full(60, 96 * 2)]
        calm.observe(at, np.r_[settled, newborn], born)
        wild.observe(at, np.r_[settled, newborn * 4], born)
    assert wild.threshold(1) > calm.threshold(1) + 2
