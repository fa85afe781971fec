"""What it would cost to carry something to a place on the list: posts by new accounts on a fresh topic.

The list of the moment is computed again with a made-up topic of more and more posts, until it stands where it should.
Every post is from an account of its own; they come over half an hour, on one source, as varied texts, which is the
cheapest that a brigade can do without founding sources of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from trend_agent.items import Item
from trend_agent.storage import Fact

TOPIC = "brigade"
SPREAD = timedelta(minutes=30)
MOST = 4096
"""Posts beyond which nobody asks."""

Places = Callable[[Sequence[Fact], datetime], dict[str, int]]
"""The place of each topic on the list of some facts at a moment."""


def brigade(posts: int, *, source: str, at: datetime, after: int, spread: timedelta = SPREAD) -> list[Fact]:
    """The facts of a made-up topic: `posts` items by as many new accounts within `spread` before `at`."""
    made = []
    for n in range(posts):
        seen = at - spread * ((posts - 1 - n) / max(posts, 1))
        item = Item(
            id=f"{TOPIC}:{n}",
            source=source,
            title=f"brigade says {n}",
            seen_at=seen,
            published_at=seen,
            author=f"{TOPIC} {n}",
        )
        made.append(Fact(after + n + 1, item, TOPIC, None))
    return made


def entry_cost(
    places: Places,
    facts: Sequence[Fact],
    at: datetime,
    *,
    place: int,
    source: str,
    spread: timedelta = SPREAD,
) -> int | None:
    """The fewest posts that reach `place` or better, within a twentieth; None where no number up to `MOST` does.

    Every size is tried from the smallest on: a larger brigade may be told as one where a smaller one is not."""
    last = max((fact.seq for fact in facts), default=0)

    def reached(posts: int) -> bool:
        made = brigade(posts, source=source, at=at, after=last, spread=spread)
        return places([*facts, *made], at)[TOPIC] <= place

    return next((posts for posts in _sizes() if reached(posts)), None)


def _sizes() -> Iterator[int]:
    """1 to `MOST` in steps of a twentieth."""
    size = 1
    while size < MOST:
        yield size
        size += max(1, size // 20)
    yield MOST


def entry_costs(
    places: Places, facts: Sequence[Fact], at: datetime, *, upto: int, source: str
) -> dict[int, int | None]:
    """What each place from 1 to `upto` costs, within a half: the list is computed once per step of √2."""
    last = max((fact.seq for fact in facts), default=0)
    costs: dict[int, int | None] = dict.fromkeys(range(1, upto + 1))
    steps = sorted({round(2 ** (step / 2)) for step in range(2 * MOST.bit_length() - 1)})
    for posts in steps:
        made = brigade(posts, source=source, at=at, after=last)
        reached = places([*facts, *made], at)[TOPIC]
        for place in range(reached, upto + 1):
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
