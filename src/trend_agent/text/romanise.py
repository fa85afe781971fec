"""How a text sounds in Latin letters, so that names meet across scripts."""

from __future__ import annotations

import re

from trend_agent.text import segment
from trend_agent.text.words import HAN, KANA, japanese_in

EAST = re.compile(f"[{HAN}{KANA}]{{1,200}}")
LONGEST_SIGN = 3
"""Letters a sign may become (`™` is `TM`); what takes more is the name of a picture (`:grinning:`)."""

CONTRACTED = re.compile("([キシチニヒミリギジヂビピテデフヴツ])([ャュョァィゥェォ])")
DOUBLED = re.compile("ッ ?([a-z])")
BLANKS = re.compile(r" {2,}")


def romanise(text: str, lang: str = "und") -> str:
    """The text in ASCII letters: pinyin without tones for Chinese, spoken readings for Japanese, letter by
    letter otherwise. Chinese and Japanese words are set apart by blanks; their letters, and those of every
    script without capitals, come out small. Emoji and signs without a reading fall away.

    `lang` says how Han characters are read; where it leaves that open, kana beside them mean Japanese.
    """
    if text.isascii():
        return text
    whole_lang = "ja" if japanese_in(text, lang) else lang
    read = EAST.sub(lambda found: f" {_east(found.group(), whole_lang)} ", text)
    return BLANKS.sub(" ", read.translate(_letters)).strip()


def _east(stretch: str, lang: str) -> str:
    if lang == "ja":
        return _latin(" ".join(segment.kana(stretch)))
    return " ".join(map(segment.pinyin, segment.chinese(stretch)))


def _latin(spoken: str) -> str:
    """Katakana by Hepburn's rules; long vowels are written as short ones, as newspapers do (Tokyo)."""
    drawn = CONTRACTED.sub(_contracted, spoken)
    return (
        DOUBLED.sub(r"\1\1", drawn.translate(_letters).replace("-", ""))
        .replace("cch", "tch")
        .replace("ッ", "")
    )


def _contracted(found: re.Match[str]) -> str:
    """Two kana that are one syllable: kya, sha, fa, ti."""
    first, small = (str(kana).translate(_letters) for kana in found.groups())
    if len(small) == 1 or first in ("shi", "chi", "ji"):
        return first[:-1] + small[-1]
    return first[:-1] + small


class _Letters(dict[int, str]):
    """What each code point is in ASCII, filled as they are met. Bounded by what Unicode has."""

    def __missing__(self, point: int) -> str:
        from anyascii import anyascii

        character = chr(point)
        if character == "ッ":
            return character
        latin = anyascii(character)
        if not character.isalnum() and len(latin) > LONGEST_SIGN:
            latin = " "
        self[point] = latin if character.isupper() else latin.lower()
        return self[point]


_letters = _Letters()
