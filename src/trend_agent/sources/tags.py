"""The links that a page or a feed declares about itself: `<link rel=… href=…>`, and the header of that name."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

from trend_agent.egress import Response
from trend_agent.sources.feeds.feed import joined

SCANNED = 1 << 20
"""Bytes at the beginning of a document that are looked through."""

TAG = re.compile(r"<(?:[a-z0-9]{1,10}:)?(?P<tag>link|a)\s(?P<rest>[^<>]{1,4000})>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([a-z:-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
IN_HEADER = re.compile(
    r"<([^<>]{1,2000})>\s*((?:;\s*[a-z]{1,20}\s*=\s*(?:\"[^\"]*\"|[^\s,;\"]+)\s*)+)", re.IGNORECASE
)


def links(answer: Response) -> Iterator[Mapping[str, str]]:
    """The attributes of each, `href` made absolute and `tag` telling whether it is a `link`, an `a` or a `header`."""
    for address, rest in IN_HEADER.findall(answer.headers.get("link", "")[:8192]):
        yield _attributes(rest, answer.url) | {"href": joined(answer.url, address), "tag": "header"}
    for found in TAG.finditer(answer.body[:SCANNED].decode("utf-8", "replace")):
        yield _attributes(found["rest"], answer.url) | {"tag": found["tag"].lower()}


def _attributes(text: str, base: str) -> dict[str, str]:
    found = {name.lower(): html.unescape(a or b or c) for name, a, b, c in ATTRIBUTE.findall(text)}
    return found | {"href": joined(base, found.get("href", ""))}


def relations(link: Mapping[str, str]) -> set[str]:
    return set(link.get("rel", "").lower().split())
