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
from datetime import datetime
from functools import lru_cache
from itertools import chain
from math import log
from statistics import fmean

from trend_agent.items import UNDETERMINED, Item, Sentence, Trend
from trend_agent.processing.families import family
from trend_agent.processing.rank import Standing

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
        self.known: dict[str, _Read] = {}
        """The topics of the last list."""

    def __call__(self, standings: Sequence[Standing]) -> list[Trend]:
        read = {standing.topic: self._read(standing) for standing in standings}
        self.known = read
        topics_with = Counter(chain.from_iterable(one.words for one in read.values()))
        rarity = {word: log(1 + len(standings) / n) for word, n in topics_with.items()}
        openings = Counter(chain.from_iterable(one.openings for one in read.values()))
        stock = frozenset(text for text, n in openings.items() if n > 1)
        return [self._trend(standing, read[standing.topic], rarity, stock) for standing in standings]

    def _read(self, standing: Standing) -> _Read:
        """What the topic's items say by themselves; most topics have the items they had on the list before."""
        items = [(fact.item, fact.copy_of) for fact in standing.facts]
        known = self.known.get(standing.topic)
        if known and known.items == items:
            return known
        originals = [item for item, of in items if of is None] or [item for item, _ in items]
        times = [item.happened_at for item, _ in items]
        return _Read(
            items=items,
            medoids=self._central(originals),
            phrases=self._shared(originals),
            words=frozenset().union(*(self.words(item.title, item.lang) for item, _ in items)),
            openings=frozenset(text for item, _ in items for text in _opening(item.body[:READ])),
            copies=sum(of is not None for _, of in items),
            sources=_by_count(item.source for item, _ in items),
            languages=_by_count(item.lang for item, _ in items if item.lang != UNDETERMINED),
            first_seen=min(times),
            last_seen=max(times),
        )

    def _trend(self, standing: Standing, read: _Read, rarity: Mapping[str, float], stock: Set[str]) -> Trend:
        headline = _headline(read.medoids[0])
        return Trend(
            topic=standing.topic,
            at=standing.at,
            rank=standing.rank,
            score=standing.receipt.score,
            state=standing.state,
            headline=headline,
            summary=self._sentences(read.medoids, headline, stock),
            items=len(read.items),
            copies=read.copies,
            sources=read.sources,
            languages=read.languages,
            first_seen=read.first_seen,
            last_seen=read.last_seen,
            velocity=standing.velocity,
            confidence=standing.confidence,
            series=standing.series,
            receipt=standing.receipt,
            label=_label(read.phrases, rarity),
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
        told = (text for text in _opening(item.body) if text not in stock and not STOCK.search(text))
        text = next(told, _without_tail(item.title, item.source))
        return text if len(text) <= self.settings.longest else ""

    def _new(self, bag: frozenset[str], said: Sequence[frozenset[str]]) -> bool:
        return all(len(bag & other) < self.settings.likeness * len(bag) for other in said)

    def _shared(self, items: Sequence[Item]) -> dict[tuple[str, ...], _Phrase]:
        """Phrases that titles of several items and houses share."""
        phrases: dict[tuple[str, ...], _Phrase] = {}
        for item in items[-CANDIDATES:]:
            house = family(item.source, item.url)
            for words, spelt in _phrases(self.listed(item.title, item.lang), item.title):
                phrases.setdefault(words, _Phrase(spelt)).add(item.id, house)
        return {words: one for words, one in phrases.items() if len(one.items) >= 2 and len(one.houses) >= 2}


@dataclass(slots=True)
class _Phrase:
    """Words in a row, as a title spells them, and who uses them."""

    spelt: str
    items: set[str] = field(default_factory=set)
    houses: set[str] = field(default_factory=set)

    def add(self, item: str, house: str) -> None:
        self.items.add(item)
        self.houses.add(house)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the items of a topic say by themselves, whatever other topics say: all that follows from `items`, each
    with the id of what it copies. `openings` are the sentences that open them."""

    items: Sequence[tuple[Item, str | None]]
    medoids: Sequence[Item]
    phrases: Mapping[tuple[str, ...], _Phrase]
    words: Set[str]
    openings: Set[str]
    copies: int
    sources: Sequence[str]
    languages: Sequence[str]
    first_seen: datetime
    last_seen: datetime


def _label(phrases: Mapping[tuple[str, ...], _Phrase], rarity: Mapping[str, float]) -> str:
    """What titles of several items and houses share and other topics lack, at most three phrases of one to three
    words, as the first title spells them (c-TF-IDF, Grootendorst 2022)."""

    def weight(words: tuple[str, ...]) -> float:
        rare = fmean(rarity.get(word, 0.0) for word in words) * min(1.0, rarity.get(words[0], 0.0))
        name = all(word[:1].isupper() or not word.isascii() for word in phrases[words].spelt.split())
        return len(phrases[words].items) * rare * (1.0 + 0.4 * (len(words) - 1)) * (1.5 if name else 1.0)

    said: list[str] = []
    known: set[str] = set()
    for words in sorted(phrases, key=lambda words: (-weight(words), words)):
        if known.isdisjoint(words):
            known.update(words)
            said.append(phrases[words].spelt)
        if len(said) == LABELS:
            break
    return " · ".join(said)


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


def _opening(body: str) -> list[str]:
    return sentences(body)[:OPENING]


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
