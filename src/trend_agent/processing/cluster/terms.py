"""What is read off an item's title: the spelling of its words, and what they mean.

Both views are lists of numbers: a term is hashed (CRC-32) into a table of fixed size, which bounds the memory
of everything counted per term.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray

from trend_agent.processing.cluster.background import background
from trend_agent.processing.cluster.lexicon import lexicon

FUNCTION_WORDS = Path(__file__).with_name("function_words.txt")

PLACES = 1 << 20
STEM = 5
"""Letters of a word that tell it from others; the rest is mostly ending."""

Ints = NDArray[np.int32]

WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*")
HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
TAIL = re.compile(r"\s+[-–—|»\"]\s+([^-–—|»]{2,60})$")
ARTICLE = re.compile("^(?:و|ف|ب|ك|ل)?ال(?=\\w{3})|^لل(?=\\w{3})")
"""The Arabic article with the one-letter words written onto it."""


class Kind(IntEnum):
    """What a word of a title is; the weight of each is in `weights.py`."""

    COUNTRY = 0
    CONCEPT = 1
    NUMBER = 2
    CAPITALISED = 3
    UNCASED = 4
    PLAIN = 5
    BESIDE = 6
    FUNCTION = 7


@dataclass(frozen=True, slots=True)
class Word:
    """One distinct word of a language, read once: where its spelling and its meaning are counted. `grams` are 32-bit
    numbers: many words are remembered."""

    grams: bytes
    term: int
    kind: Kind
    case: int
    stem: int = -1


@dataclass(frozen=True, slots=True)
class Reading:
    """The terms of one title. `grams` may repeat; `terms` are distinct, `kinds`, `cases` and `usual` go with them.

    `usual` says how many of a million titles of the language hold a term at large. `lower` and `upper` are the case
    places of words seen without and with a capital inside the sentence.
    """

    grams: Ints
    terms: Ints
    kinds: NDArray[np.int8]
    cases: Ints
    usual: Ints
    lower: Ints
    upper: Ints


def read(title: str, language: str) -> Reading:
    """The terms of a title, without its publisher's name at the end; language is an ISO code or `und`."""
    tokens = list(tokenise(without_tail(title)))
    words = [word(token, language) for token in tokens]
    found = list(meanings(tokens, words, language))
    usual = background(language)
    caseless = not any(token[0].isupper() for token in tokens)
    grams = b"".join([one.grams for one in words])
    terms: dict[int, Word] = {}
    for one in found:
        terms.setdefault(one.term, one)
        if one.stem >= 0:
            terms.setdefault(one.stem, Word(b"", one.stem, Kind.BESIDE, one.case))
    lower = [one.case for token, one in zip(tokens, words, strict=True) if token[0].islower()]
    upper = [one.case for token, one in zip(tokens[1:], words[1:], strict=True) if token[0].isupper()]
    return Reading(
        np.frombuffer(grams, np.int32),
        np.array(list(terms), np.int32),
        np.array(
            [Kind.UNCASED if caseless and one.kind == Kind.PLAIN else one.kind for one in terms.values()],
            np.int8,
        ),
        np.array([one.case for one in terms.values()], np.int32),
        np.array([usual.get(term, 0) for term in terms], np.int32),
        np.array(lower, np.int32),
        np.array(upper, np.int32),
    )


def meanings(tokens: list[str], words: list[Word], language: str) -> Iterator[Word]:
    """Words of a title; two in a row that together are a name count as one."""
    firsts = lexicon().firsts
    at = 0
    while at < len(tokens):
        first = fold(tokens[at])
        pair = at + 1 < len(tokens) and first in firsts and pair_of(first, fold(tokens[at + 1]), language)
        yield pair or words[at]
        at += 2 if pair else 1


@lru_cache(maxsize=1 << 14)
def pair_of(first: str, second: str, language: str) -> Word | None:
    """Two folded words in a row, where they are one name."""
    meaning = lexicon().pair(first, second, language)
    return Word(b"", place(f"={meaning}"), kind_of_meaning(meaning), 0) if meaning else None


def word_of(token: str, language: str) -> Word:
    """All that depends on a token and its language alone."""
    plain = fold(token)
    grams = np.array([place(gram) for gram in spelling(plain)], np.int32).tobytes()
    case = place(f"{language}^{plain[:STEM]}")
    meaning = lexicon().word(plain, language) if len(plain) > 1 else None
    if meaning is not None:
        kind = kind_of_meaning(meaning)
        return Word(
            grams, place(f"={meaning}"), kind, case, place(plain[:STEM]) if kind == Kind.CONCEPT else -1
        )
    if token.lower() in function_words(language):
        return Word(grams, place(plain[:STEM]), Kind.FUNCTION, case)
    if plain.isdigit():
        return Word(grams, place(plain), Kind.NUMBER, case)
    return Word(grams, place(plain[:STEM]), kind_of_token(token, plain), case)


word = lru_cache(maxsize=1 << 17)(word_of)


@lru_cache(maxsize=256)
def function_words(language: str) -> frozenset[str]:
    """Words of a language that say nothing about what a title is on; English where it is unknown."""
    lines = FUNCTION_WORDS.read_text(encoding="utf-8").splitlines()
    known = {name: frozenset(words) for name, *words in map(str.split, lines) if not name.startswith("#")}
    return known.get("en" if language == "und" else language, frozenset())


def kind_of_meaning(meaning: str) -> Kind:
    return Kind.COUNTRY if meaning.startswith("country:") else Kind.CONCEPT


def kind_of_token(token: str, plain: str) -> Kind:
    if token[0].isupper():
        return Kind.CAPITALISED
    if token.lower() == token.upper() and len(plain) > 3:
        return Kind.UNCASED
    return Kind.PLAIN


def tokenise(text: str) -> Iterator[str]:
    """Words in their own script; where a script has no spaces, pairs of neighbouring characters."""
    for token in WORD.findall(text):
        if HAN.search(token) is None or len(token) < 3:
            yield token
        else:
            yield from (token[at : at + 2] for at in range(len(token) - 1))


def without_tail(title: str) -> str:
    """The title without " - Publisher" or " | Publisher" at its end (at most five words)."""
    tail = TAIL.search(title)
    if tail is None or len(tail[1].split()) > 5 or tail.start() < 12:
        return title
    return title[: tail.start()]


@lru_cache(maxsize=1 << 17)
def fold(token: str) -> str:
    """A word in Latin letters and digits, lower case, without article or possessive."""
    bare = ARTICLE.sub("", token)
    plain = anyascii(bare).lower()
    plain = plain.removesuffix("'s")
    return "".join(letter for letter in plain if letter.isalnum())


def spelling(plain: str) -> Iterator[str]:
    """The runs of three and four characters of a word between blanks."""
    padded = f" {plain} "
    for size in (3, 4):
        yield from (padded[at : at + size] for at in range(len(padded) - size + 1))


def place(term: str) -> int:
    return crc32(term.encode()) & (PLACES - 1)
