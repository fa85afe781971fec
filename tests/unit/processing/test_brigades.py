"""Posts in concert, and what it costs to carry something to a place."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import numpy as np
import pytest

from trend_agent.items import Item
from trend_agent.processing.brigades import earlier_days
from trend_agent.processing.entry_cost import (
    AGED_ACCOUNTS,
    TOPIC,
    Brigade,
    Contest,
    busiest_source,
    entry_cost,
    entry_costs,
)
from trend_agent.processing.rank import Ranker, RankSettings
from trend_agent.processing.rank.columns import Columns
from trend_agent.processing.rank.counts import Authors, Habits, counted_at, independence
from trend_agent.processing.rank.lines import line_of
from trend_agent.storage import Fact

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
DAY = timedelta(days=1)
numbered = count()


def post(seconds: float, author: str, source: str = "chat", url: str = "") -> Item:
    at = NOON + timedelta(seconds=seconds)
    key = f"post {next(numbered)}"
    return Item(id=key, source=source, title=key, url=url, seen_at=at, published_at=at, author=author)


def weights(
    items: Sequence[Item], known: Sequence[str] = (), *, days: int = 2, reach: float = 6
) -> list[float]:
    """What each post on a topic weighs; `known` posted something else on so many days before, and the log begins
    `reach` days before; the source is never silent for long."""
    before = [post(-3600 * hour, "") for hour in range(round(24 * reach), 0, -1)]
    before += [post(-86400 * (day + 1), name) for day in range(days) for name in known]
    facts = [Fact(n, item, item.id, None) for n, item in enumerate(before, 1)]
    facts += [Fact(1000 + n, item, "topic", None) for n, item in enumerate(items)]
    columns = Columns.of(line_of(fact) for fact in facts)
    settings = RankSettings()
    times = counted_at(columns, Habits.of(columns), settings)
    found = independence(columns, times, Authors.of(columns), settings)
    of = dict(zip(columns.ids(slice(None)), found.weights.tolist(), strict=True))
    return [of[item.id] for item in items]


def names(word: str, number: int) -> list[str]:
    return [f"{word}{n}" for n in range(number)]


@pytest.mark.parametrize("apart", [1, 240, 900])
def test_newcomers_without_company_together_weigh_less_than_two_posts(apart: float) -> None:
    crowd = [post(apart * n, name) for n, name in enumerate(names("new", 20))]
    assert weights(crowd) == pytest.approx([1 / n**2 for n in range(1, 21)])


def test_pages_of_their_own_do_not_help_newcomers() -> None:
    crowd = [post(n, name, url=f"https://{name}.example/") for n, name in enumerate(names("new", 20))]
    assert sum(weights(crowd)) < 1.65


def test_known_accounts_weigh_as_before_and_make_room_for_as_many_newcomers() -> None:
    old, new = names("old", 3), names("new", 6)
    told = [post(n, name) for n, name in enumerate([*old, *new])]
    found = weights(told, old)
    assert found[:7] == pytest.approx([1 / n for n in range(1, 8)])
    assert found[7:] == pytest.approx([1 / 8, 1 / 9])
    crowd = [post(n, name) for n, name in enumerate([*old, *names("new", 12)])]
    assert weights(crowd, old)[-1] == pytest.approx(1 / 9**2)


def test_one_known_account_that_posts_often_vouches_once() -> None:
    told = [post(n, "old") for n in range(5)] + [post(10 + n, name) for n, name in enumerate(names("new", 9))]
    assert weights(told, ["old"])[-1] == pytest.approx(1 / 8**2)


def test_an_account_is_known_once_it_was_seen_on_two_earlier_days() -> None:
    crowd = [post(n, name) for n, name in enumerate(names("aged", 6))]
    assert weights(crowd, names("aged", 6), days=1)[-1] == pytest.approx(1 / 6**2)
    assert weights(crowd, names("aged", 6), days=2)[-1] == pytest.approx(1 / 6)


def test_where_little_is_known_less_of_a_past_is_asked() -> None:
    crowd = [post(n, name) for n, name in enumerate(names("new", 6))]
    assert weights(crowd, names("new", 6), days=1, reach=3)[-1] == pytest.approx(1 / 6)
    assert weights(crowd, reach=3)[-1] == pytest.approx(1 / 6**2)
    assert weights(crowd, reach=1.5)[-1] == pytest.approx(1 / 6)


def test_named_authors_of_one_source_count_like_one_house_whatever_pages_they_link() -> None:
    old = names("old", 5)
    told = [post(n, name, url=f"https://{name}.example/") for n, name in enumerate(old)]
    assert weights(told, old) == pytest.approx([1 / n for n in range(1, 6)])
    nameless = [post(n, "", url=f"https://site{n}.example/") for n in range(5)]
    assert weights(nameless) == [1.0] * 5


def test_each_source_has_its_own_newcomers_and_few_papers_crowd_nobody() -> None:
    papers = [post(n, f"reporter {n}", source=f"paper {n}") for n in range(9)]
    assert weights(papers) == [1.0] * 9


def test_newcomers_of_hours_ago_are_forgotten() -> None:
    crowd = [post(-8 * 3600 + n, name) for n, name in enumerate(names("early", 9))]
    assert weights([*crowd, post(0, "late")])[-1] == 1.0


def test_earlier_days_are_counted_per_account_and_once_a_day() -> None:
    hours = [0, 1, 25, 49, 50, 30, 49]
    source, author = np.array([0, 0, 0, 0, 0, 1, 0]), np.array([7, 7, 7, 7, 7, 7, -1])
    found = earlier_days(source, author, NOON.timestamp() + 3600.0 * np.array(hours))
    assert [None if day != day else day for day in found.tolist()] == [0, 0, 1, 2, 2, 0, None]


def by_count(facts: Sequence[Fact], made: Sequence[Fact]) -> int:
    """The place of the brigade's topic by the number of items alone."""
    order = Counter(fact.topic for fact in [*facts, *made]).most_common()
    return [topic for topic, _ in order].index(TOPIC) + 1


def made_by(brigade: Brigade, posts: int) -> Sequence[Fact]:
    return brigade.facts(posts, source="chat", at=NOON, after=100)


NEW = partial(made_by, Brigade())


def test_the_cost_is_the_fewest_posts_that_reach_the_place() -> None:
    facts = [Fact(n, post(-n, f"a{n}"), f"t{n % 3}", None) for n in range(30)]
    assert entry_cost(partial(by_count, facts), NEW, place=1) == 11
    assert entry_cost(partial(by_count, facts), NEW, place=4) == 1


def test_each_place_costs_no_less_than_the_one_below_it() -> None:
    facts = [Fact(n, post(-n, f"a{n}"), f"t{min(n % 7, 2)}", None) for n in range(70)]
    assert entry_costs(partial(by_count, facts), NEW, upto=4) == {1: 64, 2: 11, 3: 11, 4: 1}


def test_a_small_brigade_is_found_even_where_larger_ones_are_told_as_one() -> None:
    assert entry_cost(lambda made: 1 if len(made) == 5 else 2, NEW, place=1) == 5


def test_a_place_nobody_can_buy_has_no_cost() -> None:
    assert entry_cost(lambda _: 99, NEW, place=10) is None


def test_a_brigade_is_of_as_many_accounts_as_posts_before_the_moment() -> None:
    made = made_by(Brigade(), 7)
    assert len({fact.item.author for fact in made}) == 7
    assert max(fact.item.seen_at for fact in made) == NOON
    assert [fact.seq for fact in made] == list(range(101, 108))


def test_aged_accounts_posted_elsewhere_before_and_that_is_part_of_the_cost() -> None:
    made = made_by(AGED_ACCOUNTS, 5)
    assert len(made) == AGED_ACCOUNTS.cost(5) == 15
    assert len({fact.item.author for fact in made}) == 5
    assert sum(fact.topic == TOPIC for fact in made) == 5
    assert {NOON - fact.item.seen_at for fact in made if fact.topic != TOPIC} == {DAY, 2 * DAY}


def test_a_brigade_with_one_text_is_told_as_copies_of_its_first_post() -> None:
    made = made_by(Brigade(same_text=True), 4)
    assert [fact.copy_of for fact in made] == [None, *[made[0].item.id] * 3]


def test_the_place_of_a_brigade_is_that_of_the_list_with_its_posts() -> None:
    facts = [Fact(n, post(-60 * (n % 97), "", f"paper {n % 7}"), f"t{n % 5}", None) for n in range(1, 99)]
    ranker, made = Ranker(), made_by(Brigade(), 3)
    listed = [standing.topic for standing in ranker([*facts, *made], NOON)]
    assert Contest(ranker, facts, NOON)(made) == listed.index(TOPIC) + 1


def test_a_brigade_posts_where_accounts_have_names() -> None:
    facts = [Fact(n, post(-n, "", source="wire"), "t", None) for n in range(9)]
    facts += [Fact(20 + n, post(-n, f"a{n}"), "t", None) for n in range(3)]
    assert busiest_source(facts) == "chat"
