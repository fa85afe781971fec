"""Rows into bins of time."""

import pytest

from trend_agent.errors import Misconfigured
from trend_agent.processing.detect.bins import Bins, seconds


def row(at: str, count: float = 1, series: str = "a") -> dict[str, object]:
    return {"series": series, "at": at, "count": count}


def test_counts_of_one_bin_add_up_and_empty_bins_are_left_out() -> None:
    rows = [row("1970-01-01T00:00:00Z"), row("1970-01-01T00:14:59Z", 2), row("1970-01-01T01:00:00Z", 5, "b")]
    assert list(Bins(rows, 900, print)) == [(0, {"a": 3.0}), (4, {"b": 5.0})]


def test_zones_are_understood_and_a_time_without_one_is_utc() -> None:
    rows = [row("1970-01-01T01:00:00+01:00"), row("1970-01-01T00:00:00")]
    assert list(Bins(rows, 900, print)) == [(0, {"a": 2.0})]


def test_a_bin_filled_from_within_is_stamped_with_its_end() -> None:
    bins, fine = (
        Bins([row("1970-01-01T00:15:00Z")], 900, print),
        Bins([row("1970-01-01T00:16:00Z")], 900, print),
    )
    list(bins), list(fine)
    assert bins.stamp(1) == "1970-01-01T00:15:00Z"
    assert fine.stamp(1) == "1970-01-01T00:30:00Z"


@pytest.mark.parametrize(
    ("width", "size"), [("15m", 900), ("1h", 3600), ("300s", 300), ("300", 300), ("1d", 86400)]
)
def test_widths_are_read_in_their_unit(width: str, size: float) -> None:
    assert seconds(width) == size


@pytest.mark.parametrize("width", ["0m", "7m", "-5m", "2d", "quarter", ""])
def test_a_width_that_does_not_fill_a_day_is_refused(width: str) -> None:
    with pytest.raises(Misconfigured, match="width"):
        seconds(width)


def test_absurd_times_are_refused_or_survived() -> None:
    refused: list[str] = []
    rows = [
        row("0001-01-01T00:00:00+14:00"),
        row("9999-12-31T23:59:59Z"),
        row("1970-01-01T00:00:00Z"),
        row("x" * 99),
    ]
    assert len(list(Bins(rows, 900, refused.append))) >= 1
    assert refused
