"""One document to one feed, whatever kind it is. Costs are bounded by `sandbox`, not here."""

from __future__ import annotations

from dataclasses import replace

from trend_agent.errors import Rejected
from trend_agent.sources.feeds import jsonfeed, xml
from trend_agent.sources.feeds.feed import Document, Feed, joined

LARGEST = 16 << 20
"""Bytes of a document."""


def read(document: Document) -> Feed:
    """Rejected says why a document is no feed."""
    if len(document.body) > LARGEST:
        raise Rejected(f"the document has over {LARGEST} bytes")
    base = joined(document.url, document.headers.get("content-location", ""))
    document = replace(document, url=base or document.url)
    start = document.body[:200].lstrip().removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start and not document.body.strip():
        raise Rejected("the document is empty")
    feed = jsonfeed.read(document) if start in (b"{", b"[") else xml.read(document)
    return replace(feed, entries=[entry.plain() for entry in feed.entries]) if document.plain else feed
