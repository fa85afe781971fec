"""What a feed document says, before it is made into items of ours."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from trend_agent.items import UNDETERMINED, Item, digest, item_id

MOST_ENTRIES = 2_000
LONGEST_TITLE = 10_000
LONGEST_BODY = 100_000
LONGEST_AUTHOR = 500
"""Characters kept; what is longer is cut."""

TAG = re.compile(r"<[/!?a-z]", re.IGNORECASE)
BLOCK = re.compile(
    r"<(?=/?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|blockquote|pre|hr|figure|section)\b)", re.IGNORECASE
)

WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """A feed document as it came. `headers` have lower-case names; `url` is what links are relative to."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the document states it. Title and body are HTML, or text with or without references.

    `key` is its guid, id or link; empty where it has none. `published` falls back to its last change.
    """

    key: str = ""
    title: str = ""
    body: str = ""
    url: str = ""
    author: str = ""
    lang: str = ""
    published: datetime | None = None

    def id(self, source: str) -> str:
        return item_id(source, self.key or digest(self.title, self.body))

    def item(self, source: str, seen_at: datetime, *, lang: str = UNDETERMINED, **extra: Any) -> Item:
        """The item of `source` this entry is, in plain text; `lang` holds where it declares none."""
        return Item(
            id=self.id(source),
            source=source,
            title=plain(self.title)[:LONGEST_TITLE],
            body=plain(self.body)[:LONGEST_BODY],
            url=self.url if WEB.match(self.url) else "",
            author=plain(self.author)[:LONGEST_AUTHOR],
            lang=self.lang or lang,
            published_at=self.published,
            seen_at=seen_at,
            extra=extra,
        )


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. `total` counts all entries of the document; `entries` are the first of them, in its order."""

    title: str
    well_formed: bool
    encoding: str
    lang: str = ""
    url: str = ""
    entries: Sequence[Entry] = ()
    total: int = 0


def plain(markup: str) -> str:
    """The text of a piece of HTML: no tags, no scripts or styles, references resolved, space folded."""
    if TAG.search(markup):
        import nh3

        markup = nh3.clean(BLOCK.sub(" <", markup), tags=set())
    return " ".join(html.unescape(markup).split()) if "&" in markup else " ".join(markup.split())


def language(tag: object) -> str:
    """The primary part of a language tag (`pt` of `pt-BR`); empty where it is none."""
    primary = str(tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return primary if 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha() else ""


def joined(base: str, link: str) -> str:
    """An absolute link; empty where there is none, or none can be made."""
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""
