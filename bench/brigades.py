"""What a brigade pays to enter the top 10, beside a plain velocity ranker, and what the discount costs the honest.

    python -m bench.brigades

Made worlds of two days and a half; each item is followed by up to four social posts within half an hour, a third of
them by accounts nobody saw before. A fresh topic is given more and more posts by new accounts on that social source,
all within a minute, over half an hour or over two hours, until it stands in the top 10. Velocity ranks by items in
the last three hours. A cost beyond 4,096 posts counts as 4,096. Kept is the share of the ten first topics, with all
posts nameless and so without discount, that stay among the ten with it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from bench.kept import keep
from trend_agent.items import Item
from trend_agent.processing.entry_cost import MOST, entry_cost
from trend_agent.processing.rank import Ranker
from trend_agent.sources.demo import World
from trend_agent.storage import Fact

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEEDS = (1, 2, 3)
SOCIAL = "demo:chirrup"
TOP = 10
WAYS = {
    "in a minute": timedelta(minutes=1),
    "over half an hour": timedelta(minutes=30),
    "over two hours": timedelta(hours=2),
}


def velocity(facts: Sequence[Fact], at: datetime) -> dict[str, int]:
    lately = Counter(f.topic for f in facts if at - timedelta(hours=3) < f.item.happened_at <= at)
    return {topic: place for place, (topic, _) in enumerate(lately.most_common(), 1)}


def ours(facts: Sequence[Fact], at: datetime) -> dict[str, int]:
    return {standing.topic: standing.rank for standing in Ranker()(facts, at)}


def world(seed: int, *, named: bool = True) -> list[Fact]:
    """A made world in its true topics, and what people post about it."""
    chance = random.Random(seed)
    made = World(seed=seed, days=2.5, per_day=600, until=UNTIL)
    placed = []
    for item in made.items():
        story = made.truth[item.id].story
        topic = f"story {story}" if story is not None else item.id
        placed += [(item, topic), *((post, topic) for post in _posts(item, chance, named=named))]
    placed = [pair for pair in placed if pair[0].seen_at <= UNTIL]
    placed.sort(key=lambda pair: (pair[0].seen_at, pair[0].id))
    return [Fact(seq, item, topic, None) for seq, (item, topic) in enumerate(placed, 1)]


def _posts(item: Item, chance: random.Random, *, named: bool) -> Iterator[Item]:
    for n in range(chance.randrange(5)):
        at = item.seen_at + timedelta(minutes=30 * chance.random())
        who = f"a{chance.randrange(200)}" if chance.random() < 0.67 else f"once {item.id} {n}"
        yield Item(
            id=f"{item.id}/{n}",
            source=SOCIAL,
            title=f"{item.title} {n}",
            seen_at=at,
            published_at=at,
            author=who if named else "",
        )


def measured(seed: int) -> dict[str, Any]:
    facts = world(seed)
    found: dict[str, Any] = {}
    for name, spread in WAYS.items():
        for ranker, places in (("velocity", velocity), ("ours", ours)):
            cost = entry_cost(places, facts, UNTIL, place=TOP, source=SOCIAL, spread=spread)
            found[f"{ranker}, {name}"] = cost or MOST
    plain, discounted = ours(world(seed, named=False), UNTIL), ours(facts, UNTIL)
    best = {topic for topic, place in plain.items() if place <= TOP}
    found["kept"] = sum(discounted[topic] <= TOP for topic in best) / len(best)
    return found


def main() -> None:
    rows = [measured(seed) for seed in SEEDS]
    found = {name: median(row[name] for row in rows) for name in rows[0]}
    for way in WAYS:
        ratios = [row[f"ours, {way}"] / row[f"velocity, {way}"] for row in rows]
        found[f"times the cost, {way}"] = round(median(ratios), 1)
    keep("brigades", {**found, "worlds": len(rows)})


if __name__ == "__main__":
    main()
