"""Sources against their own rhythm."""

from datetime import UTC, datetime, timedelta

import pytest

from trend_agent.sources.rhythm import rhythm, rhythms
from trend_agent.storage import Visit

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def visits(brings, *, hours, every=0.25, fails=lambda hour: False):
    """Visits for so many hours; `brings(hour)` tells how much each brings."""
    times = [n * every for n in range(int(hours / every) + 1)]
    return [
        Visit("x", BEGIN + timedelta(hours=t), 0 if fails(t) else brings(t), "down" if fails(t) else "")
        for t in times
    ]


def after(hours):
    return BEGIN + timedelta(hours=hours)


def steady(hour):
    return 2 if hour % 1 == 0 else 0


def test_a_source_that_was_visited_once_has_no_rhythm():
    found = rhythm(visits(steady, hours=0), after(0))
    assert (found.per_hour, found.usual, found.quiet) == (None, None, False)


def test_what_the_first_visit_brings_had_gathered_before():
    found = rhythm(visits(lambda t: 500 if t == 0 else steady(t), hours=48), after(48))
    assert found.usual == pytest.approx(2)
    assert found.per_hour == pytest.approx(2)


def test_a_silenced_feed_is_quiet_within_ten_of_its_usual_gaps():
    flagged = next(
        h
        for h in range(200, 300)
        if rhythm(visits(lambda t: steady(t) if t <= 200 else 0, hours=h), after(h)).quiet
    )
    assert flagged - 200 <= 10


def test_a_slow_blog_is_not_quiet():
    weekly = visits(lambda t: int(t % 168 == 10), hours=24 * 28, every=2)
    assert not rhythm(weekly, after(24 * 28)).quiet


def test_a_night_is_no_silence():
    def daytime(t):
        return 3 if 7 <= t % 24 <= 21 else 0

    for hour in range(24 * 10, 24 * 11):
        assert not rhythm(visits(daytime, hours=hour, every=1), after(hour)).quiet


def test_time_in_which_it_could_not_be_visited_is_no_silence():
    found = visits(steady, hours=240, fails=lambda t: t > 100)
    assert not rhythm(found, after(240)).quiet
    assert rhythm(found, after(240)).silence <= timedelta(hours=1)


def test_every_source_has_its_own():
    own = [*visits(steady, hours=10), Visit("y", BEGIN, 3)]
    assert set(rhythms(own, after(10))) == {"x", "y"}
    assert rhythms(own, after(10))["x"].usual == pytest.approx(2)
