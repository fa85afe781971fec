"""A made-up stream of headlines of any length, in which a given number of topics is alive at any time.

Words are made of syllables; nothing in it says anything. A topic has names of its own and words of the language;
its headlines hold some of them, among words that any headline holds. Sizes have a heavy tail (Pareto), the times of a
topic's items fall off exponentially. One item in ten is a copy of an earlier one of its topic, slightly altered.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from trend_agent.items import Item

START = datetime(2025, 1, 1, tzinfo=UTC)
VOWELS = "aaaeeeeeiiiooouuy"
OTHERS = "bbccddddffgghhhjklllmmmnnnnppqrrrrrsssssttttttvwxz"
NAMES, WORDS = 300_000, 30_000
MEAN_SIZE = 4.0
IDLE_HOURS = 72.0
"""How long a topic stays alive after its last item."""
LIFE_HOURS = 18.0
LONGEST_TALE = 400


@dataclass(slots=True)
class Happening:
    names: list[str]
    words: list[str]
    told: list[str] = field(default_factory=list)


def made_stream(items: int, live_topics: int, *, seed: int = 1) -> Iterator[tuple[Item, int]]:
    """Items in order of time, each with the number of its topic."""
    dice = np.random.default_rng(seed)
    hours = items / MEAN_SIZE * (IDLE_HOURS + LIFE_HOURS) / live_topics
    owners, times = schedule(items, hours, dice)
    happenings: dict[int, Happening] = {}
    for number, (owner, at) in enumerate(zip(owners.tolist(), times.tolist(), strict=True)):
        happening = happenings.setdefault(owner, Happening(names(dice, 3), words(dice, 3)))
        title = headline(happening, dice)
        happening.told = [*happening.told[-3:], title]
        outlet = int(dice.zipf(1.3)) % 2000
        yield (
            Item(
                f"made:{number}",
                f"outlet{outlet}",
                title,
                START + timedelta(hours=at),
                url=f"https://outlet{outlet}.example/{number}/story",
                lang="en",
            ),
            owner,
        )


def schedule(items: int, hours: float, dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.minimum(np.ceil(dice.pareto(1.35, size=items) + 0.01), LONGEST_TALE).astype(np.int64)
    topics = int(np.searchsorted(np.cumsum(sizes), items)) + 1
    owners = np.repeat(np.arange(topics), sizes[:topics])[:items]
    births = dice.uniform(-LIFE_HOURS, hours, size=topics)
    times = births[owners] + dice.exponential(LIFE_HOURS / 2, size=items)
    times = np.clip(times, 0, None)
    order = np.argsort(times, kind="stable")
    return owners[order], times[order]


def headline(happening: Happening, dice: np.random.Generator) -> str:
    if happening.told and dice.random() < 0.1:
        return happening.told[-1] + ("" if dice.random() < 0.5 else " - update")
    said = list(dice.permutation(happening.names)[: dice.integers(2, 4)])
    said += list(dice.permutation(happening.words)[: dice.integers(1, 4)])
    said += words(dice, int(dice.integers(2, 5)))
    return " ".join(str(word) for word in dice.permutation(said))


def names(dice: np.random.Generator, count: int) -> list[str]:
    """Names, a few of which are in many topics."""
    return [
        spelt(int(n) % NAMES + WORDS).capitalize() for n in dice.integers(1, NAMES, size=count) ** 2 // NAMES
    ]


def words(dice: np.random.Generator, count: int) -> list[str]:
    return [spelt(int(n) % WORDS) for n in dice.zipf(1.08, size=count)]


@lru_cache(maxsize=1 << 19)
def spelt(number: int) -> str:
    """A word of five to ten letters, the same for a number each time, vowels and others in turn."""
    dice = random.Random(number)
    turns = (VOWELS, OTHERS) if dice.random() < 0.4 else (OTHERS, VOWELS)
    letters = [dice.choice(turns[place % 2]) for place in range(dice.randint(5, 10))]
    return "".join(letter + (dice.choice(OTHERS) if dice.random() < 0.15 else "") for letter in letters)
