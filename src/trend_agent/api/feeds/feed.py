"""A feed and its entries, whatever form they are written in.

Ids are made of what never changes, so that a reader knows an entry again wherever and in whatever form it meets it.
An entry's `updated` moves only with what the entry says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from trend_agent.text.clean import HIDDEN, LONE

OURS = UUID("6a1f4f0e-5b1c-5d0e-9a53-0c6f2f4b7d11")
"""The name space of our ids (RFC 9562, version 5)."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed that never had an entry was updated last: readers want a date."""

BEYOND = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What no document of XML 1.0 may hold, however it is written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to read. `says` are its sentences, `by` who says them."""

    id: str
    title: str
    link: str
    updated: datetime
    published: datetime
    says: Sequence[str] = ()
    by: Sequence[str] = ()
    tags: Sequence[str] = ()
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """What is followed: `here` is its own address, `page` that of the page that shows the same."""

    id: str
    title: str
    about: str
    here: str
    page: str
    entries: Sequence[Entry]

    @property
    def updated(self) -> datetime:
        return max((entry.updated for entry in self.entries), default=BEGINNING)


def permanent(kind: str, name: str) -> str:
    """The id of a thing of ours, the same wherever it is read."""
    return uuid5(OURS, f"{kind}:{name.encode('utf-8', 'replace').decode()}").urn


def visible(text: str) -> str:
    """A text without what would hide or reorder others, or break a document; a lone surrogate becomes U+FFFD."""
    return BEYOND.sub("", HIDDEN.sub("", LONE.sub("\ufffd", " ".join(text.split()))))


def address(text: str) -> str:
    """An address of the web as it can stand in a feed; empty where it is none that a reader should follow."""
    text = visible(text)
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc else ""
