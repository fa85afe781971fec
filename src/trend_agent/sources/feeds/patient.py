"""Feeds as they are: malformed, misdeclared, of old and odd kinds. feedparser knows twenty years of them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trend_agent.errors import Rejected
from trend_agent.sources.feeds.dates import moment, of_parts
from trend_agent.sources.feeds.feed import MOST_ENTRIES, Document, Entry, Feed, joined, language

ROOTS = (b"<rss", b"<feed", b"<rdf", b"<channel", b":feed", b":rdf", b":rss")

REFERENCE = re.compile(rb"&#(x[0-9a-f]{1,100}|[0-9]{1,100})", re.IGNORECASE)

STANDARD = re.compile(r"\d{4}-\d\d-\d\dT\d|\d [A-Z][a-z]{2} \d{4} \d\d:\d\d")
"""How ISO 8601 and RFC 822 write the most of a date."""

FAILURES = (ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""How feedparser itself fails on documents broken in rare ways: no encoding by that name, half a namespace …"""

LONGEST_DATE = 80


def read(document: Document) -> Feed:
    """Rejected where the document is no feed."""
    import feedparser

    # Without a type of content feedparser assumes the one that HTTP once did, in Latin-1.
    headers = {"content-type": "application/xml", **document.headers, "content-location": document.url}
    body = REFERENCE.sub(possible, document.body)
    # A stream and never bytes: feedparser takes bytes for the name of a file first.
    try:
        answer = feedparser.parse(io.BytesIO(body), response_headers=headers)
    except FAILURES as fault:
        raise Rejected(f"the document cannot be read ({type(fault).__name__}: {str(fault)[:80]})") from fault
    feed, rows = answer["feed"], answer["entries"]
    if not rows and not answer.get("version"):
        refuse_other(document.body)
    return Feed(
        title=words(feed, "title"),
        well_formed=not answer["bozo"],
        encoding=words(answer, "encoding"),
        lang=language(feed.get("language")),
        url=words(feed, "link"),
        entries=[entry(row, document.url) for row in rows[:MOST_ENTRIES]],
        total=len(rows),
    )


def entry(row: Mapping[str, Any], base: str) -> Entry:
    contents = [part for part in row.get("content") or [] if words(part, "value")]
    body = contents[0] if contents else row.get("summary_detail")
    link = joined(base, words(row, "link"))
    return Entry(
        key=words(row, "id") or link,
        title=words(row, "title"),
        body=words(body, "value"),
        url=link,
        author=words(row, "author"),
        lang=language(words(row.get("title_detail"), "language")),
        published=date(dict(row), "published") or date(dict(row), "updated"),
    )


def words(part: Mapping[str, Any] | None, name: str) -> str:
    """A text of feedparser's; in broken documents one thing may stand where another is usual."""
    found = part.get(name) if part else None
    return found.strip() if isinstance(found, str) else ""


def date(row: Mapping[str, Any], name: str) -> datetime | None:
    """Ours where it can be read by the standards, else feedparser's, which knows more ways to write one.

    But not for what looks like a standard's and is none: feedparser makes the 3rd of the 2nd at 25:61.
    """
    written = row.get(name)
    if not isinstance(written, str) or len(written) > LONGEST_DATE:
        return None
    return moment(written) or (None if STANDARD.search(written) else of_parts(row.get(f"{name}_parsed")))


def possible(reference: re.Match[bytes]) -> bytes:
    """A numeric reference, or one to the replacement character where no character has the number."""
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    fine = 0 < number < 0xD800 or 0xE000 <= number <= 0x10FFFF
    return reference[0] if fine else b"&#65533"


def refuse_other(body: bytes) -> None:
    """Rejected where a document without a feed in it is plainly something else."""
    head = body.replace(b"\0", b"").lstrip()[:2000].lower()
    if b"<html" in head or head.startswith(b"<!doctype html"):
        raise Rejected("the document is an HTML page, expected a feed")
    if b"<" not in head:
        raise Rejected(f"the document is no XML, expected a feed; it begins with {head[:20]!r}")
    if not any(root in head for root in ROOTS):
        raise Rejected("the document is XML, but no feed")
