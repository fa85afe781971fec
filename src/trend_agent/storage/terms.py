"""What of a text can be searched for, and what a query asks for; the same on every backend.

Letters are folded (case, compatibility forms, accents of Latin and Greek). Scripts written without blanks,
and Korean with its particles, are cut into pairs of characters, which need no dictionary and find every stretch
of two characters or more; the last character of a stretch stands alone, so that single ones are found as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

MOST = 2_000
"""Terms of one item that are kept; PostgreSQL has room for 16,383."""

QUERY_MOST = 100
"""Words and phrases of a query that count."""

LONGEST = 64
"""Characters of a term that count."""

UNSPACED = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003134f\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
"""Han, Kana, Hangul, Thai, Lao, Burmese, Khmer."""

STRETCH = re.compile(f"([{UNSPACED}]+)|[^{UNSPACED}]+")
PLAIN = re.compile(r"[a-z0-9]+")
CHUNK = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
VOWEL_SIGNS = (range(0x0591, 0x05C8), range(0x064B, 0x0660), range(0x0670, 0x0671))
"""Hebrew and Arabic signs that are mostly left out in writing."""


def terms(text: str) -> list[str]:
    """The terms of a text in reading order, at most `MOST`."""
    return [term for stretch in _stretches(text) for term in stretch.terms][:MOST]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that follow one another; the last one may go on where `open` says so."""

    terms: Sequence[str]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query asks for: all of `phrases` and none of `without`."""

    phrases: Sequence[Phrase]
    without: Sequence[Phrase]


def wanted(query: str) -> Wanted:
    """Read a query: words that must all occur, `"a phrase"`, `-without`, `begin*`; any other sign is a blank."""
    phrases: list[Phrase] = []
    without: list[Phrase] = []
    for minus, quoted, bare in islice(CHUNK.findall(query), QUERY_MOST):
        if phrase := _phrase(quoted or bare):
            (without if minus else phrases).append(phrase)
    return Wanted(phrases, without)


def _phrase(text: str) -> Phrase | None:
    stretches = list(_stretches(text))
    if not stretches:
        return None
    *before, last = stretches
    found = [term for stretch in before for term in stretch.terms]
    if last.pairs and len(last.terms) > 1:
        return Phrase([*found, *last.terms[:-1]])  # the pairs before it hold the last character already
    return Phrase([*found, *last.terms], open=last.pairs or text.rstrip().endswith("*"))


@dataclass(frozen=True, slots=True)
class _Stretch:
    terms: Sequence[str]
    pairs: bool


def _stretches(text: str) -> Iterator[_Stretch]:
    if text.isascii():
        for found in PLAIN.finditer(text.lower()):
            yield _Stretch([found.group()[:LONGEST]], pairs=False)
        return
    for word in unicodedata.normalize("NFKC", text).casefold().translate(_letters).split():
        for found in STRETCH.finditer(word):
            piece = found.group()
            if found.group(1):
                yield _Stretch([piece[n : n + 2] for n in range(len(piece))], pairs=True)
            else:
                yield _Stretch([piece[:LONGEST]], pairs=False)


class _Letters(dict[int, str]):
    """What each character becomes, found out when it is first met: itself, its base letter, a blank, nothing."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _letter(chr(code))
        return found


def _letter(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cf" or any(ord(character) in signs for signs in VOWEL_SIGNS):
        return ""
    if kind[0] not in "LNM":
        return " "
    base = unicodedata.normalize("NFD", character)[0]
    accented = base != character and unicodedata.name(base, "").startswith(("LATIN", "GREEK"))
    return base if accented else character


_letters = _Letters()
