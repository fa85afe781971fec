"""Ranking: what rises is above what is merely large, every score adds up, and the future plays no part."""

from datetime import datetime, timedelta

import pytest

from trend_agent.items import Item
from trend_agent.processing.rank import Ranker, RankSettings, Standing
from trend_agent.storage import Fact


class Log:
    """Facts in log order, by topic, source and hours before noon."""

    def __init__(self, noon: datetime) -> None:
        self.noon = noon
        self.facts: list[Fact] = []

    def add(
        self, topic: str, source: str, hours: float, *, copy_of: str | None = None, points: float = 0
    ) -> None:
        at = self.noon - timedelta(hours=hours)
        seq = len(self.facts) + 1
        engagement = {"points": points} if points else {}
        item = Item(f"i{seq}", source, f"title {topic}", seen_at=at, published_at=at, engagement=engagement)
        self.facts.append(Fact(seq, item, topic, copy_of))

    def ranked(self) -> list[Standing]:
        return Ranker()(self.facts, self.noon)


def steady(log: Log, topic: str, *, every: float = 3) -> None:
    for k in range(int(70 / every)):
        log.add(topic, f"s{k % 5}", 70 - k * every)


def test_a_sudden_rise_is_above_a_large_steady_topic(noon: datetime) -> None:
    log = Log(noon)
    steady(log, "weather")
    for k in range(8):
        log.add("quake", f"s{k}", 0.3 * k)
    first, second = log.ranked()
    assert (first.topic, first.state) == ("quake", "new")
    assert second.topic == "weather"
    assert second.state in ("steady", "peaking")
    assert first.confidence > second.confidence


def test_every_score_is_the_sum_of_its_terms_and_the_order_is_that_of_scores(noon: datetime) -> None:
    log = Log(noon)
    for n in range(12):
        for k in range(n + 1):
            log.add(f"t{n}", f"s{k % 3}", 1.7 * k)
    ranked = log.ranked()
    scores = [s.receipt.score for s in ranked]
    assert scores == sorted(scores, reverse=True)
    for standing in ranked:
        assert sum(t.value for t in standing.receipt.terms) == pytest.approx(
            standing.receipt.score, abs=1e-12
        )
    assert [s.rank for s in ranked] == list(range(1, 13))


def test_copies_and_repeats_of_one_source_count_little(noon: datetime) -> None:
    log = Log(noon)
    for k in range(6):
        log.add("reports", f"s{k}", 0.5 * k)
    for k in range(12):
        log.add("echo", f"m{k}", 0.2 * k, copy_of="i1" if k else None)
    for k in range(12):
        log.add("mill", "one", 0.2 * k)
    order = [s.topic for s in log.ranked()]
    assert order[0] == "reports"
    breadth = {
        s.topic: t.inputs["effective_sources"]
        for s in log.ranked()
        for t in s.receipt.terms
        if t.name == "breadth"
    }
    assert breadth["mill"] <= 1
    assert 5 < breadth["reports"] <= 6


def test_an_undated_item_is_kept_but_never_new(noon: datetime) -> None:
    undated = Item("i1", "s", "title", seen_at=noon)
    dated = Item("i2", "s", "title", seen_at=noon, published_at=noon)
    ranked = Ranker()([Fact(1, undated, "undated", None), Fact(2, dated, "dated", None)], noon)
    assert [s.topic for s in ranked] == ["dated", "undated"]
    assert ranked[1].velocity == 0


def test_old_news_seen_late_is_no_rise(noon: datetime) -> None:
    late = [
        Fact(k, Item(f"i{k}", f"s{k}", "t", noon, published_at=noon - timedelta(hours=60)), "old", None)
        for k in range(9)
    ]
    (standing,) = Ranker()(late, noon)
    assert standing.state == "fading"
    assert standing.velocity == 0


def test_a_topic_gone_quiet_is_fading(noon: datetime) -> None:
    log = Log(noon)
    for k in range(10):
        log.add("gone", f"s{k}", 14 + 0.2 * k)
    (standing,) = log.ranked()
    assert standing.state == "fading"


def test_the_series_covers_24_hours_oldest_first(noon: datetime) -> None:
    log = Log(noon)
    for hours in (0.0, 0.5, 23.5, 30):
        log.add("t", "s", hours)
    (standing,) = log.ranked()
    assert len(standing.series) == 24
    assert standing.series[23] == 2
    assert standing.series[0] == 1


def test_one_source_leading_many_topics_makes_room(noon: datetime) -> None:
    log = Log(noon)
    for n in range(6):
        for _ in range(3):
            log.add(f"same{n}", "one", 0.1)
        log.add(f"same{n}", "two", 0.2)
    for _ in range(3):
        log.add("other", "three", 0.1)
    log.add("other", "two", 0.3)
    ranked = log.ranked()
    assert [s.topic for s in ranked].index("other") <= 2
    assert any(t.name == "balance" and t.value < 0 for s in ranked for t in s.receipt.terms)


def test_other_settings_have_another_hash() -> None:
    assert RankSettings().hash == RankSettings().hash
    assert RankSettings(rise=0.9).hash != RankSettings().hash


def test_no_facts_make_no_trends(noon: datetime) -> None:
    assert Ranker()([], noon) == []
