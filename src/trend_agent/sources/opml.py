"""Lists of feeds as other readers write them: OPML 1.0 and 2.0 (opml.org), in and out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from trend_agent.errors import Rejected
from trend_agent.sources.feeds.feed import WEB, plain
from trend_agent.sources.feeds.xml import SUBSET, tree

MOST = 20_000
"""Feeds of one list that are taken."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list; `category` is the folder it lies in."""

    url: str
    title: str = ""
    category: str = ""
    language: str = ""
    page: str = ""


def read(body: bytes) -> list[Outline]:
    """The feeds of a list, each once. Rejected where it is none."""
    if SUBSET.match(body):
        raise Rejected("the list declares entities of its own, which no list needs")
    root = tree(body)
    if root is None or not isinstance(root.tag, str) or root.tag.lower() != "opml":
        raise Rejected("this is no OPML")
    found = {one.url: one for one in _outlines(root, "") if WEB.match(one.url)}
    return list(found.values())[:MOST]


def _outlines(parent: etree._Element, folder: str) -> Iterator[Outline]:
    for part in parent:
        told = {str(name).lower(): str(value).strip() for name, value in part.attrib.items()}
        title = plain(told.get("title") or told.get("text", ""))[:200]
        if "xmlurl" in told:
            category = folder or told.get("category", "").partition(",")[0].strip("/ ")
            yield Outline(told["xmlurl"], title, category, told.get("language", ""), told.get("htmlurl", ""))
        is_folder = part.tag == "outline" and "xmlurl" not in told
        yield from _outlines(part, title if is_folder else folder)


def write(feeds: Sequence[Outline], *, title: str) -> bytes:
    """A list of these feeds, in a folder for each category."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    folders = {name: _folder(body, name) for name in sorted({feed.category for feed in feeds})}
    for feed in feeds:
        name = feed.title or feed.url
        told = {"type": "rss", "text": name, "title": name, "xmlUrl": feed.url}
        told |= {"language": feed.language} if feed.language else {}
        etree.SubElement(folders[feed.category], "outline", told)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _folder(body: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(body, "outline", text=name) if name else body
