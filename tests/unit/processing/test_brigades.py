"""Posts in concert, and what it costs to carry something to a place."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from trend_agent.items import Item
from trend_agent.processing.brigades import appearances, coordinated
from trend_agent.processing.entry_cost import TOPIC, brigade, busiest_source, entry_cost, entry_costs
from trend_agent.storage import Fact

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NOON = BEGIN + timedelta(hours=60)


def post(seconds: float, author: str, title: str = "", source: str = "chat") -> Item:
    at = NOON + timedelta(seconds=seconds)
    key = f"{author}{seconds}"
    return Item(id=key, source=source, title=title or key, seen_at=at, published_at=at, author=author)


def weights(items: Sequence[Item], known: Sequence[str] = ()) -> list[float]:
    first = {**appearances(items), **{("chat", name): BEGIN for name in known}}
    return list(coordinated(items, first=first, begin=BEGIN))


def test_new_accounts_in_one_minute_are_one_voice() -> None:
    burst = [post(10 * n, f"new{n}") for n in range(5)]
    assert weights(burst) == pytest.approx([0.2] * 5)


def test_new_accounts_with_one_text_are_one_voice_even_minutes_apart() -> None:
    burst = [post(300 * n, f"new{n}", "Buy   this NOW") for n in range(4)]
    assert weights(burst) == pytest.approx([0.25] * 4)


def test_accounts_that_were_there_before_keep_their_weight() -> None:
    names = [f"old{n}" for n in range(6)]
    organic = [post(10 * n, name) for n, name in enumerate(names)]
    assert weights(organic, names) == [1.0] * 6
    mixed = [*organic, post(70, "new1"), post(75, "new2"), post(80, "new3")]
    assert weights(mixed, names) == [1.0] * 9


def test_few_or_far_apart_or_nameless_posts_keep_their_weight() -> None:
    assert weights([post(0, "a"), post(5, "b")]) == [1.0, 1.0]
    assert weights([post(400 * n, f"new{n}") for n in range(6)]) == [1.0] * 6
    assert weights([post(n, "") for n in range(6)]) == [1.0] * 6


def test_nobody_is_new_at_the_beginning_of_what_is_known() -> None:
    burst = [post(10 * n, f"new{n}") for n in range(5)]
    known_since = NOON - timedelta(hours=3)
    assert list(coordinated(burst, first=appearances(burst), begin=known_since)) == [1.0] * 5


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
