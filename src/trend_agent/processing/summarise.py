"""Say what a topic is about, in the words of its own items: a headline, sentences, a label.

Nothing is shown that no item says: a headline is a title, a sentence stands in a body word for word, a label
is words of titles. What helps most is to pick the right item, not the cleverest sentence (Garcia & Berton
2024: leads of well-chosen documents beat sentence rankers).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from statistics import fmean

from trend_agent.items import UNDETERMINED, Item, Sentence, Trend
from trend_agent.processing.rank import Standing
from trend_agent.storage import Fact

CANDIDATES = 30
"""Items that may give the headline: the newest ones, so that it follows the story."""

SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'»”’)\]]*\s+(?=[\"'«“‘(\[]?[^\W\d_a-z])|(?<=[。！？])")
TAIL = re.compile(r"(?:\s+[-–—|·•]\s+|_)(?P<name>[^-–—|·•_]{2,40})$")
HOOK = re.compile(
    r"[?？]|!!|\b(live|watch|video|opinion|podcast|quiz|newsletter|briefing|discussion|q&a|explained)\b",
    re.IGNORECASE,
)

Words = Callable[[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class SummarySettings:
    """How much is said: `longest` in characters; a sentence shares at most `likeness` of its words with what was
    said; an item speaks for a topic if it is at least `centrality` as central as the most central one."""

    sentences: int = 3
    longest: int = 320
    likeness: float = 0.6
    centrality: float = 0.6


class Summariser:
    """Turns standings into trends. `words` cuts a text of a language into words."""

    def __init__(self, words: Words, settings: SummarySettings | None = None) -> None:
        self.settings = settings or SummarySettings()
        self.words = lru_cache(50_000)(lambda text, lang: frozenset(w.casefold() for w in words(text, lang)))

    def __call__(self, standings: Sequence[Standing]) -> list[Trend]:
        topics_with = Counter(
            word for standing in standings for word in set().union(*map(self._title, standing.facts))
        )
        rarity = {word: log(1 + len(standings) / n) for word, n in topics_with.items()}
        return [self._trend(standing, rarity) for standing in standings]

    def _title(self, fact: Fact) -> frozenset[str]:
        return self.words(fact.item.title, fact.item.lang)

    def _trend(self, standing: Standing, rarity: Mapping[str, float]) -> Trend:
        facts = standing.facts
        originals = [f.item for f in facts if f.copy_of is None] or [f.item for f in facts]
        medoids = self._central(originals)
        times = [f.item.happened_at for f in facts]
        headline = _headline(medoids[0])
        return Trend(
            topic=standing.topic,
            at=standing.at,
            rank=standing.rank,
            score=standing.receipt.score,
            state=standing.state,
            headline=headline,
            summary=self._sentences(medoids, headline),
            items=len(facts),
            copies=sum(f.copy_of is not None for f in facts),
            sources=_by_count(f.item.source for f in facts),
            languages=_by_count(f.item.lang for f in facts if f.item.lang != UNDETERMINED),
            first_seen=min(times),
            last_seen=max(times),
            velocity=standing.velocity,
            confidence=standing.confidence,
            series=standing.series,
            receipt=standing.receipt,
            label=self._label(originals, rarity),
            category=standing.category,
            alarm=standing.alarm,
        )

    def _central(self, items: Sequence[Item]) -> list[Item]:
        """Items from the most to the least central; those hardly like the others are left out.

        Central is what is like the other titles (mean Jaccard similarity), in the topic's most frequent
        language, fit for a headline, and recent, so that the headline follows the story.
        """
        newest = sorted(items, key=lambda i: (i.happened_at, i.id))[-CANDIDATES:]
        main = Counter(i.lang for i in items).most_common(1)[0][0]
        bags = [self.words(i.title, i.lang) for i in newest]
        likeness = [fmean(_jaccard(bag, other) for other in bags) for bag in bags]
        scores = [
            alike + 0.2 * (item.lang == main) + 0.1 * (place + 1) / len(newest) + _form(item.title)
            for place, (item, alike) in enumerate(zip(newest, likeness, strict=True))
        ]
        order = sorted(range(len(newest)), key=lambda k: (-scores[k], newest[k].id))
        enough = self.settings.centrality * max(likeness)
        return [newest[k] for k in order if likeness[k] >= enough or k == order[0]]

    def _sentences(self, medoids: Sequence[Item], headline: Sentence) -> list[Sentence]:
        """The first sentence of central items, each unlike what was said already."""
        said = [self.words(headline.text, medoids[0].lang)]
        found: list[Sentence] = []
        for item in medoids:
            for text in sentences(item.body)[:1] or [_without_tail(item.title, item.source)]:
                bag = self.words(text, item.lang)
                if len(text) <= self.settings.longest and bag and self._new(bag, said):
                    said.append(bag)
                    found.append(Sentence(text, [item.id]))
            if len(found) == self.settings.sentences:
                break
        return found

    def _new(self, bag: frozenset[str], said: Sequence[frozenset[str]]) -> bool:
        return all(len(bag & other) < self.settings.likeness * len(bag) for other in said)

    def _label(self, items: Sequence[Item], rarity: Mapping[str, float]) -> str:
        """The words that titles of several items share and other topics lack (c-TF-IDF), at most three, in
        the spelling of the first title that has them; names before other words."""
        shared: Counter[str] = Counter()
        spelt: dict[str, str] = {}
        for item in items:
            for word in sorted(self.words(item.title, item.lang)):
                if len(word) > (2 if word.isascii() else 1) and not word.isdigit():
                    shared[word] += 1
                    spelt.setdefault(word, _as_spelt(word, item.title))

        def weight(word: str) -> float:
            name = spelt[word][:1].isupper() or not spelt[word].isascii()
            return shared[word] * rarity[word] * (1.5 if name else 1.0)

        frequent = sorted((w for w, n in shared.items() if n >= 2), key=lambda w: (-weight(w), w))
        return " · ".join(spelt[w] for w in frequent[:3])


def sentences(text: str) -> list[str]:
    """The sentences of a text, as they stand in it."""
    return [s.strip() for s in SENTENCE_END.split(text) if len(s.strip()) > 20]


def _headline(item: Item) -> Sentence:
    return Sentence(_without_tail(item.title, item.source), [item.id])


def _without_tail(title: str, source: str) -> str:
    """The title less a trailing " - Publisher", where that names the source."""
    found = TAIL.search(title)
    if found and _plain(found["name"]) in _plain(source):
        return title[: found.start()]
    return title


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _form(title: str) -> float:
    """How well a title would serve as a headline: neither a teaser nor too short or long."""
    length = len(title)
    short = 0.15 if length < 25 and title.isascii() else 0.0
    return -0.25 * bool(HOOK.search(title)) - short - 0.1 * (length > 130)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0


def _by_count(names: Iterable[str]) -> list[str]:
    counts = Counter(names)
    return [name for name, _ in sorted(counts.items(), key=lambda p: (-p[1], p[0]))]


def _as_spelt(word: str, title: str) -> str:
    place = title.casefold().find(word)
    return title[place : place + len(word)] if place >= 0 else word
