"""Days of the year that a text or an address names, in the words of its language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache

LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
YEAR = sum(LENGTHS)
"""Days of a year are counted as if each were a leap year."""

NUMBER = r"(\d{1,2})(?:st|nd|rd|th|er|-го|º|\.)?"
BEFORE = re.compile(rf"(?<![\d.,:]){NUMBER}\s+(?:de\s+|of\s+)?([^\W\d_]+)")
"""8 November, 8 ноября, 1er mars, 8. März, 8 de marzo."""
AFTER = re.compile(rf"\b([^\W\d_]+)\.?\s+{NUMBER}(?![\d:%])\b")
"""November 8th, Nov. 8."""
EAST = re.compile(r"(?<!\d)(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]")
"""11月8日, 11월 8일."""
POINTS = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(?:19|20)\d\d(?!\d)")
"""8.11.2019."""
ORDERED = re.compile(r"(?<!\d)(?:19|20)\d\d([-/.]?)(\d\d)\1(\d\d)(?!\d)")
"""2019-11-08, 2019/11/08, 20191108, in texts and addresses."""

EVERYWHERE = "en"
"""The language whose months are read where that of a text is unknown."""


def days(text: str, language: str) -> frozenset[int]:
    """The days that a text names, 1 (1 January) to 366; the year, which most texts leave out, is not looked at."""
    return frozenset(day for month, number in _named(text, language) if (day := _day(month, number)))


def day_of(moment: datetime | None) -> frozenset[int]:
    """The day that a moment falls on, in UTC."""
    if moment is None:
        return frozenset()
    day = moment.astimezone(UTC)
    return frozenset({_day(day.month, day.day)})


def apart(one: Iterable[int], other: Iterable[int]) -> int:
    """How many days lie between the nearest two, across the turn of the year as well; 0 where either names none."""
    others = tuple(other)
    gaps = (abs(first - second) for first in one for second in others)
    return min((min(gap, YEAR - gap) for gap in gaps), default=0)


def _named(text: str, language: str) -> Iterator[tuple[int, int]]:
    """(month, number of the day), which need not exist."""
    known = months(language)
    for number, word in BEFORE.findall(text):
        yield known.get(word, 0), int(number)
    for word, number in AFTER.findall(text):
        yield known.get(word, 0), int(number)
    for month, number in EAST.findall(text):
        yield int(month), int(number)
    for number, month in POINTS.findall(text):
        yield int(month), int(number)
    for _, month, number in ORDERED.findall(text):
        yield int(month), int(number)


def _day(month: int, number: int) -> int:
    if not (1 <= month <= len(LENGTHS) and 1 <= number <= LENGTHS[month - 1]):
        return 0
    return sum(LENGTHS[: month - 1]) + number


@cache
def months(language: str) -> Mapping[str, int]:
    """The month that a word stands for, by CLDR: its names and short forms as they are written within a sentence
    (`May` but not `may`) or at its beginning."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(EVERYWHERE if language == "und" else language)
    except (UnknownLocaleError, ValueError):
        return {}
    found: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for month, name in locale.months["format"][width].items():
            plain = name.removesuffix(".")
            for form in (plain, plain[:1].upper() + plain[1:], plain.upper()):
                found.setdefault(form, month)
    return found
