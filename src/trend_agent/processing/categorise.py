"""Which of a few categories a headline belongs to, by the words it uses and the address it stands at.

`categories.toml` holds the words. Every word that a title uses votes for its category; so do the parts of the
address (`/sport/`, a host known for one subject) and, more quietly, the beginning of the body.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from trend_agent.text.once import Once

CATEGORIES = ("sports", "entertainment", "health", "science", "technology", "economy", "society")
"""From the narrowest to the widest: where votes are even, the narrower one wins."""
OTHER = "other"

SECTION, HOST = 3.0, 1.5
"""Votes of a folder of the address, and of a host known for one subject."""
BODY = 0.3
"""Votes of a word in the body, beside one in the title."""
BODY_READ = 600
"""Characters of the body that are read."""
ENOUGH = 1.0
"""Votes below which a headline is of no category."""
SPACELESS = ("zh", "ja", "ko")
"""Languages whose words are looked for anywhere in the text."""
SHORTEST_STEM, LONGEST_STEM = 2, 16

WORD = re.compile(r"[^\W_]+")

Votes = dict[str, float]


@dataclass(slots=True)
class Lexicon:
    """The forms of one language: whole words, beginnings of words, phrases by their first word."""

    words: dict[str, Votes] = field(default_factory=dict)
    stems: dict[str, Votes] = field(default_factory=dict)
    phrases: dict[str, list[tuple[tuple[str, ...], Votes]]] = field(default_factory=dict)

    def add(self, form: str, category: str) -> None:
        weight = 2.0 if form.startswith("+") else 1.0
        parts = WORD.findall(form.casefold().replace("_", " "))
        if not parts:
            return
        if len(parts) > 1:
            self.phrases.setdefault(parts[0], []).append((tuple(parts[1:]), {category: weight}))
            return
        table = self.stems if form.endswith("*") else self.words
        table.setdefault(parts[0], {})[category] = weight

    def votes(self, words: list[str]) -> Iterator[Votes]:
        """The votes of each word, whole before the longest of its beginnings; and of each phrase."""
        for place, word in enumerate(words):
            for rest, votes in self.phrases.get(word, ()):
                if _follows(words, place + 1, rest):
                    yield votes
            if (found := self.words.get(word) or self._stem(word)) is not None:
                yield found

    def _stem(self, word: str) -> Votes | None:
        lengths = range(min(len(word), LONGEST_STEM), SHORTEST_STEM - 1, -1)
        return next((self.stems[word[:n]] for n in lengths if word[:n] in self.stems), None)


class Wordbook:
    """All that `categories.toml` says, ready to be asked."""

    def __init__(self, table: Mapping[str, Mapping[str, str]]) -> None:
        self.lexicons: dict[str, Lexicon] = {}
        self.sections: dict[str, str] = {}
        spaceless: dict[str, dict[str, str]] = {lang: {} for lang in SPACELESS}
        for category, lists in table.items():
            for lang, forms in lists.items():
                for form in forms.split():
                    if lang == "sections":
                        self.sections[form] = category
                    elif lang in SPACELESS:
                        spaceless[lang][form.casefold()] = category
                    else:
                        self.lexicons.setdefault(lang, Lexicon()).add(form, category)
        self.spaceless = {lang: (_any_of(known), known) for lang, known in spaceless.items()}

    def votes(self, text: str, lang: str) -> Votes:
        """What a text's words vote for. Without a known language it is read as English."""
        found: Votes = {}
        text = text.casefold()
        words = WORD.findall(text)
        for name in ("every", "en" if lang == "und" else lang):
            for votes in self.lexicons[name].votes(words) if name in self.lexicons else ():
                _count(found, votes)
        if lang in self.spaceless:
            pattern, known = self.spaceless[lang]
            for form in pattern.findall(text):
                _count(found, {known[form]: 1.0})
        return found

    def section(self, url: str) -> Votes:
        """What the address says: the first telling folder of its path, else its host's name."""
        try:
            address = urlsplit(url.casefold())
        except ValueError:
            return {}
        for weight, parts in (
            (SECTION, address.path.split("/")[1:-1]),
            (HOST, (address.hostname or "").split(".")),
        ):
            for part in parts:
                if part in self.sections:
                    return {self.sections[part]: weight}
        return {}


def category_of(title: str, lang: str, url: str = "", body: str = "") -> str:
    """One of `CATEGORIES`, or `other` where too little speaks for any of them."""
    votes = votes_of(title, lang, url, body)
    best = max(CATEGORIES, key=lambda category: votes.get(category, 0.0))
    return best if votes.get(best, 0.0) >= ENOUGH else OTHER


def votes_of(title: str, lang: str, url: str = "", body: str = "") -> Votes:
    """Votes for each category that anything speaks for."""
    book = _wordbook()
    votes = book.votes(title, lang)
    if body:
        _count(votes, book.votes(body[:BODY_READ], lang), BODY)
    if url:
        _count(votes, book.section(url))
    return votes


def majority(categories: Iterable[str]) -> str:
    """The category of a topic from those of its items: the most frequent; `other` only where nothing else is."""
    counts = Counter(category for category in categories if category != OTHER)
    return max(CATEGORIES, key=lambda category: counts[category]) if counts else OTHER


def _count(votes: Votes, more: Votes, weight: float = 1.0) -> None:
    for category, vote in more.items():
        votes[category] = votes.get(category, 0.0) + weight * vote


def _follows(words: list[str], place: int, rest: tuple[str, ...]) -> bool:
    return tuple(words[place : place + len(rest)]) == rest


def _any_of(forms: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)) or r"(?!)")


def _load() -> Wordbook:
    text = files("trend_agent.processing").joinpath("categories.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(text)
    return Wordbook(table)


_wordbook = Once(_load)
