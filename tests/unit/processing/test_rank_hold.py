"""How likely a rise goes on is learned from what became of earlier ones, and from nothing later."""

from datetime import datetime

import numpy as np
import pytest

from made_stream import Stream, inputs
from trend_agent.processing.rank import RankSettings
from trend_agent.processing.rank.columns import Columns
from trend_agent.processing.rank.hold import Hold, Told, fitted, learned, rises, swing_of
from trend_agent.processing.rank.lines import line_of

HOUR = 3600.0
EVEN = np.ones(96 * 5)
"""A tide of five days that is the same at all times."""


def told(stream: Stream) -> Told:
    columns = Columns.of(line_of(fact) for fact in stream.facts)
    return Told.of(columns, columns.published)


def rising(noon: datetime, *, after: int) -> Stream:
    """Topics that rise from one item to six within three hours, and bring `after` items in the hours that follow."""
    stream = Stream(noon)
    for n in range(60):
        begin = 78.0 - n
        stream.add(f"t{n:02}", "a", begin + 8)
        for k in range(6):
            stream.add(f"t{n:02}", f"s{k}", begin - 0.4 * k)
        for k in range(after):
            stream.add(f"t{n:02}", f"s{k}", begin - 3 - 5 * k / after)
    return stream


def test_where_rises_went_on_one_is_likelier_to_go_on(noon: datetime) -> None:
    settings, at = RankSettings(), noon.timestamp()
    strong, weak = told(rising(noon, after=14)), told(rising(noon, after=1))
    up, down = learned(strong, EVEN, at, settings), learned(weak, EVEN, at, settings)
    assert up.cases > 20 < down.cases
    paces = strong.paces(at - 40 * HOUR, settings)
    assert (up.likely(paces) > down.likely(paces)).all()


def test_a_stream_without_a_past_is_judged_by_the_general_law(noon: datetime) -> None:
    stream = Stream(noon)
    stream.add("a", "s", 1)
    assert learned(told(stream), EVEN[:8], noon.timestamp(), RankSettings()) == Hold(0.0, 1.0, 0, 0.0)


def test_what_was_seen_later_is_not_known_at_a_past_moment(noon: datetime) -> None:
    stream = Stream(noon)
    stream.add("a", "s", 20)
    stream.add("a", "s", 19, late=3)
    known = told(stream).paces(noon.timestamp() - 18 * HOUR, RankSettings())
    assert known.behind.tolist() == [1.0]
    assert told(stream).paces(noon.timestamp() - 15.5 * HOUR, RankSettings()).behind.tolist() == [2.0]


def test_copies_and_undated_items_count_for_nothing(noon: datetime) -> None:
    stream = Stream(noon)
    first = stream.add("a", "s", 2)
    stream.add("a", "s", 1, copy_of=first.id)
    undated = stream.add("a", "s", 0.5, published_at=None)
    assert undated.published_at is None
    assert told(stream).paces(noon.timestamp(), RankSettings()).behind.tolist() == [1.0]


def test_a_rise_holds_when_the_hours_after_bring_more_and_three_at_least(noon: datetime) -> None:
    stream, moment = Stream(noon), noon.timestamp() - 10 * HOUR
    for topic, ahead in (("falls", 1), ("goes on", 4), ("stays", 3)):
        for k in range(3):
            stream.add(topic, f"s{k}", 10.2 + 0.3 * k)
        for k in range(ahead):
            stream.add(topic, f"s{k}", 5 + k)
    _, held = rises(told(stream), 0.0, moment, RankSettings())
    assert held.tolist() == [0.0, 1.0, 0.0]  # topics in the order of their names


def test_the_swing_is_yesterdays_livelier_hours_over_those_before() -> None:
    tide = np.ones(96 * 3)
    tide[-96:-72] = 2.0  # yesterday, from this time of day on, for six hours
    assert swing_of(tide, 0, 4) == pytest.approx(np.log(2.0))
    assert swing_of(tide[-100:], 0, 4) == 0.0


def test_the_receipt_says_how_likely_and_by_how_many_rises(noon: datetime) -> None:
    stream = rising(noon, after=4)
    stream.add("t59", "s", 0.1)
    standing = stream.standing("t59")
    rise = inputs(standing, "rise")
    assert rise["likely_more"] == pytest.approx(standing.confidence, abs=1e-6)
    assert rise["past_rises"] > 0


def test_little_evidence_stays_near_what_is_known_in_general() -> None:
    columns, towards = np.array([[1.0, 0.5]]), np.array([0.0, 1.0])
    few = fitted(columns, np.array([1.0]), towards, np.array([20.0, 20.0]))
    many = fitted(np.repeat(columns, 400, axis=0), np.ones(400), towards, np.array([20.0, 20.0]))
    assert np.abs(few - towards).max() < 0.05
    assert many[0] > 0.5
