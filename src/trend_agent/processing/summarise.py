"""Say what a topic is about, in the words of its own items: a headline, sentences, a label.

Nothing is shown that no item says: a headline is a title, a sentence stands in a body word for word, a label
is words of titles. What helps most is to pick the right item, not the cleverest sentence (Garcia & Berton
2024: leads of well-chosen documents beat sentence rankers).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from math import log
from statistics import fmean

from trend_agent.items import UNDETERMINED, Item, Sentence, Trend
from trend_agent.processing.families import family
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

STOCK = re.compile(
    r"\b(subscribe|sign up|newsletter|click here|read (more|the full)|all rights reserved|cookies?|appeared first on|"
    r"follow us|advertis\w+|abonnieren|weiterlesen|mehr lesen|lire la suite|abonnez-vous|leer más|suscr[ií]b\w+|"
    r"lees (verder|meer)|leggi (anche|tutto)|iscriviti|читайте также|подпи(шитесь|сывайтесь))\b"
    r"|©|\[\+\d+ chars\]|点击查看|続きを読む",
    re.IGNORECASE,
)
"""Sentences about the page in place of the story."""
BREAK = re.compile(r"[:;|!?…–—(){}\[\]\"“”«»]|[,.]\s|\s-\s")
"""No phrase of a label reaches beyond these."""
OPENING = 3
"""Sentences at the beginning of a body that may speak for it."""
READ = 1200
"""Characters of a body that are looked at for sentences that open many."""
LABELS, LONGEST_LABEL = 3, 3

Words = Callable[[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class SummarySettings:
    """How much is said: `longest` in characters; a sentence shares at most `likeness` of its words with what was
    said; an item speaks for a topic if it is at least `centrality` as central as the most central one. `central` is
    what being central weighs beside saying something new."""

    sentences: int = 3
    longest: int = 320
    likeness: float = 0.6
    centrality: float = 0.6
    central: float = 0.7


class Summariser:
    """Turns standings into trends. `words` cuts a text of a language into words."""

    def __init__(self, words: Words, settings: SummarySettings | None = None) -> None:
        self.settings = settings or SummarySettings()
        self.listed = lru_cache(50_000)(lambda text, lang: tuple(words(text, lang)))
        self.words = lru_cache(50_000)(
            lambda text, lang: frozenset(w.casefold() for w in self.listed(text, lang))
        )

    def __call__(self, standings: Sequence[Standing]) -> list[Trend]:
        topics_with = Counter(
            word for standing in standings for word in set().union(*map(self._title, standing.facts))
        )
        rarity = {word: log(1 + len(standings) / n) for word, n in topics_with.items()}
        stock = _stock(standings)
        return [self._trend(standing, rarity, stock) for standing in standings]

    def _title(self, fact: Fact) -> frozenset[str]:
        return self.words(fact.item.title, fact.item.lang)

    def _trend(self, standing: Standing, rarity: Mapping[str, float], stock: Set[str]) -> Trend:
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
            summary=self._sentences(medoids, headline, stock),
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

    def _sentences(self, medoids: Sequence[Item], headline: Sentence, stock: Set[str]) -> list[Sentence]:
        """The lead of the most central item, then those that are central and say something else (maximal marginal
        relevance, Carbonell & Goldstein 1998)."""
        said = [self.words(headline.text, medoids[0].lang)]
        leads = [(self._lead(item, stock), item) for item in medoids]
        waiting = [(text, item, self.words(text, item.lang)) for text, item in leads if text]
        found: list[Sentence] = []
        while waiting and len(found) < self.settings.sentences:
            worth = [
                self.settings.central * (1 - place / len(medoids))
                - (1 - self.settings.central) * max(_jaccard(bag, other) for other in said)
                for place, (_, _, bag) in enumerate(waiting)
            ]
            text, item, bag = waiting.pop(worth.index(max(worth)) if found else 0)
            if bag and self._new(bag, said):
                said.append(bag)
                found.append(Sentence(text, [item.id]))
        return found

    def _lead(self, item: Item, stock: Set[str]) -> str:
        """The first sentence that tells something; the title where there is no body, nothing where all is stock."""
        if not item.body:
            return _without_tail(item.title, item.source)
        told = (
            text for text in sentences(item.body)[:OPENING] if text not in stock and not STOCK.search(text)
        )
        text = next(told, _without_tail(item.title, item.source))
        return text if len(text) <= self.settings.longest else ""

    def _new(self, bag: frozenset[str], said: Sequence[frozenset[str]]) -> bool:
        return all(len(bag & other) < self.settings.likeness * len(bag) for other in said)

    def _label(self, items: Sequence[Item], rarity: Mapping[str, float]) -> str:
        """What titles of several items and houses share and other topics lack, at most three phrases of one to
        three words, as the first title spells them (c-TF-IDF, Grootendorst 2022)."""
        phrases: dict[tuple[str, ...], _Phrase] = {}
        for item in items[-CANDIDATES:]:
            house = family(item.source, item.url)
            for words, spelt in _phrases(self.listed(item.title, item.lang), item.title):
                phrases.setdefault(words, _Phrase(spelt)).add(item.id, house)
        shared = {
            words: one for words, one in phrases.items() if len(one.items) >= 2 and len(one.houses) >= 2
        }

        def weight(words: tuple[str, ...]) -> float:
            rare = fmean(rarity.get(word, 0.0) for word in words) * min(1.0, rarity.get(words[0], 0.0))
            name = all(word[:1].isupper() or not word.isascii() for word in shared[words].spelt.split())
            return len(shared[words].items) * rare * (1.0 + 0.4 * (len(words) - 1)) * (1.5 if name else 1.0)

        said: list[str] = []
        known: set[str] = set()
        for words in sorted(shared, key=lambda words: (-weight(words), words)):
            if known.isdisjoint(words):
                known.update(words)
                said.append(shared[words].spelt)
            if len(said) == LABELS:
                break
        return " · ".join(said)


@dataclass(slots=True)
class _Phrase:
    """Words in a row, as a title spells them, and who uses them."""

    spelt: str
    items: set[str] = field(default_factory=set)
    houses: set[str] = field(default_factory=set)

    def add(self, item: str, house: str) -> None:
        self.items.add(item)
        self.houses.add(house)


def _phrases(words: Sequence[str], title: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Rows of one to three words of a title, folded, with the very letters of the title they stand in."""
    folded = title.casefold()
    places, at = [], 0
    for word in words:
        at = folded.find(word.casefold(), at)
        if at < 0 or len(folded) != len(title):
            return
        places.append((at, at + len(word)))
        at += len(word)
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_LABEL, len(words)) + 1):
            spelt = title[places[start][0] : places[end - 1][1]]
            edges = (words[start], words[end - 1])
            if all(_telling(word) for word in edges) and not BREAK.search(spelt):
                yield tuple(word.casefold() for word in words[start:end]), spelt


def _telling(word: str) -> bool:
    return len(word) > (2 if word.isascii() else 1) and not word.isdigit()


def sentences(text: str) -> list[str]:
    """The sentences of a text, as they stand in it."""
    return [s.strip() for s in SENTENCE_END.split(text) if len(s.strip()) > 20]


def _stock(standings: Sequence[Standing]) -> frozenset[str]:
    """Sentences that open items of several topics: they tell of none of them."""
    topics_with = Counter(
        text
        for standing in standings
        for text in {t for f in standing.facts for t in sentences(f.item.body[:READ])[:OPENING]}
    )
    return frozenset(text for text, n in topics_with.items() if n > 1)


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
