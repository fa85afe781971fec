"""The days that texts name."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_agent.text.days import YEAR, apart, day_of, days

EIGHTH_OF_NOVEMBER = 313


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It rained on November 8th, 2019.", "en"),
        ("on 8 Nov", "en"),
        ("THE VOTE OF 8 NOVEMBER", "en"),
        ("Прогноз погоды на 8 ноября", "ru"),
        ("der 8. November um 12.30 Uhr", "de"),
        ("le 8 novembre", "fr"),
        ("el 8 de noviembre", "es"),
        ("11月8日の天気", "ja"),
        ("11월 8일", "ko"),
        ("12:40  08.11.2019", "ru"),
        ("https://wire.example/news/2019/11/08/rain", "und"),
        ("https://wire.example/20191108/rain", "en"),
        ("November 8", "und"),
    ],
)
def test_a_day_is_read_however_it_is_written(text: str, language: str) -> None:
    assert days(text, language) == {EIGHTH_OF_NOVEMBER}


@pytest.mark.parametrize(
    "text",
    [
        "11 people may march 8 miles",
        "31 June",
        "0 May",
        "November 8%",
        "13.13.2019",
        "/2019/19/08/",
        "v 1.11.2",
        "",
    ],
)
def test_what_is_no_day_is_not_read_as_one(text: str) -> None:
    assert days(text, "en") == frozenset()


def test_a_language_nobody_knows_has_no_months_but_can_write_figures() -> None:
    assert days("8 November, 2019-11-08", "xx") == {EIGHTH_OF_NOVEMBER}


def test_days_are_apart_the_short_way_around_the_year() -> None:
    new_year, last = day_of(datetime(2026, 1, 1, tzinfo=UTC)), day_of(datetime(2025, 12, 31, tzinfo=UTC))
    assert (new_year, last) == ({1}, {YEAR})
    assert apart(new_year, last) == 1


def test_the_nearest_two_days_count_and_naming_none_is_no_distance() -> None:
    assert apart({10, 100}, {20, 103}) == 3
    assert apart({10}, ()) == 0


def test_a_moment_falls_on_its_day_in_utc() -> None:
    late = datetime(2019, 11, 9, 1, tzinfo=timezone(timedelta(hours=3)))
    assert day_of(late) == {EIGHTH_OF_NOVEMBER}
    assert day_of(None) == frozenset()


@given(st.text(max_size=80), st.sampled_from(["en", "ru", "ja", "und", "??"]))
def test_any_text_can_be_read(text: str, language: str) -> None:
    assert all(1 <= day <= YEAR for day in days(text, language))
