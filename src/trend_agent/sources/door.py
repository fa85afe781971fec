"""Hygiene at the door: what any source yields, ours or a stranger's, as it may be kept.

It is done before the log and not where things are shown: whoever reads the records, an export or the API as well,
finds plain text and links to web pages in them. Cleaning twice changes nothing, so that later stages may do it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trend_agent.items import EARLIEST, Item
from trend_agent.text.clean import HIDDEN, clean

LONGEST_TITLE = 10_000
LONGEST_BODY = 100_000
LONGEST_NAME = 500
LONGEST_URL = 8_192
"""Characters kept; what is longer is cut, and a longer link is none."""

MOST_FIELDS = 64
DEEPEST = 4
"""What a source may tell beside the known fields: so many, nested so deep."""

WEB = re.compile(r"https?://[^\s/\\]", re.IGNORECASE)
SCHEME = re.compile(
    r"(?:https?|ftps?|file|filesystem|blob|data|javascript|vbscript|livescript|view-source|about|jar|intent|wss?):",
    re.IGNORECASE,
)
"""How an address begins that a browser would do something with."""


def admitted(item: Item) -> Item:
    """The item in plain text, cut to our lengths, with links to web pages only and a date that can be believed.

    A date before 1990 is none. One ahead of `seen_at` stays as claimed: it counts as `seen_at` wherever it counts.
    """
    published = item.published_at
    fine: dict[str, Any] = {
        "title": clean(item.title, longest=LONGEST_TITLE),
        "body": clean(item.body, longest=LONGEST_BODY),
        "author": clean(item.author, longest=LONGEST_NAME),
        "url": link(item.url),
        "published_at": None if published and published < EARLIEST else published,
        "extra": told(item.extra),
    }
    changed = {name: value for name, value in fine.items() if value != getattr(item, name)}
    return replace(item, **changed) if changed else item


def link(url: str) -> str:
    """The address of a web page as it came; empty where it is anything else, or hides something."""
    url = url.strip()
    fine = len(url) <= LONGEST_URL and WEB.match(url) and not HIDDEN.search(url) and " " not in url
    return url if fine else ""


def told(value: Any, depth: int = DEEPEST) -> Any:
    """Further fields with their texts cleaned; what looks like a link is one to a web page, or empty."""
    if isinstance(value, str):
        addressed = (
            ":" in value and SCHEME.match(re.sub(r"[\x00-\x20]", "", value)) and " " not in value.strip()
        )
        return link(value) if addressed else clean(value, longest=LONGEST_BODY)
    if isinstance(value, Mapping):
        some = list(value.items())[:MOST_FIELDS] if depth else []
        return {clean(str(name), longest=LONGEST_NAME): told(part, depth - 1) for name, part in some}
    if isinstance(value, list | tuple):
        return [told(part, depth - 1) for part in value[:MOST_FIELDS]] if depth else []
    return value
