"""What burst detection promises: no look ahead, one answer however it is computed, one alarm per rise."""

from dataclasses import asdict

import numpy as np
import pytest

from trend_agent.errors import Missing, Rejected
from trend_agent.processing.detect import Detector, DetectSettings, SurpriseModel, Tide, rise_of, surprise_of

SERIES, BINS, BURST = 40, 400, 300


def stream(seed: int = 1, *, burst_from: int = BURST) -> np.ndarray:
    """Counts of series × bins with a daily cycle; series 0 rises eightfold from `burst_from` on."""
    rng = np.random.default_rng(seed)
    rate = rng.uniform(0.05, 2, SERIES)[:, None] * (1 + 0.5 * np.sin(np.arange(BINS) / 96 * 2 * np.pi))
    rate[0] = 0.5
    rate[0, burst_from : burst_from + 24] = 4
    for late in range(20, SERIES):
        rate[late, : late * 8] = 0
    return rng.poisson(rate).astype(float)


def columns(counts: np.ndarray) -> list[dict[str, float]]:
    return [
        {f"s{row}": float(counts[row, at]) for row in np.nonzero(counts[:, at])[0]}
        for at in range(counts.shape[1])
    ]


def streamed(
    counts: np.ndarray, model: SurpriseModel | None = None
) -> tuple[SurpriseModel, list[dict[str, float]]]:
    model = model or SurpriseModel()
    return model, [model.advance(at, column) for at, column in enumerate(columns(counts))]


def alarms(counts: np.ndarray, per_day: float | None = 2.0) -> list[tuple[str, int, float]]:
    detector = Detector(per_day=per_day)
    found = [detector.advance(at, column) for at, column in enumerate(columns(counts))]
    return [(alarm.series, alarm.bin_index, alarm.surprise) for bin_ in found for alarm in bin_]


def test_changing_the_future_never_changes_a_past_surprise_or_alarm() -> None:
    one, other = stream(), stream()
    other[:, 350:] = stream(seed=9)[:, 350:] * 7
    assert streamed(one)[1][:350] == streamed(other)[1][:350]
    for per_day in (2.0, None):
        past = [alarm for alarm in alarms(one, per_day) if alarm[1] < 350]
        assert past
        assert past == [alarm for alarm in alarms(other, per_day) if alarm[1] < 350]


def test_the_whole_history_at_once_equals_the_step_by_step_result() -> None:
    counts = stream()
    tide, common = Tide(DetectSettings().bins_per_day), np.empty(BINS)
    for at in range(BINS):
        total = counts[:, at].sum()
        common[at] = tide.advance(at, total, clump=(counts[:, at] ** 2).sum() / total)
    whole = surprise_of(counts, common, (counts > 0).argmax(axis=1))
    for at, surprises in enumerate(streamed(counts)[1]):
        for series, surprise in surprises.items():
            assert whole[int(series[1:]), at] == pytest.approx(surprise, abs=1e-9)


def test_a_planted_rise_is_called_once_and_within_three_hours() -> None:
    called = [at for series, at, _ in alarms(stream()) if series == "s0" and at > 96]
    assert len(called) == 1
    assert BURST <= called[0] <= BURST + 12


def test_bins_left_out_count_as_empty() -> None:
    counts = stream()
    counts[:, 200:210] = 0
    skipping, full = SurpriseModel(), SurpriseModel()
    for at, column in enumerate(columns(counts)):
        ended = full.advance(at, column)
        if column:
            skipped = skipping.advance(at, column)
    assert skipped == ended


def test_a_model_written_and_read_goes_on_as_if_nothing_had_happened() -> None:
    counts = stream()
    first, _ = streamed(counts[:, :250])
    copy = SurpriseModel.load(first.dump())
    for at, column in enumerate(columns(counts)[250:], start=250):
        assert copy.advance(at, column) == first.advance(at, column)


def test_a_retired_series_begins_anew_and_the_others_do_not_notice() -> None:
    counts = stream()
    kept, _ = streamed(counts[:, :250])
    model, _ = streamed(counts[:, :250])
    model.retire({"s3"})
    with pytest.raises(Missing):
        model.expected("s3")
    for at, column in enumerate(columns(counts)[250:], start=250):
        ours, theirs = model.advance(at, column), kept.advance(at, column)
    assert {name: value for name, value in theirs.items() if name != "s3"} == pytest.approx(
        {name: value for name, value in ours.items() if name != "s3"}
    )


def test_a_bin_that_comes_too_late_is_refused() -> None:
    model = SurpriseModel()
    model.advance(5, {"a": 1})
    with pytest.raises(Rejected, match="order of time"):
        model.advance(5, {"a": 1})


def test_a_rise_names_what_was_observed_and_what_was_expected() -> None:
    counts = stream()
    model, _ = streamed(counts[:, : BURST + 12])
    rise = model.rise("s0")
    since = BURST + 12 - round(rise.window / 900)
    assert rise.observed == counts[0, since : BURST + 12].sum()
    assert rise.expected < rise.observed / 2
    assert rise.surprise == pytest.approx(np.log10(sum(np.exp(value) for value in rise.evidence.values())))


def test_a_series_computed_again_from_its_counts_and_the_tide_gives_the_same_receipt() -> None:
    counts = stream()
    model, tides = SurpriseModel(), []
    for at, column in enumerate(columns(counts)[: BURST + 9]):
        model.advance(at, column)
        tides.append(model.common)
    for series in (0, 7, 25):
        born = int((counts[series] > 0).argmax())
        again = rise_of(counts[series, born : BURST + 9], np.array(tides[born:]))
        streamed_one = model.rise(f"s{series}")
        assert again.evidence == pytest.approx(streamed_one.evidence, abs=1e-9)
        ours, theirs = ({**asdict(one), "evidence": 0} for one in (again, streamed_one))
        assert ours == pytest.approx(theirs, abs=1e-9)


def test_a_swing_of_the_whole_stream_is_no_rise_of_a_series() -> None:
    rng = np.random.default_rng(3)
    rate = np.full((300, 500), 1.0)
    rate[:, 400:] = 2.5
    tidal, _ = streamed(rng.poisson(rate).astype(float))
    surprise = [tidal.rise(f"s{row}").surprise for row in range(300)]
    assert np.mean(np.array(surprise) > 4) < 0.02


def test_one_loud_series_is_no_tide() -> None:
    tide = Tide(96)
    for at in range(300):
        tide.advance(at, 100.0, clump=1.0)
    assert tide.advance(300, 1000.0, clump=820.0) < 1.1


def test_a_silence_of_months_is_survived_quickly() -> None:
    model = SurpriseModel()
    model.advance(0, {"a": 1})
    assert set(model.advance(10**9, {"b": 1})) == {"b"}
