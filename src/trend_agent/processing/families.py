"""Whose voice an item is: the house behind its publisher, and the agency whose report it prints.

Twenty papers that print one report of one agency are one voice, and so are two papers of one owner.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from trend_agent.items import Item
from trend_agent.text.address import publisher, registrable

OPENING = 110
"""Characters at the beginning of a body in which a dateline names the agency."""

CLOSING = 160
"""Characters at the end of a body in which a credit does."""

LISTED = re.compile(r"[,;/|&()=+]|\s[-–—]\s|\s(?:and|und|et|y|e|mit|with|for|für)\s")
WRITTEN_BY = re.compile(
    r"^\s*(?:by|von|par|por|di|da|de|door|av|af|от|автор:?|source:?|quelle:?|来源：?)\s+", re.IGNORECASE
)
SET_OFF = re.compile(r"[(\[【（/–—-]")
"""What sets a dateline off from the text, save where it begins with the agency's name."""
ENVOYS = "新华社|新華社|中新社|中央社"
CUT = re.compile(r"…?\s*\[\+\d+ chars\]\s*$")


def family(source: str, url: str) -> str:
    """The house an item of this source and address comes from: a known owner, else the registered part of the
    address. The source itself where the address says nothing of who speaks (an aggregator, a social network)."""
    return _house(source, publisher(url), _door(url))


def wire(item: Item) -> str | None:
    """The agency whose report the item is, as far as it says: by its address or source, its author, the dateline
    it begins with (`PARIS (Reuters) –`, `МОСКВА, 1 мар – РИА Новости`, `【ロイター】`) or the credit it ends with."""
    return _agency(item.source, publisher(item.url), item.author, item.body)


def houses(
    sources: Sequence[str], urls: Sequence[str], authors: Sequence[str], bodies: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The families and the agencies of very many items, an empty name where there is no agency. Of a long body the
    beginning and the end do."""
    sites = list(map(publisher, urls))
    agencies = map(_agency, sources, sites, authors, bodies)
    return list(map(_house, sources, sites, map(_door, urls))), [agency or "" for agency in agencies]


@lru_cache(maxsize=1 << 14)
def _house(source: str, site: str, door: str) -> str:
    host = site or _as_site(source)
    house = _sites().get(host)
    if house:
        return house
    nobody = not host or host in _table()["stages"] or door
    return " ".join(source.casefold().split()) if nobody else host


def _agency(source: str, site: str, author: str, body: str) -> str | None:
    return _own(source, site) or _author(author) or _dateline(body) or _credit(body)


def _as_site(source: str) -> str:
    """A source that is named by its site."""
    return registrable(source.lower()) if "." in source and " " not in source else ""


@lru_cache(maxsize=1 << 14)
def _own(source: str, site: str) -> str | None:
    """The agency that a source or a site is."""
    return _agency_sites().get(site) or _names().get(source.strip())


def _door(url: str) -> str:
    """The door an address leads through; empty for one that leads to the page itself."""
    found = _doors().search(url)
    return found[0] if found else ""


@cache
def _doors() -> re.Pattern[str]:
    return re.compile(f"//(?:{'|'.join(map(re.escape, _table()['doors']))})/")


@lru_cache(maxsize=4096)
def _author(author: str) -> str | None:
    parts = [WRITTEN_BY.sub("", part.strip()).strip() for part in LISTED.split(author)] if author else []
    return next((_names()[part] for part in parts if part in _names()), None)


def _dateline(body: str) -> str | None:
    opening = body[:OPENING]
    if not (SET_OFF.search(opening) or _named().match(opening.lstrip())) or not _named().search(opening):
        return None  # a glance spares most texts the long look
    found = _beginnings().match(opening)
    return _names()[found[found.lastgroup or 0]] if found else None


def _credit(body: str) -> str | None:
    tail = CUT.sub("", body[-CLOSING:]) if len(body) > OPENING else ""
    found = _endings().search(tail) if _named().search(tail) else None
    return _names()[found[found.lastgroup or 0]] if found else None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "families.toml").read_text(encoding="utf-8"))


@cache
def _sites() -> dict[str, str]:
    return {site: house for house, sites in _table()["houses"].items() for site in sites}


@cache
def _agency_sites() -> dict[str, str]:
    return {site: agency for agency, known in _table()["agencies"].items() for site in known["sites"]}


@cache
def _names() -> dict[str, str]:
    """The agency by every name it is credited under."""
    return {name: agency for agency, known in _table()["agencies"].items() for name in known["names"]}


@cache
def _any_name() -> str:
    return "|".join(re.escape(name) for name in sorted(_names(), key=lambda name: (-len(name), name)))


@cache
def _named() -> re.Pattern[str]:
    return re.compile(f"{_any_name()}|{ENVOYS}")


@cache
def _beginnings() -> re.Pattern[str]:
    """Datelines: the name in brackets or between slashes and then a dash, in brackets alone at the very
    beginning, after a dash behind place and date, or in front of a place as Chinese agencies have it."""
    name = _any_name()
    place = r"[^.!?\n(\[【]{0,60}(?:\b\d{1,2}\.[^.!?\n(\[【]{0,20})?(?:[а-яё]{4,8}\.\s?)?"
    inside = r"(?:[^()\[\]【】/\n]{0,20}(?:[=/, ]|(?<=[\u3040-\u9fff\uac00-\ud7af])))?"
    after = r"(?:[=/, ][^()\[\]【】/\n]{0,20})?"
    return re.compile(
        rf"\s*(?:{place}[(\[【（/]{inside}(?P<a>{name}){after}[)\]】）/]\s*(?:[-–—:：]|\.\s?[-–—]|(?<=/)\.)"
        rf"|[(\[【（/]{inside}(?P<b>{name}){after}[)\]】）/]"
        rf"|[^.!?\n(\[]{{0,40}}\d{{1,2}}\s*[(\[](?P<f>{name})[)\]]"
        rf"|{place}[-–—]\s*(?P<c>{name})[.,:]"
        rf"|(?P<d>{name})\s*[-–—.:]{{1,2}}\s"
        rf"|(?P<e>{ENVOYS})[^。，\n]{{0,20}}[电電])"
    )


@cache
def _endings() -> re.Pattern[str]:
    name = _any_name()
    lead = r"(?:©|source|quelle|fuente|fonte|источник|来源|來源|出典)\s*[:：]?\s*"
    used = (
        r"(?:with (?:files|inputs?|reporting|material|information) (?:from|by)|mit material (?:von|der)|"
        r"con informaci[óo]n de|com informações d[aeo]|avec)\s+"
    )
    return re.compile(
        rf"(?:(?:(?i:{lead})|(?i:{used})|[—–-]\s?)(?P<a>{name})|(?:^|\n|[.!?。\u201d»])\s*[(\[/（](?P<b>{name})(?:/[\w/]{{1,12}})?[)\]/）])"
        r"[\s.。)]*$"
    )
