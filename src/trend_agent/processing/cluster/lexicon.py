"""Words that mean the same in many languages: countries and cities from CLDR, things from `concepts.txt`.

A word is looked up in folded form (Latin letters, lower case). An entry that ends in `*` also stands for
every longer word that begins with it, so that one entry covers the endings of a language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

ANY = ""
"""The language of entries that hold in every language, such as the names of countries."""

LANGUAGES = (
    *("en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "fi", "pl", "cs", "hu", "ro", "el", "tr"),
    *("ru", "uk", "sl", "hr", "bg", "ar", "fa", "he", "hi", "id", "vi", "zh", "ja", "ko"),
)

NATIONAL = (
    *("bg", "cs", "da", "de", "el", "et", "fi", "fr", "he", "hr", "hu", "hy", "id", "is", "it", "ja", "ka"),
    *(
        "ko",
        "lt",
        "lv",
        "nb",
        "nl",
        "pl",
        "ro",
        "ru",
        "sk",
        "sl",
        "es",
        "sq",
        "sr",
        "sv",
        "th",
        "tr",
        "uk",
        "vi",
    ),
    *("zh",),
)
"""Languages whose name is also the adjective of the one country where they are mostly spoken."""

SHORTEST_STEM = 5
LONGEST_ENDING = 7


@dataclass(slots=True)
class Table:
    """Entries of one language: whole words and beginnings of words, by folded form."""

    whole: dict[str, str] = field(default_factory=dict)
    start: dict[str, str] = field(default_factory=dict)

    def put(self, form: str, meaning: str) -> None:
        if form.endswith("*"):
            self.start.setdefault(form[:-1], meaning)
        elif form:
            self.whole.setdefault(form, meaning)

    def get(self, word: str) -> str | None:
        """What the whole word, or else its longest known beginning, means."""
        found = self.whole.get(word)
        if found is not None:
            return found
        for size in range(len(word), max(2, len(word) - LONGEST_ENDING - 1), -1):
            found = self.start.get(word[:size])
            if found is not None:
                return found
        return None


class Book:
    """A table per language; a word of a language without one is looked up in all of them."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {ANY: Table()}
        self.everywhere = Table()

    def put(self, language: str, form: str, meaning: str) -> None:
        self.tables.setdefault(language, Table()).put(form, meaning)
        self.everywhere.put(form, meaning)

    def get(self, word: str, language: str) -> str | None:
        own = self.tables.get(language, self.everywhere)
        return own.get(word) or self.tables[ANY].get(word)


class Lexicon:
    """Looks words up in the table of their language, then among the names that every language shares."""

    def __init__(self) -> None:
        self.words = Book()
        self.pairs = Book()
        self.firsts: set[str] = set()
        """The first words of all pairs."""
        for language, form, meaning in entries():
            book = self.pairs if " " in form else self.words
            book.put(language, form, meaning)
            if book is self.pairs:
                self.firsts.add(form.partition(" ")[0])

    def word(self, word: str, language: str) -> str | None:
        """The meaning of a folded word; None where we know none."""
        return self.words.get(word, language)

    def pair(self, first: str, second: str, language: str) -> str | None:
        """The meaning of two folded words in a row that are one name, such as New Zealand."""
        return self.pairs.get(f"{first} {second}", language)


@cache
def lexicon() -> Lexicon:
    """The one lexicon; built on first use (about half a second)."""
    return Lexicon()


def entries() -> Iterator[tuple[str, str, str]]:
    """(language, folded form, meaning) of all we know; earlier entries win."""
    yield from concepts((files(__package__) / "concepts.txt").read_text("utf-8").splitlines())
    yield from names_from_cldr()


def concepts(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Entries of the concept file; its head explains the format."""
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        meaning, _, groups = line.partition("=")
        for group in groups.split("|"):
            language, *forms = group.split()
            for form in forms:
                yield (ANY if language == "*" else language), folded_entry(form), meaning.strip()


def folded_entry(form: str) -> str:
    from trend_agent.processing.cluster.terms import fold

    plain = " ".join(fold(part) for part in form.rstrip("*").split("_"))
    return f"{plain}*" if form.endswith("*") else plain


def names_from_cldr() -> Iterator[tuple[str, str, str]]:
    """Countries, their adjectives where a language is called the same, and the cities of time zones."""
    from babel import Locale
    from babel.core import get_global

    for language in LANGUAGES:
        locale = Locale.parse(language)
        for code, name in sorted(locale.territories.items()):
            if len(code) == 2 and code.isalpha():
                yield from forms_of(str(name), f"country:{code}")
        for code in NATIONAL:
            country = get_global("likely_subtags")[code].rpartition("_")[2]
            yield from forms_of(str(locale.languages.get(code, "")), f"country:{country}")
        yield from cities(locale.time_zones)


def cities(zones: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    from babel.core import get_global

    known = {zone for zone in get_global("zone_territories") if zone.count("/") == 1}
    for zone in sorted(known):
        area, city = zone.split("/")
        if area not in {"Africa", "America", "Asia", "Australia", "Europe", "Pacific"}:
            continue
        named = zones[zone].get("city", "") if zone in zones else ""  # type: ignore[index]
        yield from forms_of(str(named) or city.replace("_", " "), f"city:{city}")


def forms_of(name: str, meaning: str) -> Iterator[tuple[str, str, str]]:
    """A name as a whole, and its stem where that is long enough to be safe."""
    from trend_agent.processing.cluster.terms import fold

    words = [fold(word) for word in name.replace("-", " ").split()]
    if not words or len(words) > 2 or any(len(word) < 3 for word in words):
        return
    whole = " ".join(words)
    yield ANY, whole, meaning
    stem = whole
    while stem and stem[-1] in "aeiouy" and len(stem) > SHORTEST_STEM:
        stem = stem[:-1]
    if len(stem) >= SHORTEST_STEM:
        yield ANY, f"{stem}*", meaning
