"""What the whole stream says for a moment: a tide with a scale of its own, a dial that holds through the day."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from trend_agent.processing.detect.recent import Sparse, surprises
from trend_agent.processing.rank import RankSettings
from trend_agent.processing.rank.stream import MEAN_TIDE, chance_of, tide_of

BINS = 96
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def counts(days: int, *, topics: int = 120, seed: int = 3) -> np.ndarray:
    """Topics × bins of a stream that is awake by day, from a midnight on; each topic is born at some time."""
    chance = np.random.default_rng(seed)
    hour = np.arange(days * BINS) / 4
    cycle = np.maximum(1 + 0.9 * np.sin(2 * np.pi * (hour - 9) / 24), 0.05)
    made = chance.poisson(0.4 * cycle, (topics, days * BINS))
    for topic, born in enumerate(chance.integers(0, days * BINS - 40, topics)):
        made[topic, : born // 2] = 0
        made[topic, born // 2] = 1
    return made


def window(made: np.ndarray, end: int, days: float = 7) -> Sparse:
    """What is known at the end of a bin, of the days before."""
    part = made[:, max(0, end - round(days * BINS)) : end]
    part = part[part.any(axis=1)]
    owner, at = np.nonzero(part)
    return Sparse(owner, at, part[owner, at].astype(float), part.shape[0], part.shape[1])


def test_the_tide_of_a_moment_does_not_depend_on_the_hour_at_which_the_window_begins() -> None:
    made, detect = counts(9), RankSettings().detect
    tides = [tide_of(window(made, end), detect) for end in range(8 * BINS, 9 * BINS, 12)]
    for tide in tides:
        assert tide[-6 * BINS :].mean() == pytest.approx(MEAN_TIDE)
    nights = [
        float(tide[np.arange(7 * BINS) % BINS == (8 * BINS - end) % BINS][-3:].mean())
        for tide, end in zip(tides, range(8 * BINS, 9 * BINS, 12), strict=True)
    ]
    assert max(nights) < 1.5 * min(nights)


def test_a_newborn_is_as_surprising_whatever_the_hour_at_which_the_window_begins() -> None:
    made = counts(9)
    made[0] = 0
    made[0, 8 * BINS + 44 : 8 * BINS + 48] = (1, 2, 2, 3)
    found = []
    for length in np.arange(6.5, 7.5, 0.125):
        series, detect = window(made, 8 * BINS + 48, length), RankSettings().detect
        found.append(float(surprises(series, tide_of(series, detect), detect, BINS).now[0]))
    assert max(found) - min(found) < 0.5


def test_the_dial_stands_still_through_a_day() -> None:
    made, settings = counts(9), RankSettings()
    thresholds = []
    for at in (2, 40, 90):
        series = window(made, 8 * BINS + at)
        tide = tide_of(series, settings.detect)
        moment = MONDAY + timedelta(minutes=15 * at)
        thresholds.append(chance_of(series, tide, settings, moment).threshold)
    assert max(thresholds) - min(thresholds) < 0.3


def test_what_was_known_earlier_is_a_part_of_what_is_known() -> None:
    made = counts(3)
    whole, then = window(made, 3 * BINS, 3), window(made, 2 * BINS, 3)
    early = whole.until(2 * BINS)
    assert early.bins == then.bins == 2 * BINS
    for mine, other in ((early.owner, then.owner), (early.bin, then.bin), (early.weight, then.weight)):
        assert np.array_equal(mine, other)
    assert early.size == then.size
    assert whole.until(0).size == 0
