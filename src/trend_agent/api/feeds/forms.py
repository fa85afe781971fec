"""The forms a feed is written in: Atom 1.0 (RFC 4287), RSS 2.0 (rssboard.org), JSON Feed 1.1 (jsonfeed.org)."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Literal

import orjson
from lxml import etree

from trend_agent import __version__
from trend_agent.api.feeds.feed import Entry, Feed, visible
from trend_agent.items import stamp

Form = Literal["atom", "rss", "json"]
ATOM = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NAME = "Trend Agent"


@dataclass(frozen=True, slots=True)
class Written:
    """How a form is written, and the media type it is sent with."""

    write: Callable[[Feed], bytes]
    kind: str


def atom(feed: Feed) -> bytes:
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _put(root, "id", feed.id)
    _put(root, "title", feed.title)
    _put(root, "subtitle", feed.about)
    _put(root, "updated", stamp(feed.updated))
    _put(root, "link", rel="self", type="application/atom+xml", href=feed.here)
    _put(root, "link", rel="alternate", type="text/html", href=feed.page)
    _put(_put(root, "author"), "name", NAME)
    _put(root, "generator", NAME, version=__version__)
    for entry in feed.entries:
        _atom_entry(_put(root, "entry"), entry)
    return _document(root)


def _atom_entry(part: etree._Element, entry: Entry) -> None:
    if entry.lang:
        part.set(LANG, entry.lang)
    _put(part, "id", entry.id)
    _put(part, "title", entry.title)
    _put(part, "link", rel="alternate", href=entry.link)
    _put(part, "published", stamp(entry.published))
    _put(part, "updated", stamp(entry.updated))
    for name in entry.by:
        _put(_put(part, "author"), "name", name)
    for tag in entry.tags:
        _put(part, "category", term=visible(tag))
    _put(part, "content", _markup(entry), type="html")


def rss(feed: Feed) -> bytes:
    root = etree.Element("rss", version="2.0", nsmap={"atom": ATOM})
    channel = etree.SubElement(root, "channel")
    _item(channel, "title", feed.title)
    _item(channel, "link", feed.page)
    _item(channel, "description", feed.about)
    etree.SubElement(channel, f"{{{ATOM}}}link", rel="self", type="application/rss+xml", href=feed.here)
    _item(channel, "lastBuildDate", _mail_date(feed.updated))
    _item(channel, "generator", f"{NAME} {__version__}")
    for entry in feed.entries:
        _rss_item(etree.SubElement(channel, "item"), entry)
    return _document(root)


def _rss_item(part: etree._Element, entry: Entry) -> None:
    _item(part, "title", entry.title)
    _item(part, "link", entry.link)
    _item(part, "guid", entry.id, isPermaLink="false")
    _item(part, "pubDate", _mail_date(entry.published))
    _put(part, "updated", stamp(entry.updated))
    for tag in entry.tags:
        _item(part, "category", tag)
    _item(part, "description", _markup(entry))


def jsonfeed(feed: Feed) -> bytes:
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": visible(feed.title),
        "description": visible(feed.about),
        "home_page_url": feed.page,
        "feed_url": feed.here,
        "authors": [{"name": NAME}],
        "items": [_json_item(entry) for entry in feed.entries],
    }
    return orjson.dumps(told)


def _json_item(entry: Entry) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "id": entry.id,
        "url": entry.link,
        "title": visible(entry.title),
        "content_html": _markup(entry),
        "date_published": stamp(entry.published),
        "date_modified": stamp(entry.updated),
    }
    if entry.by:
        told["authors"] = [{"name": visible(name)} for name in entry.by]
    if entry.tags:
        told["tags"] = [visible(tag) for tag in entry.tags]
    if entry.lang:
        told["language"] = entry.lang
    return told


FORMS: Mapping[Form, Written] = MappingProxyType(
    {
        "atom": Written(atom, "application/atom+xml"),
        "rss": Written(rss, "application/rss+xml"),
        "json": Written(jsonfeed, "application/feed+json"),
    }
)


def _markup(entry: Entry) -> str:
    """What an entry says as HTML; every text in it is text."""
    said = [f"<p>{html.escape(visible(sentence))}</p>" for sentence in entry.says]
    told = f"<p>{html.escape(', '.join(map(visible, entry.by)))}</p>" if entry.by else ""
    return "".join([*said, told])


def _put(parent: etree._Element, name: str, text: str = "", **told: str) -> etree._Element:
    part = etree.SubElement(parent, f"{{{ATOM}}}{name}", told)
    if text:
        part.text = visible(text)
    return part


def _item(parent: etree._Element, name: str, text: str, **told: str) -> None:
    etree.SubElement(parent, name, told).text = visible(text)


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _mail_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
