"""What it would cost to carry something to a place on the list: posts on a fresh topic, by as many accounts.

The list of the moment is computed again with a made-up topic of more and more posts, until it stands where it should.
The posts go out through one source: who founds sources of his own needs an operator who reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trend_agent.items import Item
from trend_agent.processing.rank import Ranker
from trend_agent.processing.rank.columns import Columns
from trend_agent.processing.rank.lines import line_of
from trend_agent.storage import Fact

TOPIC = "brigade"
MOST = 4096
"""Posts beyond which nobody asks."""

Place = Callable[[Sequence[Fact]], int]
"""The place the topic takes when a brigade's facts are added to those of the moment."""


@dataclass(frozen=True, slots=True)
class Brigade:
    """How a brigade goes about it. Every post is from an account of its own, the last at the moment of the list."""

    spread: timedelta = timedelta(minutes=30)
    """How long before the moment the first post comes."""
    aged_days: int = 0
    """On so many earlier days each account posts something else, to look known."""
    aged_share: float = 1.0
    """Share of the accounts that are aged so."""
    same_text: bool = False
    """All say the same; the stage that finds copies has then told so."""
    own_pages: bool = False
    """Each post links to a page of a site of its own."""

    def facts(self, posts: int, *, source: str, at: datetime, after: int) -> list[Fact]:
        """The posts on the topic and those that aged the accounts, with places in the log from `after` on."""
        made = [*self._ageing(posts, source, at), *self._posts(posts, source, at)]
        return [
            Fact(after + n, item, topic, f"{TOPIC}:0" if topic == TOPIC and self._copies(item) else None)
            for n, (item, topic) in enumerate(made, 1)
        ]

    def cost(self, posts: int) -> int:
        """Posts in all, with those that aged the accounts."""
        return posts + self.aged_days * round(posts * self.aged_share)

    def _copies(self, item: Item) -> bool:
        return self.same_text and item.id != f"{TOPIC}:0"

    def _posts(self, posts: int, source: str, at: datetime) -> Iterator[tuple[Item, str]]:
        for n in range(posts):
            text = f"{TOPIC} says {0 if self.same_text else n}"
            url = f"https://{TOPIC}{n}.example/page" if self.own_pages else ""
            seen = at - self.spread * ((posts - 1 - n) / max(posts, 1))
            yield _post(f"{TOPIC}:{n}", source, text, url, seen, n), TOPIC

    def _ageing(self, posts: int, source: str, at: datetime) -> Iterator[tuple[Item, str]]:
        for day in range(self.aged_days, 0, -1):
            for n in range(round(posts * self.aged_share)):
                key = f"{TOPIC}:{n} {day} days before"
                yield _post(key, source, f"{n} has a cat", "", at - timedelta(days=day), n), key


def _post(key: str, source: str, title: str, url: str, at: datetime, account: int) -> Item:
    return Item(
        id=key,
        source=source,
        title=title,
        url=url,
        seen_at=at,
        published_at=at,
        author=f"{TOPIC} {account}",
    )


NEW_ACCOUNTS = Brigade()
AGED_ACCOUNTS = Brigade(aged_days=2)


class Contest:
    """The list of a moment, to be computed again with the posts of a brigade added."""

    def __init__(self, ranker: Ranker, facts: Sequence[Fact], at: datetime) -> None:
        self.ranker, self.at = ranker, at
        self.facts = {fact.seq: fact for fact in facts}
        self.lines = [line_of(fact) for fact in facts]

    def __call__(self, made: Sequence[Fact]) -> int:
        """The place of the brigade's topic."""
        columns = Columns.of([*self.lines, *(line_of(fact) for fact in made)])
        moment = self.ranker.measured(columns, self.at)
        facts = self.facts | {fact.seq: fact for fact in made}
        places = enumerate(self.ranker.placed(moment, facts), 1)
        return next(place for place, one in places if columns.topics[one.key] == TOPIC)


def entry_cost(
    place_of: Place, made_of: Callable[[int], Sequence[Fact]], *, place: int, most: int = MOST
) -> int | None:
    """The fewest posts on the topic that reach `place` or better; None where no number up to `most` does. `made_of`
    gives the facts of a brigade by the number of its posts.

    Sizes are tried from the smallest on, at first a quarter apart and then one by one: a larger brigade may be told
    as one where a smaller one is not."""

    def reached(posts: int) -> bool:
        return place_of(made_of(posts)) <= place

    before = 0
    for posts in _sizes(most):
        if reached(posts):
            return next(
                number for number in range(before + 1, posts + 1) if number == posts or reached(number)
            )
        before = posts
    return None


def _sizes(most: int) -> Iterator[int]:
    """1 to `most` in steps of a quarter."""
    size = 1
    while size < most:
        yield size
        size += max(1, size // 4)
    yield most


def entry_costs(
    place_of: Place, made_of: Callable[[int], Sequence[Fact]], *, upto: int
) -> dict[int, int | None]:
    """What each place from 1 to `upto` costs in posts on the topic, within a half: the list is computed once per
    step of √2."""
    costs: dict[int, int | None] = dict.fromkeys(range(1, upto + 1))
    steps = sorted({round(2 ** (step / 2)) for step in range(2 * MOST.bit_length() - 1)})
    for posts in steps:
        for place in range(place_of(made_of(posts)), upto + 1):
            costs[place] = costs[place] or posts
        if costs[1]:
            break
    return costs


def busiest_source(facts: Sequence[Fact]) -> str:
    """The source with the most items by named accounts, else with the most items: where a brigade would post."""
    counts: dict[str, tuple[int, int]] = {}
    for fact in facts:
        named, of_all = counts.get(fact.item.source, (0, 0))
        counts[fact.item.source] = (named + bool(fact.item.author), of_all + 1)
    return (
        min(counts, key=lambda source: (-counts[source][0], -counts[source][1], source))
        if counts
        else "brigade"
    )
