"""Which script a text is written in, as ISO 15924 codes."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from functools import cache, lru_cache

UNKNOWN = "Zyyy"
"""ISO 15924 for what belongs to no script: digits, signs, nothing at all."""

LONGEST = 2000
"""Letters looked at; a text's script shows in its beginning."""

CODES = {
    "ARABIC": "Arab",
    "ARMENIAN": "Armn",
    "BENGALI": "Beng",
    "CJK": "Hani",
    "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva",
    "ETHIOPIC": "Ethi",
    "GEORGIAN": "Geor",
    "GREEK": "Grek",
    "GUJARATI": "Gujr",
    "GURMUKHI": "Guru",
    "HALFWIDTH": "Kana",
    "HANGUL": "Hang",
    "HEBREW": "Hebr",
    "HIRAGANA": "Hira",
    "KANNADA": "Knda",
    "KATAKANA": "Kana",
    "KHMER": "Khmr",
    "LAO": "Laoo",
    "LATIN": "Latn",
    "MALAYALAM": "Mlym",
    "MONGOLIAN": "Mong",
    "MYANMAR": "Mymr",
    "ORIYA": "Orya",
    "SINHALA": "Sinh",
    "SYRIAC": "Syrc",
    "TAMIL": "Taml",
    "TELUGU": "Telu",
    "THAANA": "Thaa",
    "THAI": "Thai",
    "TIBETAN": "Tibt",
}
"""The first word of a letter's Unicode name, which tells its script."""

SYLLABIC = ("Hani", "Hira", "Kana", "Hang")


def script_of(text: str) -> str:
    """The script most letters are in. `Jpan` where kana stand among them, `Kore` for Hangul, and for Han
    alone `Hans` or `Hant`, or `Hani` where the characters are used in both.

    A tie goes to the code that comes first in the alphabet.
    """
    if text.isascii():
        return "Latn" if any(map(str.isalpha, text)) else UNKNOWN
    found = scripts(text)
    if kana := found.pop("Hira", 0) + found.pop("Kana", 0):
        found["Jpan"] = kana + found.pop("Hani", 0)
    if not found:
        return UNKNOWN
    script = min(found, key=lambda code: (-found[code], code))
    if script == "Hani":
        return _han(text)
    return "Kore" if script == "Hang" else script


def scripts(text: str) -> Counter[str]:
    """How much of a text is in which script; Han, Hiragana, Katakana and Hangul are counted apart, and
    twice, as one of their characters says as much as two letters.
    """
    found: Counter[str] = Counter()
    for character, times in Counter(text[:LONGEST]).items():
        if code := letter_script(character):
            found[code] += 2 * times if code in SYLLABIC else times
    return found


@cache
def letter_script(character: str) -> str:
    """The script of one letter; empty for anything that is no letter, or of a script without a code here."""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "")
    if name.startswith(("FULLWIDTH", "MODIFIER", "FEMININE", "MASCULINE")):
        return "Latn" if "LATIN" in name else ""
    # the mark that prolongs a vowel stands in Hiragana words as well
    if character == "ー":
        return ""
    return CODES.get(name.partition(" ")[0].partition("-")[0], "")


def _han(text: str) -> str:
    """Simplified or traditional, by which of the two national standards hold the characters."""
    han = [c for c in text[:LONGEST] if letter_script(c) == "Hani"]
    simple = sum(within(c, "gb2312") for c in han)
    traditional = sum(within(c, "big5") for c in han)
    if simple == traditional:
        return "Hani"
    return "Hans" if simple > traditional else "Hant"


@lru_cache(maxsize=1 << 14)
def within(text: str, charset: str) -> bool:
    """Whether a character set holds all of a text."""
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


@cache
def marks() -> str:
    """The inside of a regular expression's `[…]` that matches combining marks, which `\\w` leaves out.

    Without them words of Hindi, Bengali or Thai fall apart at every vowel sign.
    """
    points = [
        p for p in range(0x300, sys.maxunicode + 1) if unicodedata.category(chr(p)) in ("Mn", "Mc", "Me")
    ]
    spans: list[list[int]] = []
    for point in points:
        if spans and spans[-1][1] == point - 1:
            spans[-1][1] = point
        else:
            spans.append([point, point])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in spans)
