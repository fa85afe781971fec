"""What a feed document says, before it is made into items of ours."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from trend_agent.items import UNDETERMINED, Item, digest, item_id

if TYPE_CHECKING:
    import nh3

MOST_ENTRIES = 2_000
LONGEST_TITLE = 10_000
LONGEST_BODY = 100_000
LONGEST_AUTHOR = 500
"""Characters kept; what is longer is cut."""

LONGEST_URL = 8_192
"""A longer link is none."""

TAG = re.compile(r"<[/!?a-z]", re.IGNORECASE)
BLOCK = re.compile(
    r"<(?=/?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|blockquote|pre|hr|figure|section)\b)", re.IGNORECASE
)

SIMPLE = re.compile(r"</?(?:p|br|div|li|ul|ol)[ /]{0,2}>", re.IGNORECASE)
"""Tags that say nothing and need no parser: most bodies hold no others."""

WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)

PLAIN_LINK = re.compile(r"https?://[\w.-]+(?::\d+)?/[\w./~%+,;=&?#-]*", re.ASCII)
"""A link that needs nothing done to it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A feed document as it came. `headers` have lower-case names; `url` is what links are relative to.

    Where `plain` is true, its entries are wanted in plain text and cut to our lengths.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    plain: bool = False


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

    def plain(self) -> Entry:
        """The same in plain text. HTML can be made costly to read: this too belongs into the sandbox."""
        return Entry(
            key=self.key,
            title=plain(self.title[: 2 * LONGEST_TITLE])[:LONGEST_TITLE],
            body=plain(self.body[: 2 * LONGEST_BODY])[:LONGEST_BODY],
            author=plain(self.author[: 2 * LONGEST_AUTHOR])[:LONGEST_AUTHOR],
            url=self.url if WEB.match(self.url) and len(self.url) <= LONGEST_URL else "",
            lang=self.lang,
            published=self.published,
        )

    def item(self, source: str, seen_at: datetime, *, lang: str = UNDETERMINED, **extra: Any) -> Item:
        """The item of `source` this entry is; `lang` holds where it declares none."""
        return Item(
            id=self.id(source),
            source=source,
            title=self.title,
            body=self.body,
            url=self.url,
            author=self.author,
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
    if "<" in markup:
        bare = SIMPLE.sub(" ", markup)
        markup = _cleaner().clean(BLOCK.sub(" <", markup)) if TAG.search(bare) else bare
    return " ".join(html.unescape(markup).split()) if "&" in markup else " ".join(markup.split())


@cache
def _cleaner() -> nh3.Cleaner:
    """Made once: to make one takes longer than to clean a text."""
    import nh3

    return nh3.Cleaner(tags=set())


def language(tag: object) -> str:
    """The primary part of a language tag (`pt` of `pt-BR`); empty where it is none."""
    primary = str(tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return primary if 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha() else ""


def joined(base: str, link: str) -> str:
    """An absolute link; empty where there is none, or none can be made."""
    if PLAIN_LINK.fullmatch(link):
        return link
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""
