"""What was not seen, in made-up worlds whose truth is known."""

from datetime import UTC, datetime

import numpy as np
import pytest

from trend_agent.items import Item
from trend_agent.processing.missed import estimate, missed
from trend_agent.processing.missed.estimate import chao
from trend_agent.storage import Fact

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def world(seed, *, topics=400, voices=15, spread=1.0):
    """The voices that told of each topic that any of them told."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-2.5, 0.8, voices)[None, :] + spread * rng.normal(size=topics)[:, None]
    told = rng.random((topics, voices)) < 1 / (1 + np.exp(-odds))
    return [{f"v{j}" for j in np.flatnonzero(row)} for row in told if row.any()]


def test_the_interval_holds_the_truth_in_most_worlds():
    """Of 30 worlds a 90 % interval misses 3; that it misses over 7 has a chance of 1 in 500."""
    found = [estimate(world(seed)) for seed in range(30)]
    assert sum(not one.lower <= 400 <= one.upper for one in found) <= 7
    assert np.median([one.total for one in found]) == pytest.approx(400, rel=0.1)


def test_where_everybody_sees_everything_it_may_be_that_nothing_is_missed():
    """Nor can it be excluded that there are topics of a kind that nobody ever sees."""
    found = estimate([{f"v{j}" for j in range(8)}] * 100)
    assert (found.seen, found.at_least) == (100, 100)
    assert found.lower == pytest.approx(100, abs=0.5)
    assert found.total < 120


def test_more_topics_told_by_one_alone_mean_more_missed():
    shared = [{"a", "b"}, {"c", "d"}, {"a", "c", "d"}] * 15
    few, many = ([*shared, *[{v} for v in "abcd"] * n] for n in (3, 12))
    assert estimate(few).total - estimate(few).seen < estimate(many).total - estimate(many).seen


def test_the_bound_of_chao_is_what_its_formula_says():
    of = np.array([0, 10, 5, 1, 0.0])
    assert chao(of) == pytest.approx(16 + 3 / 4 * 10 * 9 / 12)


@pytest.mark.parametrize(
    "told", [[], [{"a"}] * 100, [{"a", "b", "c", "d"}] * 5, [{"a"}, {"b"}, {"c"}, {"d"}] * 30]
)
def test_too_little_is_said_to_be_too_little(told):
    found = estimate(told)
    assert (found.total, found.lower, found.upper) == (None, None, None)
    assert "say too little" in found.reason


def fact(topic, source, lang="en", **item):
    about = Item(f"{source}:{topic}:{len(item)}", source, "t", NOON, lang=lang, **item)
    return Fact(1, about, topic, None)


def test_each_language_is_told_apart_and_one_nobody_can_tell_is_left_out():
    facts = [fact(f"t{n}", f"s{m}", lang) for lang in ("en", "de") for n in range(3) for m in range(2)]
    found = missed([*facts, fact("t9", "s1", "en"), fact("t9", "s1", "und")])
    assert [(one.lang, one.topics, one.voices) for one in found] == [("en", 4, 2), ("de", 3, 2)]


def test_feeds_of_one_house_are_one_voice():
    urls = ["https://www.bbc.co.uk/a", "https://news.bbc.co.uk/b", "https://dw.com/c"]
    found = missed([fact("t", f"rss:{n}", url=url) for n, url in enumerate(urls)])
    assert found[0].voices == 2


def test_a_world_gives_the_same_answer_twice_whatever_the_order():
    told = world(7)
    assert estimate(told) == estimate(told[::-1])
