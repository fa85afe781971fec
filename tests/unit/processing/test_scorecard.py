"""Calls, what comes of them, and what that says of us."""

from datetime import UTC, datetime, timedelta

import pytest

from trend_agent.items import Call, Item, Outcome, Receipt, Sentence, Trend
from trend_agent.processing.scorecard import calls_of, outcome_of, scorecard
from trend_agent.storage import Fact

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fact(hours: float, *, source: str = "wire", topic: str = "t1", copy_of: str | None = None) -> Fact:
    """An item published `hours` after noon."""
    at = NOON + timedelta(hours=hours)
    item = Item(id=f"{source}:{hours}", source=source, title="x", seen_at=at, published_at=at)
    return Fact(1, item, topic, copy_of)


def trend(topic: str, state: str, rank: int = 1, *, alarm: float | None = None) -> Trend:
    """A trend of noon; its alarm is so many hours old."""
    return Trend(
        topic=topic, at=NOON, rank=rank, score=1.0, state=state,  # type: ignore[arg-type]
        headline=Sentence("x", []), summary=[], items=1, copies=0, sources=[], languages=[], first_seen=NOON,
        last_seen=NOON, velocity=1.0, confidence=0.7, series=[], receipt=Receipt([], ["wire:-7", "wire:-1"], "c1"),
        alarm=None if alarm is None else NOON - timedelta(hours=alarm),
    )  # fmt: skip


def call(before: int = 2) -> Call:
    return Call("t1", NOON, 1, 0.7, before, ["wire:-1"], "c1")


def test_each_rising_topic_is_called_once_while_its_call_runs() -> None:
    trends = [trend("t1", "rising"), trend("t2", "steady", 2), trend("t3", "rising", 3)]
    facts = [fact(-1), fact(-7), fact(-2, copy_of="wire:-1"), fact(-1, topic="t2")]
    made = calls_of(trends, facts, {"t3"})
    assert [(c.topic, c.before, c.confidence, c.configuration) for c in made] == [("t1", 1, 0.7, "c1")]
    assert made[0].items == ["wire:-7", "wire:-1"]


def test_a_rise_that_passed_the_dial_lately_is_called_whatever_its_state() -> None:
    trends = [trend("t1", "new", alarm=1), trend("t2", "peaking", 2, alarm=7), trend("t3", "new", 3)]
    assert [call.topic for call in calls_of(trends, [fact(-1)], set())] == ["t1"]


def test_a_call_holds_when_the_hours_after_bring_more() -> None:
    after = [fact(h, source=s) for h, s in ((1, "a"), (2, "b"), (3, "c"))]
    assert outcome_of(call(2), [fact(-1), *after]).held
    assert not outcome_of(call(3), [fact(-1), *after]).held
    assert not outcome_of(call(0), [fact(-1), *after[:2]]).held


def test_copies_and_what_comes_later_do_not_count() -> None:
    after = [fact(1), fact(2), fact(3, copy_of="wire:1"), fact(6.5)]
    found = outcome_of(call(0), [fact(-1), *after])
    assert (found.after, found.held) == (2, False)


def test_lead_is_over_the_median_source() -> None:
    facts = [fact(-1), fact(2, source="b"), fact(4, source="c"), fact(5, source="c")]
    assert outcome_of(call(), facts).lead_hours == 2.0
    assert outcome_of(call(), facts[:2]).lead_hours is None


def test_a_merged_topic_is_known_again_by_its_items() -> None:
    facts = [fact(-1, topic="t9"), *(fact(h, topic="t9") for h in (1, 2, 3))]
    assert outcome_of(call(1), facts).after == 3


def test_the_measures_are_what_their_definitions_say() -> None:
    later = NOON + timedelta(hours=1)
    made = [
        (Call("a", NOON, 1, 0.9, 1, [], ""), Outcome("a", NOON, later, True, 5, 4, 2.0)),
        (Call("b", NOON, 2, 0.6, 1, [], ""), Outcome("b", NOON, later, False, 0, 4, 9.0)),
        (Call("c", later, 4, 0.5, 1, [], ""), Outcome("c", later, later, True, 5, 3, 4.0)),
        (Call("d", later, 5, 0.5, 1, [], ""), None),
    ]
    found = scorecard(made)
    assert (found.calls, found.resolved, found.moments, found.led) == (4, 3, 2, 2)
    assert found.held == pytest.approx(2 / 3)
    assert found.precision["1"] == 1.0
    assert found.precision["3"] == pytest.approx((0.5 + 1.0) / 2)
    assert found.brier == pytest.approx((0.01 + 0.36 + 0.25) / 3)
    assert found.brier_of_base_rate == pytest.approx(2 / 9)
    assert found.lead_hours == 3.0


def test_without_calls_nothing_is_claimed() -> None:
    found = scorecard([])
    assert (found.calls, found.held, found.brier, found.lead_hours) == (0, None, None, None)
