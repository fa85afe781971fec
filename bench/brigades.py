"""What a brigade pays to enter the top 10, beside a plain velocity ranker, and what the discount costs the honest.

    python -m bench.brigades

Made worlds of six days; each item is followed by up to four social posts within half an hour, a third of them by
accounts nobody saw before and the others by 2,000 accounts, some of which post much and most seldom. A fresh topic is
given more and more posts, each by an account of its own, on that social source, until it stands in the top 10.
Velocity ranks by items in the last three hours; no brigade needs to age accounts for it. A cost counts all posts,
those that aged the accounts among them; one that no 256 posts on the topic reach counts as 256. Kept is the share of
the ten first topics, with all posts nameless and so without discount, that stay among the ten with it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import fmean, median
from typing import Any

from bench.kept import keep
from trend_agent.items import Item
from trend_agent.processing.entry_cost import TOPIC, Brigade, Contest, entry_cost
from trend_agent.processing.rank import Ranker
from trend_agent.sources.demo import World
from trend_agent.storage import Fact

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEEDS = (1, 2)
SOCIAL = "demo:chirrup"
TOP = 10
MOST = 256
WAYS = {
    "within a minute": Brigade(spread=timedelta(minutes=1)),
    "over half an hour": Brigade(),
    "over two hours": Brigade(spread=timedelta(hours=2)),
    "one text": Brigade(same_text=True),
    "linking pages of their own": Brigade(own_pages=True),
    "aged two days": Brigade(aged_days=2),
    "aged two days, over two hours": Brigade(aged_days=2, spread=timedelta(hours=2)),
    "half of them aged two days": Brigade(aged_days=2, aged_share=0.5),
    "aged two days, linking pages of their own": Brigade(aged_days=2, own_pages=True),
}


def velocity(facts: Sequence[Fact], at: datetime) -> list[str]:
    lately = Counter(f.topic for f in facts if at - timedelta(hours=3) < f.item.happened_at <= at)
    return [topic for topic, _ in lately.most_common()]


def ours(facts: Sequence[Fact], at: datetime) -> list[str]:
    return [standing.topic for standing in Ranker()(facts, at, limit=TOP)]


def world(seed: int, *, named: bool = True) -> list[Fact]:
    """A made world in its true topics, and what people post about it."""
    chance = random.Random(seed)
    made = World(seed=seed, days=6, per_day=600, until=UNTIL)
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
        who = f"a{int(2000 * chance.random() ** 3)}" if chance.random() < 0.67 else f"once {item.id} {n}"
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
    contest = Contest(Ranker(), facts, UNTIL)
    found: dict[str, Any] = {}

    def plainly(made: Sequence[Fact]) -> int:
        return velocity([*facts, *made], UNTIL).index(TOPIC) + 1

    for name, way in WAYS.items():
        made_of = partial(way.facts, source=SOCIAL, at=UNTIL, after=len(facts))
        plain = entry_cost(plainly, made_of, place=TOP, most=MOST) or MOST
        accounts = entry_cost(contest, made_of, place=TOP, most=MOST)
        found[name] = {
            "velocity": plain,
            "accounts": accounts or MOST,
            "posts": way.cost(accounts) if accounts else MOST,
        }
        found[name]["times the cost"] = found[name]["posts"] / plain
    bare, discounted = ours(world(seed, named=False), UNTIL), ours(facts, UNTIL)
    return {"ways": found, "kept": len(set(bare) & set(discounted)) / TOP}


def main() -> None:
    rows = [measured(seed) for seed in SEEDS]
    ways = {
        name: {key: round(median(row["ways"][name][key] for row in rows), 1) for key in rows[0]["ways"][name]}
        | {"least times": round(min(row["ways"][name]["times the cost"] for row in rows), 1)}
        for name in WAYS
    }
    keep("brigades", {"worlds": len(rows), "kept": fmean(row["kept"] for row in rows), "ways": ways})


if __name__ == "__main__":
    main()
