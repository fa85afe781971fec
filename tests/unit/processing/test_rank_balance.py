"""A varied list: in the order of its scores, nearer to the wanted mix, and the same as looking at all each time."""

from dataclasses import replace
from datetime import datetime
from random import Random

import pytest

from made_stream import Stream
from trend_agent.processing.rank import Ranker
from trend_agent.processing.rank.balance import Candidate, Page, balanced, divergence, target_mix
from trend_agent.processing.rank.columns import Columns
from trend_agent.processing.rank.lines import line_of
from trend_agent.processing.rank.settings import RankSettings

SETTINGS = RankSettings()
CATEGORIES = ("economy", "sports", "science", "health")


def candidates(number: int, *, seed: int = 1) -> list[Candidate]:
    """Topics of which the best are nearly all of one category and of one house."""
    chance = Random(seed)
    made = []
    for n in range(number):
        early = n < number // 3 and chance.random() < 0.9
        category = "economy" if early else chance.choice(CATEGORIES)
        words = frozenset(f"w{chance.randrange(40)}" for _ in range(6))
        house = "wire" if early and chance.random() < 0.5 else f"house{chance.randrange(30)}"
        made.append(Candidate(n, f"t{n:03}", 8.0 - 6.0 * n / number, house, category, words))
    return made


def looking_at_all(pool: list[Candidate], target: dict[str, float]) -> list[str]:
    """The greedy pass without any shortcut."""
    page, left, order = Page(SETTINGS, target), list(pool), []
    while left:
        worth = {one.topic: one.relevance + sum(t.value for t in page.terms(one)) for one in left}
        best = min(left, key=lambda one: (-worth[one.topic], one.topic))
        page.take(best)
        left.remove(best)
        order.append(best.topic)
    return order


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_list_is_that_of_looking_at_all_topics_at_each_step(seed: int) -> None:
    target = target_mix([one.category for one in candidates(60, seed=seed)], SETTINGS)
    found = [one.topic for _, one, _ in balanced(candidates(60, seed=seed), SETTINGS, target)]
    assert found == looking_at_all(candidates(60, seed=seed), target)


def test_scores_fall_along_the_list_and_are_sums() -> None:
    pool = candidates(90)
    target = target_mix([one.category for one in pool], SETTINGS)
    found = list(balanced(pool, SETTINGS, target))
    scores = [score for score, _, _ in found]
    assert scores == sorted(scores, reverse=True)
    assert all(
        score == pytest.approx(one.relevance + sum(t.value for t in terms), abs=1e-12)
        for score, one, terms in found
    )


def test_the_page_comes_nearer_to_the_wanted_mix() -> None:
    pool = candidates(90)
    target = target_mix([one.category for one in pool], SETTINGS)
    plain = divergence(target, [one.category for one in pool[: SETTINGS.page]])
    varied = [one.category for _, one, _ in balanced(pool, SETTINGS, target)][: SETTINGS.page]
    assert divergence(target, varied) < 0.5 * plain
    assert sum(target.values()) == pytest.approx(1)


def test_a_list_of_one_category_is_left_in_its_order() -> None:
    pool = [Candidate(n, f"t{n}", 5.0 - n, f"h{n}", "sports", frozenset({f"w{n}"})) for n in range(5)]
    found = list(balanced(pool, SETTINGS, target_mix(["sports"] * 5, SETTINGS)))
    assert [one.topic for _, one, _ in found] == ["t0", "t1", "t2", "t3", "t4"]
    assert all(not terms for _, _, terms in found)


def test_topics_that_share_words_make_room() -> None:
    words = frozenset({"harbour", "fire", "ferry"})
    pool = [
        Candidate(0, "a", 3.0, "x", "", words),
        Candidate(1, "b", 2.9, "y", "", words),
        Candidate(2, "c", 2.8, "z", "", frozenset({"election"})),
    ]
    found = list(balanced(pool, SETTINGS, target_mix([""] * 3, SETTINGS)))
    assert [one.topic for _, one, _ in found] == ["a", "c", "b"]
    assert found[2][2][0].inputs == {"shared_words": 1.0, "beside": "a"}


def test_topics_beyond_the_pool_come_before_what_variety_costs_more(noon: datetime) -> None:
    stream = Stream(noon)
    for n in range(30):
        for k in range(4):
            stream.add(
                f"t{n:02}", "one" if k == 0 else f"s{n}{k}", 1 + 0.1 * k + 0.01 * n, title=f"word{n} wins"
            )
    ranker = Ranker(replace(RankSettings(), pool=8, source=0.9))
    moment = ranker.measured(Columns.of(line_of(fact) for fact in stream.facts), noon)
    close = {seq for topic in ranker.close(moment, 12) for seq in moment.places(topic)}
    listed = ranker.standings(moment, {f.seq: f for f in stream.facts if f.seq in close}, limit=12)
    scores = [s.receipt.score for s in listed]
    assert scores == sorted(scores, reverse=True)
    assert {s.category for s in listed} >= {""}
    assert len(listed) == 12
