"""A few loud series, each by its own scale."""

import numpy as np

from trend_agent.processing.detect import OwnDetector

DAY = 96


def volume(seed: int, days: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    hour = np.arange(days * DAY)
    return np.round(300 * (1.2 + np.sin(hour / DAY * 2 * np.pi)) * np.exp(0.2 * rng.normal(size=hour.size)))


def called(*lines: np.ndarray) -> list[tuple[str, int, float]]:
    detector = OwnDetector(900)
    return [
        (alarm.series, alarm.bin_index, alarm.surprise)
        for at in range(len(lines[0]))
        for alarm in detector.advance(at, {str(row): float(line[at]) for row, line in enumerate(lines)})
    ]


def test_changing_the_future_never_changes_a_past_call() -> None:
    one, other = volume(1), volume(1)
    one[700:] *= 5
    other[900:] *= 9
    other[700:900] *= 5
    early = [call for call in called(one) if call[1] < 900]
    assert early
    assert early == [call for call in called(other) if call[1] < 900]


def test_a_fourfold_rise_is_called_at_once_and_once() -> None:
    line = volume(2)
    line[1000:1040] *= 4
    assert [at for _, at, _ in called(line) if at > 3 * DAY] == [1000]


def test_series_do_not_see_each_other() -> None:
    one, other = volume(3), volume(4)
    one[800:] *= 6
    assert [call[1:] for call in called(one)] == [call[1:] for call in called(one, other) if call[0] == "0"]


def test_a_series_that_shakes_daily_is_not_called_for_shaking() -> None:
    line = volume(5)
    for day in range(12):
        line[day * DAY + 30 + day : day * DAY + 34 + day] *= 6
    assert not [at for _, at, _ in called(line) if at > 8 * DAY]
    calm = volume(5)
    calm[9 * DAY + 39 : 9 * DAY + 43] *= 6
    assert [at for _, at, _ in called(calm) if at > 8 * DAY]


def test_an_empty_stretch_is_taken_as_empty_bins() -> None:
    line = volume(6)
    line[500:520] = 0
    gaps, full = OwnDetector(900), OwnDetector(900)
    for at, count in enumerate(line.tolist()):
        full.advance(at, {"a": count})
        if count:
            gaps.advance(at, {"a": count})
    assert gaps.series["a"].total == full.series["a"].total
