"""RSS, RDF and Atom: the fast reader where the document is of the plain kind, the patient one elsewhere.

Plain is a well-formed document in UTF-8 whose titles hold no markup and where the fast reader finds as many
entries as there are. There both agree; for all else feedparser knows the ways of twenty years of feeds.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from trend_agent.errors import Rejected
from trend_agent.sources.feeds.dates import moment, of_parts
from trend_agent.sources.feeds.feed import MOST_ENTRIES, Document, Entry, Feed, language
from trend_agent.sources.feeds.jsonfeed import joined
from trend_agent.sources.feeds.shape import UTF8, Shape, shape

REWRITTEN = re.compile(r"<|&#(?:39|1[2-5]\d|x[89][0-9a-f]);", re.IGNORECASE)
"""What makes feedparser rewrite a title: markup, apostrophes and the numbers of Windows' code page."""


def read(document: Document) -> Feed:
    """Rejected where the document is no feed, or one that is unsafe to read."""
    found = shape(document.body)
    feed = fast(document, found) if found.well_formed and found.plain and in_utf8(document) else None
    return feed or patient(document, found)


def in_utf8(document: Document) -> bool:
    """Whether header, declaration and bytes agree on UTF-8."""
    kind, _, rest = document.headers.get("content-type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip(" \"'")
    stated = UTF8.match(document.body.lstrip()[:200])
    named = {charset or "utf-8", stated[1].decode("latin-1").lower() if stated else "utf-8"}
    if named != {"utf-8"} or (kind.strip().startswith("text/") and not charset):
        return False
    try:
        document.body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not document.body.startswith(b"\xef\xbb\xbf")


def fast(document: Document, found: Shape) -> Feed | None:
    """None where the fast reader fails on it, or its answer cannot be trusted."""
    import fastfeedparser

    try:
        answer = fastfeedparser.parse(document.body, include_tags=False, include_media=False)
    except ValueError:
        return None
    feed, rows = answer["feed"], answer["entries"]
    titles = [feed.get("title") or "", *(row.get("title") or "" for row in rows)]
    if len(rows) != found.entries or not titles[0] or any(map(REWRITTEN.search, titles)):
        return None
    return Feed(
        title=titles[0].strip(),
        well_formed=True,
        encoding="utf-8",
        lang=language(feed.get("language")),
        url=joined(document.url, feed.get("link") or ""),
        entries=[fast_entry(row, document.url) for row in rows[:MOST_ENTRIES]],
        total=len(rows),
    )


def fast_entry(row: Mapping[str, Any], base: str) -> Entry:
    contents = row.get("content") or [{}]
    link = joined(base, (row.get("link") or "").strip())
    return Entry(
        key=(row.get("id") or "").strip() or link,
        title=(row.get("title") or "").strip(),
        body=(contents[0].get("value") or row.get("description") or "").strip(),
        url=link,
        author=(row.get("author") or "").strip(),
        published=moment(row.get("published")) or moment(row.get("updated")),
        html=("title", "body"),
    )


def patient(document: Document, found: Shape) -> Feed:
    import feedparser

    headers = {**document.headers, "content-location": document.url}
    # A stream and never bytes: feedparser takes bytes for the name of a file first.
    answer = feedparser.parse(io.BytesIO(document.body), response_headers=headers)
    feed, rows = answer["feed"], answer["entries"]
    if not rows and not answer.get("version"):
        refuse_page(document.body, found)
    return Feed(
        title=(feed.get("title") or "").strip(),
        well_formed=not answer["bozo"],
        encoding=answer.get("encoding") or "",
        lang=language(feed.get("language")),
        url=(feed.get("link") or "").strip(),
        entries=[patient_entry(row, document.url) for row in rows[:MOST_ENTRIES]],
        total=len(rows),
    )


def patient_entry(row: Mapping[str, Any], base: str) -> Entry:
    """`dict(row)` because feedparser's own rows warn when they stand one date in for another."""
    contents = row.get("content") or [{}]
    title = row.get("title_detail") or {}
    body = contents[0] if contents[0].get("value") else row.get("summary_detail") or {}
    link = joined(base, (row.get("link") or "").strip())
    return Entry(
        key=(row.get("id") or "").strip() or link,
        title=(row.get("title") or "").strip(),
        body=(body.get("value") or "").strip(),
        url=link,
        author=(row.get("author") or "").strip(),
        lang=language(title.get("language")),
        published=of_parts(row.get("published_parsed") or dict(row).get("updated_parsed")),
        html=tuple(
            name for name, detail in (("title", title), ("body", body)) if detail.get("type") != "text/plain"
        ),
    )


def refuse_page(body: bytes, found: Shape) -> None:
    """Rejected where a document without a feed in it is plainly something else."""
    head = body.lstrip()[:2000].lower()
    if found.root == "html" or b"<html" in head or head.startswith(b"<!doctype html"):
        raise Rejected("the document is an HTML page, expected a feed")
    if b"<" not in head:
        raise Rejected(f"the document is no XML, expected a feed; it begins with {body.lstrip()[:20]!r}")
    if not any(word in head for word in (b"<rss", b"<feed", b"<rdf", b"<channel", b":feed", b":rdf")):
        raise Rejected("the document is XML, but no feed")
