"""Where words end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from trend_agent.text import segment
from trend_agent.text.once import Once
from trend_agent.text.script import marks

HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
KANA = r"\u3040-\u30ff\u31f0-\u31ff"
HANGUL = r"\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"

HAS_HANGUL = re.compile(f"[{HANGUL}]")
HAS_KANA = re.compile(f"[{KANA}]")
EAST = re.compile(
    f"[{HAN}{KANA}]{{1,200}}|[^\\s{HAN}{KANA}]{{0,20}}[{HANGUL}](?:[^{HAN}{KANA}]{{0,200}}[{HANGUL}])?"
)
"""Stretches that a segmenter has to cut: Chinese or Japanese; or Korean, with the numbers and Latin words
that its particles hang on. Their length is bounded, as a segmenter's time may grow with its square."""

LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)


def words(text: str, lang: str = "und") -> list[str]:
    """The words of a text in reading order, after NFKC, in their own case.

    Numbers keep their inner points and commas (`1,000`, `3.5`), `U.S.` is `US`, a possessive `'s` and other
    elisions are cut off, links are left out. Chinese, Japanese and Korean are segmented by script; `lang`
    settles what Han characters alone leave open. Japanese and Korean particles and endings are left out.
    Scripts written without blanks that have no segmenter here (Thai, Lao, Khmer, Burmese) stay in one piece.
    """
    if "://" in text or "www." in text:
        text = LINK.sub(" ", text)
    if text.isascii():
        return list(_spaced(text))
    text = unicodedata.normalize("NFKC", text)
    found: list[str] = []
    place = 0
    for east in EAST.finditer(text):
        found += _spaced(text[place : east.start()])
        found += _segmented(east.group(), lang)
        place = east.end()
    return [*found, *_spaced(text[place:])]


def japanese_in(stretch: str, lang: str) -> bool:
    """Whether Han characters are to be read as Japanese."""
    return lang == "ja" or bool(HAS_KANA.search(stretch))


def _segmented(stretch: str, lang: str) -> list[str]:
    if HAS_HANGUL.search(stretch):
        return segment.korean(stretch)
    return segment.japanese(stretch) if japanese_in(stretch, lang) else segment.chinese(stretch)


def _spaced(text: str) -> Iterator[str]:
    for found in _pattern().finditer(text):
        if found.lastgroup == "short":
            yield found.group().replace(".", "")
        elif found.lastgroup != "elided":
            yield found.group()


def _compile() -> re.Pattern[str]:
    letter = r"[^\W\d_]"
    joined = f"(?:[^\\W_]|[{marks()}\u200c\u200d])"
    return re.compile(
        rf"(?P<short>{letter}\.(?:{letter}\.)+)"
        r"|\d+(?:[.,:]\d+)+"
        r"|(?P<elided>(?<=\w)['’]s\b)"
        rf"|[^\W_]{joined}*"
    )


_pattern = Once(_compile)
