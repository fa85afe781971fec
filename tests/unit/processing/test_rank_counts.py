"""When items count and how much: feeds that die and return, dates that cannot be, voices that repeat others."""

from datetime import datetime, timedelta

import pytest

from made_stream import Stream, inputs
from trend_agent.items import Item
from trend_agent.processing.rank import Ranker, RankSettings
from trend_agent.processing.rank.columns import Columns
from trend_agent.processing.rank.counts import Authors, Habits, counted_at, dead_sources, independence
from trend_agent.processing.rank.lines import line_of
from trend_agent.storage import Fact


def weights(stream: Stream) -> list[float]:
    columns = Columns.of(line_of(fact) for fact in stream.facts)
    times = counted_at(columns, Habits.of(columns), RankSettings())
    found = independence(columns, times, Authors.of(columns), RankSettings())
    return [float(w) for w in found.weights]


def test_the_nth_item_of_a_house_or_an_author_within_hours_counts_one_nth(noon: datetime) -> None:
    stream = Stream(noon)
    for hours in (9.5, 3, 2, 1):
        stream.add("t", "one", hours)
    assert weights(stream) == pytest.approx([1, 1, 1 / 2, 1 / 3])
    for source in ("two", "three", "four"):
        stream.add("t", source, 0.5, author="Ilse Norden")
    assert weights(stream)[4:] == pytest.approx([1, 1 / 2, 1 / 3])
    stream.add("u", "one", 0.2)
    assert weights(stream)[-1] == 1


def test_copies_and_reprints_of_an_agency_count_little(noon: datetime) -> None:
    stream = Stream(noon)
    body = "LISBON (Reuters) - A ferry sank in heavy seas on Tuesday, and at least 12 people drowned. " * 3
    first = stream.add("t", "reuters.com", 3, body=body, url="https://www.reuters.com/a")
    stream.add("t", "paper", 2, body=body.replace("heavy", "high"), url="https://paper.example/a")
    stream.add("t", "gazette", 2, copy_of=first.id, url="https://gazette.example/a")
    stream.add("t", "bulletin", 1, body="Our own reporter saw it. " * 9, url="https://bulletin.example/a")
    assert sorted(weights(stream)) == pytest.approx([0.2, 0.2, 1, 1])
    assert inputs(stream.standing("t"), "breadth")["effective_sources"] == pytest.approx(2, abs=0.5)


def test_a_feed_that_died_is_no_drop(noon: datetime) -> None:
    stream = Stream(noon)
    stream.newsroom()
    for hours in range(0, 60, 3):
        for feed in range(8):
            stream.add("harbour", f"s{feed:02}", hours + 0.3 * feed)
    for hours in range(1, 60, 3):
        stream.add("harbour", "s11", hours)
    died = {f"s{feed:02}" for feed in range(8)}
    there = [
        f for f in stream.facts if f.item.source not in died or noon - f.item.seen_at > timedelta(hours=6)
    ]
    columns = Columns.of(line_of(fact) for fact in there)
    dead = dead_sources(columns, Habits.of(columns), noon.timestamp())
    assert {columns.sources[k] for k in dead.nonzero()[0]} == died
    stream.facts = there
    assert stream.standing("harbour").state == "steady"
    for feed in died:
        stream.add("elsewhere", feed, 0.1)
    assert stream.standing("harbour").state == "fading"


@pytest.mark.parametrize("stamped", [False, True], ids=["dated as published", "dated by the return"])
def test_a_feed_that_returns_with_a_backlog_is_no_burst(noon: datetime, stamped: bool) -> None:
    stream = Stream(noon)
    stream.newsroom()
    for hours in range(80):
        stream.add("harbour", "away", 16 + hours)
    quiet = stream.standing("harbour")
    for hours in range(12):
        since = 0.2 + hours
        if stamped:
            stream.add("harbour", "away", 0.15, late=0.05, id=f"b{hours}")
        else:
            stream.add("harbour", "away", since, late=since - 0.1, id=f"b{hours}")
    returned = stream.standing("harbour")
    assert returned.alarm is None
    assert inputs(returned, "surprise")["log10_odds"] < 2.5
    assert inputs(returned, "rise")["per_hour_now"] < 1
    assert quiet.alarm is None
    for source in range(12):
        stream.add("harbour", f"n{source}", 0.1 * source)
    risen = stream.standing("harbour")
    assert risen.alarm is not None
    assert inputs(risen, "surprise")["log10_odds"] > 5


def test_a_backlog_under_one_date_is_spread_over_the_time_the_feed_was_away(noon: datetime) -> None:
    stream = Stream(noon)
    for hours in range(30):
        stream.add("a", "feed", 12 + hours)
    for n in range(10):
        stream.add("a", "feed", 0.5, id=f"b{n}")
    columns = Columns.of(line_of(fact) for fact in stream.facts)
    times = counted_at(columns, Habits.of(columns), RankSettings())
    back = (noon.timestamp() - times[-10:]) / 3600
    assert back.max() < 12
    assert back.min() > 0.5
    assert list(back) == sorted(back, reverse=True)
    assert back.mean() == pytest.approx(6.25, abs=0.1)


def test_an_undated_item_is_in_no_count_of_now_nor_in_any_surprise(noon: datetime) -> None:
    facts = [Fact(n, Item(f"i{n}", f"s{n}", "title", noon), "t", None) for n in range(1, 15)]
    (standing,) = Ranker()(facts, noon)
    assert standing.velocity == 0
    assert standing.alarm is None
    rise = inputs(standing, "rise")
    assert (rise["per_hour_now"], rise["per_hour_before"], rise["past_rises"]) == (0.0, 0.0, 0.0)
    assert inputs(standing, "surprise")["log10_odds"] == 0


def test_a_date_ahead_of_its_sight_counts_as_seen(noon: datetime) -> None:
    stream = Stream(noon)
    stream.add("t", "s", -30, late=-31)
    assert inputs(stream.standing("t"), "rise")["per_hour_now"] == pytest.approx(1 / 3, abs=1e-6)


def test_engagement_is_compared_within_its_source(noon: datetime) -> None:
    stream = Stream(noon)
    for n in range(9):
        stream.add(f"small{n}", "forum", 0.1, engagement={"points": float(n)})
        stream.add(f"large{n}", "video", 0.1, engagement={"views": 1e6 * n})
    loud = {s.topic: inputs(s, "engagement")["percentile_in_source"] for s in stream.ranked()}
    assert loud["small8"] == pytest.approx(loud["large8"])
    assert loud["small8"] > loud["large3"] > loud["small1"]
