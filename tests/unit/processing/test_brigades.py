"""Posts in concert, and what it costs to carry something to a place."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from trend_agent.items import Item
from trend_agent.processing.entry_cost import TOPIC, brigade, busiest_source, entry_cost, entry_costs
from trend_agent.processing.rank.columns import Columns, line_of
from trend_agent.processing.rank.counts import Authors
from trend_agent.storage import Fact

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NOON = BEGIN + timedelta(hours=60)


def post(seconds: float, author: str, title: str = "", source: str = "chat") -> Item:
    at = NOON + timedelta(seconds=seconds)
    key = f"{author}{seconds}"
    return Item(id=key, source=source, title=title or key, seen_at=at, published_at=at, author=author)


def concert(items: Sequence[Item], known: Sequence[str] = (), *, begin: datetime = BEGIN) -> list[float]:
    """How many posts each of a topic is in concert with; `known` wrote of something else at the beginning."""
    before = [Item(f"old {n}", "chat", "hello", begin, author=name) for n, name in enumerate(["", *known])]
    facts = [Fact(n, item, "before", None) for n, item in enumerate(before, 1)]
    facts += [Fact(1000 + n, item, "topic", None) for n, item in enumerate(items)]
    columns = Columns.of(line_of(fact) for fact in facts)
    found = Authors.of(columns).concert(columns)
    assert set(found[: len(before)]) == {1.0}
    return [float(n) for n in found[len(before) :]]


@pytest.mark.parametrize("apart", [10, 240])
def test_new_accounts_close_together_are_one_voice(apart: float) -> None:
    burst = [post(apart * n, f"new{n}") for n in range(5)]
    assert concert(burst) == [5.0] * 5


def test_new_accounts_with_one_text_are_one_voice_even_minutes_apart() -> None:
    burst = [post(400 * n, f"new{n}", "Buy   this NOW") for n in range(4)]
    assert concert(burst) == [4.0] * 4


def test_accounts_that_were_there_before_keep_their_weight() -> None:
    names = [f"old{n}" for n in range(6)]
    organic = [post(10 * n, name) for n, name in enumerate(names)]
    assert concert(organic, names) == [1.0] * 6
    mixed = [*organic, post(70, "new1"), post(75, "new2"), post(80, "new3")]
    assert concert(mixed, names) == [1.0] * 9


def test_few_or_far_apart_or_nameless_posts_keep_their_weight() -> None:
    assert concert([post(0, "a"), post(5, "b")]) == [1.0, 1.0]
    assert concert([post(400 * n, f"new{n}") for n in range(6)]) == [1.0] * 6
    assert concert([post(n, "") for n in range(6)]) == [1.0] * 6


def test_one_burst_on_two_sources_is_two() -> None:
    burst = [post(10 * n, f"new{n}", source=("chat", "forum")[n % 2]) for n in range(7)]
    assert concert(burst) == [4.0, 3.0, 4.0, 3.0, 4.0, 3.0, 4.0]


def test_nobody_is_new_at_the_beginning_of_what_is_known() -> None:
    burst = [post(10 * n, f"new{n}") for n in range(5)]
    assert concert(burst, begin=NOON - timedelta(hours=3)) == [1.0] * 5


def by_count(facts: Sequence[Fact], at: datetime) -> dict[str, int]:
    order = Counter(fact.topic for fact in facts if fact.item.seen_at <= at).most_common()
    return {topic: place for place, (topic, _) in enumerate(order, 1)}


def test_the_cost_is_the_fewest_posts_that_reach_the_place() -> None:
    facts = [Fact(n, post(-n, f"a{n}"), f"t{n % 3}", None) for n in range(30)]
    assert entry_cost(by_count, facts, NOON, place=1, source="chat") == 11
    assert entry_cost(by_count, facts, NOON, place=4, source="chat") == 1


def test_each_place_costs_no_less_than_the_one_below_it() -> None:
    facts = [Fact(n, post(-n, f"a{n}"), f"t{min(n % 7, 2)}", None) for n in range(70)]
    costs = entry_costs(by_count, facts, NOON, upto=4, source="chat")
    assert costs == {1: 64, 2: 11, 3: 11, 4: 1}


def test_a_small_brigade_is_found_even_where_larger_ones_are_told_as_one() -> None:
    def only_five(facts: Sequence[Fact], at: datetime) -> dict[str, int]:
        return {TOPIC: 1 if len(facts) == 5 else 2}

    assert entry_cost(only_five, [], NOON, place=1, source="chat") == 5


def test_a_place_nobody_can_buy_has_no_cost() -> None:
    def never(facts: Sequence[Fact], at: datetime) -> dict[str, int]:
        return {TOPIC: 99}

    assert entry_cost(never, [], NOON, place=10, source="chat") is None


def test_a_brigade_is_of_as_many_accounts_as_posts_before_the_moment() -> None:
    made = brigade(7, source="chat", at=NOON, after=3)
    assert len({fact.item.author for fact in made}) == 7
    assert max(fact.item.seen_at for fact in made) == NOON
    assert [fact.seq for fact in made] == list(range(4, 11))


def test_a_brigade_posts_where_accounts_have_names() -> None:
    facts = [Fact(n, post(-n, "", source="wire"), "t", None) for n in range(9)]
    facts += [Fact(20 + n, post(-n, f"a{n}"), "t", None) for n in range(3)]
    assert busiest_source(facts) == "chat"
