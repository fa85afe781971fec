"""What of an item is compared with other items."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from trend_agent.errors import Rejected
from trend_agent.items import Item
from trend_agent.processing.families import wire
from trend_agent.text.address import canonical, registrable
from trend_agent.text.once import Once
from trend_agent.text.script import marks

PROSE = 50
"""Words from which on a body is compared by runs of words; a shorter one by its letters, like a title."""

LONGEST = 300
"""Words of a body that are compared."""

HEAD = 80
"""Words of a body's beginning that are also looked up alone, as copies are cut from the end."""

LONGEST_SHORT = 600
"""Characters of a title or a short text that are compared."""

CUT = re.compile(r"\[\+\d+ chars\]\s*$")
"""What a news interface puts where it cuts a body; its number is no news."""

NOISE = re.compile(r"\b(?:https?://|www\.|pic\.twitter\.com/)\S+|(?<!\w)@\w+|^RT\b", re.IGNORECASE)
OUTLET = re.compile(r"(.{12,}\S)\s+[-–—|·•]\s+([^|–—·•]{2,48})$", re.DOTALL)
LABEL = re.compile(
    r"^\W*(?:breaking(?: news)?|update[ds]?(?: \d+)?|wrapup(?: \d+)?|exclusive|just in|developing|urgent|alert|live"
    r"|watch|video|photos|refile|corrected|correction|eilmeldung|eil|urgente?|en direct|direct|en vivo|em direto"
    r"|última hora|diretta|срочно|молния|عاجل|速報|快讯|快訊|속보)\b\s*[-:–—|\]】]+\s*",
    re.IGNORECASE,
)
"""What agencies put in front of a headline; it says nothing of what happened."""

THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
EAST = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"


@dataclass(frozen=True, slots=True)
class Reading:
    """An item as the comparison sees it.

    `title`, `short` and `prose` (the body, by its length) are words joined by blanks, in their case. `house` is whose
    item it is: its publisher, or source and author where there is no address. `wire` is the agency it names, or
    nothing. `seen` is in seconds.
    """

    id: str
    seen: float
    address: str
    house: str
    title: str
    short: str
    prose: str
    wire: str = ""


def read(item: Item) -> Reading:
    address = _address(item.url)
    host = address[8:].partition("/")[0]
    house = (registrable(host) or host) if address else f"{item.source}\n{item.author}"
    body = tokens(item.body, longest=LONGEST * 12) if item.body else []
    return Reading(
        item.id,
        item.seen_at.timestamp(),
        address,
        house,
        " ".join(tokens(_headline(item.title, item.source, house))),
        " ".join(body) if len(body) < PROSE else "",
        " ".join(body[:LONGEST]) if len(body) >= PROSE else "",
        wire(item) or "",
    )


def tokens(text: str, *, longest: int = LONGEST_SHORT) -> list[str]:
    """The words of a text after NFKC, in their case, without links, handles, emoji and signs; Han and kana
    one by one. A number's separators are left out: `1,000` is `1000`."""
    text = CUT.sub("", text[:longest]) if text.endswith("]") else text[:longest]
    if not text.isascii():
        text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if "@" in text or "://" in text or "www." in text or text.startswith("RT"):
        text = NOISE.sub(" ", text)
    found: list[str] = _token().findall(THOUSANDS.sub("", text))
    return found


def _headline(title: str, source: str, house: str) -> str:
    """A title without the label in front of it and the outlet's name behind it."""
    title = LABEL.sub("", title[:LONGEST_SHORT], count=1)
    found = OUTLET.match(title)
    if found and (_names(found[2], source) or _names(found[2], house)):
        return found[1]
    return title


@lru_cache(maxsize=4096)
def _names(tail: str, outlet: str) -> bool:
    """Whether the end of a headline is the outlet's name: `Daily Post` for dailypost.example."""
    one, other = _letters(tail), _letters(outlet)
    return len(one) > 1 and len(other) > 1 and (one in other or other in one)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


@lru_cache(maxsize=1024)
def _address(url: str) -> str:
    """The address to compare by; empty where it is none, or only leads to a site's front page."""
    try:
        spelt = canonical(url) if url else ""
    except Rejected:
        return ""
    return "" if spelt.count("/") == 3 and spelt.endswith("/") else spelt


def _compile() -> re.Pattern[str]:
    return re.compile(
        rf"\d+(?:[.,:]\d+)*[^\W\d_{EAST}]*|[{EAST}]|[^\W\d_{EAST}](?:[^\W_{EAST}]|[{marks()}\u200c\u200d])*"
    )


_token = Once(_compile)
