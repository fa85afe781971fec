"""How alike two items are: how much of what the one's headline says is said by the other, and the reverse.

Each word of a headline looks for its likest word in the other item, title and body: the same word, one of the same
meaning, or one of much the same spelling. It counts by its rarity (`rarity.py`), so that a name which the other
nowhere mentions tells two stories apart though the rest is the same. Where both say of what day they are and the days
are not the same, that counts against them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from trend_agent.items import Item
from trend_agent.processing.cluster.lexicon import lexicon
from trend_agent.processing.cluster.terms import fold, function_words, spelling, tokenise, without_tail
from trend_agent.processing.embed import beginning
from trend_agent.processing.rarity import rarity
from trend_agent.text.days import apart, day_of, days
from trend_agent.text.embedding import Embedder, dot

WORDS = 300
"""Words of a body that are read; news says what it is about before that."""

HEAD = 30
"""Words of a body that stand for a headline where there is none."""

POWER = 1.5
"""How steeply a word's weight rises with its rarity."""

NUMBER = 2.0
COUNTRY = 1.5
"""What a number and a country count for beside other words: two like events differ by where and how many."""

SAME_MEANING = 0.85
SAME_STEM = 0.9
LEAST_SPELLING = 0.5
"""Likeness of two words that differ: by the lexicon, by their beginning, by the runs of letters they share (Dice)."""

STEM = 4
"""Letters that two forms of one word have in common at least; as many may differ behind them."""

NEAR_DAYS = 1
OTHER_DAY = 2 / 3
"""Days are the same up to so many between them (time zones; the news of an evening). What is left of the likeness of
items that are of other days: the weather and the dead of each day are told in the same words."""


@dataclass(frozen=True, slots=True)
class Page:
    """An item read for comparison: its headline's words with their weights, all its words to look among, and the days
    that it names or that it is from."""

    head: Mapping[str, float]
    meanings: Mapping[str, str]
    by_letter: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    days: frozenset[int] = frozenset()


def page(item: Item) -> Page:
    title = forms(without_tail(item.title), item.lang)
    start = item.body[: WORDS * 20]
    body = forms(start, item.lang)[:WORDS]
    words = frozenset(title + body)
    meanings = {word: meant for word in words if (meant := meaning(word, item.lang))}
    by_letter: defaultdict[str, set[str]] = defaultdict(set)
    for word in words:
        by_letter[word[0]].add(word)
    return Page(
        {word: weight(word, item.lang, meanings.get(word, "")) for word in title or body[:HEAD]},
        meanings,
        {letter: frozenset(found) for letter, found in by_letter.items()},
        words,
        frozenset(meanings.values()),
        days(f"{item.title}\n{start}\n{item.url}", item.lang) | day_of(item.published_at),
    )


async def likenesses(pairs: Sequence[tuple[Item, Item]], encoder: Embedder | None = None) -> list[float]:
    """How alike the two of each pair are; an encoder's cosine, where there is one, counts for half."""
    spoken = [likeness(page(one), page(other)) for one, other in pairs]
    if encoder is None:
        return spoken
    ones = await encoder.embed([beginning(one) for one, _ in pairs])
    others = await encoder.embed([beginning(other) for _, other in pairs])
    meant = [max(dot(one, other), 0.0) for one, other in zip(ones, others, strict=True)]
    return [(words + cosine) / 2 for words, cosine in zip(spoken, meant, strict=True)]


def weight(word: str, language: str, meant: str) -> float:
    """What a word of a headline counts for."""
    kind = NUMBER if word.isdigit() else COUNTRY if meant.startswith("country:") else 1.0
    return float(kind * rarity(word, language) ** POWER)


def likeness(one: Page, other: Page) -> float:
    """How alike two items are, between 0 and 1, the same both ways."""
    alike = (said(one, other) + said(other, one)) / 2
    return alike if apart(one.days, other.days) <= NEAR_DAYS else alike * OTHER_DAY


def said(one: Page, other: Page) -> float:
    """The share, by weight, of one's headline that the other says."""
    whole = sum(one.head.values())
    found = sum(weight * nearest(word, one.meanings.get(word), other) for word, weight in one.head.items())
    return found / whole if whole else 0.0


def nearest(word: str, meant: str | None, other: Page) -> float:
    """How like the likest word of the other item is."""
    if word in other.words:
        return 1.0
    if word.isdigit():
        return 0.0
    same = SAME_MEANING if meant in other.told else 0.0
    return max([same, *(spelt_alike(word, near) for near in other.by_letter.get(word[0], ()))])


@lru_cache(maxsize=1 << 18)
def spelt_alike(one: str, other: str) -> float:
    """Likeness of two words by their letters; 0 where it is accident. A number is like no other word."""
    if other.isdigit():
        return 0.0
    shared = next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    if shared >= STEM and max(len(one), len(other)) - shared <= STEM:
        return SAME_STEM
    first, second = runs(one), runs(other)
    dice = 2 * len(first & second) / (len(first) + len(second))
    return dice if dice >= LEAST_SPELLING else 0.0


@lru_cache(maxsize=1 << 16)
def runs(word: str) -> frozenset[str]:
    return frozenset(spelling(word))


@lru_cache(maxsize=1 << 16)
def meaning(word: str, language: str) -> str | None:
    return lexicon().word(word, language) if len(word) > 1 else None


def forms(text: str, language: str) -> list[str]:
    """The folded words of a text that say something; all of them where none does."""
    words = [form for token in tokenise(text) if (form := fold(token))]
    return without(words, function_words(language)) or words


def without(words: Iterable[str], others: frozenset[str]) -> list[str]:
    return [word for word in words if word not in others]
