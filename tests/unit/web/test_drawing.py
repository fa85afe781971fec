"""The pictures hold what was counted: every item is in a column, and the columns keep their proportions."""

import re
from datetime import datetime, timedelta

import pytest

from trend_agent.web.drawing import MOST_COLUMNS, columns, timeline


def drawn(path: str) -> list[tuple[float, float, float]]:
    """Left edge, foot and height of each column."""
    return [
        (float(x), float(foot), -float(up))
        for x, foot, up in re.findall(r"M([\d.]+) ([\d.]+)v(-[\d.]+)h3v[\d.]+z", path)
    ]


def test_columns_are_as_high_as_their_values() -> None:
    assert drawn(columns([0.0, 2.0, 4.0, 1.0])) == [
        (4.0, 100.0, 50.0),
        (8.0, 100.0, 100.0),
        (12.0, 100.0, 25.0),
    ]


def test_one_item_among_thousands_is_still_seen() -> None:
    assert drawn(columns([1.0, 5000.0]))[0][2] == 4.0


@pytest.mark.parametrize("series", [[], [0.0, 0.0], [-1.0, 0.0]])
def test_nothing_to_show_draws_nothing(series: list[float]) -> None:
    assert columns(series) == ""


def test_stacked_columns_stand_on_those_below() -> None:
    assert drawn(columns([1.0, 0.0], top=4.0, below=[3.0, 2.0])) == [(0.0, 25.0, 25.0)]


@pytest.mark.parametrize("hours", [0.1, 5, 23, 24 * 6, 24 * 90, 24 * 4000])
def test_every_item_is_in_the_timeline_however_long_it_is(noon: datetime, hours: float) -> None:
    start = noon - timedelta(hours=hours)
    rows = [(start + n * (noon - start) / 10, "wire", "en", 3, n % 2) for n in range(11)]
    made = timeline(rows, noon)
    assert made is not None
    assert len(made.originals) == len(made.copies) <= MOST_COLUMNS
    assert (sum(made.originals), sum(made.copies)) == (28, 5)
    assert made.start <= start
    assert made.end >= noon
    assert made.top == max(o + c for o, c in zip(made.originals, made.copies, strict=True))


def test_what_came_after_the_moment_is_not_shown(noon: datetime) -> None:
    rows = [(noon - timedelta(hours=1), "wire", "en", 2, 0), (noon + timedelta(hours=1), "wire", "en", 9, 0)]
    made = timeline(rows, noon)
    assert made is not None
    assert sum(made.originals) == 2
    assert timeline(rows[1:], noon) is None


def test_columns_are_named_by_their_width(noon: datetime) -> None:
    units = []
    for hours in (1, 23, 24 * 5, 24 * 80, 24 * 500):
        made = timeline([(noon - timedelta(hours=hours), "wire", "en", 1, 0)], noon)
        assert made is not None
        units.append(made.unit)
    assert units == ["15 min", "15 min", "3 h", "day", "7 days"]
