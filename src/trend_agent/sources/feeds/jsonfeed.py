"""JSON Feed, versions 1 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson

from trend_agent.errors import Rejected
from trend_agent.sources.feeds.dates import moment
from trend_agent.sources.feeds.feed import MOST_ENTRIES, WEB, Document, Entry, Feed, joined, language


def read(document: Document) -> Feed:
    """Rejected where it is no JSON, or JSON that is no feed."""
    text = document.body.lstrip().removeprefix(b"\xef\xbb\xbf")
    try:
        root = orjson.loads(text)
    except orjson.JSONDecodeError as fault:
        raise Rejected(f"the document is no JSON ({fault})") from fault
    rows = root.get("items") if isinstance(root, dict) else None
    if not isinstance(rows, list):
        raise Rejected("the document is JSON, but no feed: it has no list of 'items'")
    entries = [entry(row, document.url) for row in rows[:MOST_ENTRIES] if isinstance(row, dict)]
    return Feed(
        title=text_of(root, "title"),
        well_formed=True,
        encoding="utf-8",
        lang=language(root.get("language")),
        url=text_of(root, "home_page_url"),
        entries=entries,
        total=len(rows),
    )


def entry(row: dict[str, Any], base: str) -> Entry:
    url = text_of(row, "url") or text_of(row, "external_url")
    text = escape(text_of(row, "content_text"), quote=False)
    return Entry(
        key=text_of(row, "id") or url,
        title=text_of(row, "title"),
        body=text_of(row, "content_html") or text or text_of(row, "summary"),
        url=joined(base, url),
        author=author(row),
        lang=language(row.get("language")),
        published=moment(row.get("date_published")) or moment(row.get("date_modified")),
    )


def author(row: dict[str, Any]) -> str:
    """Version 1 has one `author`, 1.1 a list of `authors`."""
    people = row.get("authors") if isinstance(row.get("authors"), list) else [row.get("author")]
    names = (text_of(person, "name") for person in people or () if isinstance(person, dict))
    return ", ".join(filter(None, names))


def text_of(row: dict[str, Any], name: str) -> str:
    """A field as text; ids are at times numbers."""
    value = row.get(name)
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def relations(body: bytes) -> dict[str, str]:
    """The addresses of the first WebSub hub a document names and of itself, under `hub` and `self`."""
    try:
        root = orjson.loads(body.lstrip().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(root, dict) or not isinstance(root.get("hubs"), list):
        return {}
    hubs = [row for row in root["hubs"] if isinstance(row, dict)]
    offered = [text_of(row, "url") for row in hubs if text_of(row, "type").lower() == "websub"]
    named = {"hub": offered[0] if offered else "", "self": text_of(root, "feed_url")}
    return {relation: address for relation, address in named.items() if WEB.match(address)}
