"""Feeds as the standards have them: RSS 0.9x and 2.0, RSS 1.0 (RDF) and Atom 1.0, well formed and in UTF-8.

`read` gives None wherever a document uses a liberty about which readers disagree, so that what it does answer
is what feedparser answers, at a small part of the time. What it does not know it never guesses.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from lxml import etree

from trend_agent.sources.feeds.dates import moment
from trend_agent.sources.feeds.feed import MOST_ENTRIES, Document, Entry, Feed, joined, language

ATOM = "{http://www.w3.org/2005/Atom}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RSS1 = "{http://purl.org/rss/1.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
MEDIA = "{http://search.yahoo.com/mrss/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

REWRITTEN = re.compile(r"<|&#(?:39|1[2-5]\d|x[89][0-9a-f]);", re.IGNORECASE)
"""What makes a patient reader rewrite a title: markup, apostrophes, numbers of the Windows code page."""

BARE = re.compile(r"&[a-z]\w*(?![\w;])|&\w;", re.IGNORECASE)
"""A reference without its end, or with a name no reference has."""

WINDOWS = re.compile(rb"\xc2[\x80-\x9f]|&#1[2-5]\d;")
"""Characters of the Windows code page that were taken for Latin-1, or UTF-8 that was encoded twice."""

PAGES = {"", "text/html", "application/xhtml+xml"}
"""Types of what a link may lead to for being the page of the entry."""

CHANGES = ("*date", "*issued", "*published", "*updated", "*modified", "*created")
"""Where else a date may stand, in the order of what it says about publication."""

ELSEWHERE = ("*body", "*fullitem", "*abstract", "*summary", "*description", "*encoded")


class Liberty(ValueError):
    """The document leaves the standard in a way that matters."""


def read(document: Document, root: etree._Element) -> Feed | None:
    """The feed; None where the document is of no kind known here, or takes liberties."""
    kinds = {"rss": rss, f"{RDF}RDF": rdf, f"{ATOM}feed": atom}
    kind = kinds.get(str(root.tag))
    if not kind or root.getroottree().docinfo.internalDTD is not None:
        return None
    if b"xml:base" in document.body or WINDOWS.search(document.body):
        return None
    try:
        return kind(document, root)
    except Liberty:
        return None


class Part:
    """An element and its children by name: `{namespace}name` as in the tree, `*name` for any namespace."""

    __slots__ = ("_named", "element")

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._named: dict[str, list[etree._Element]] = {}
        for child in element:
            self._named.setdefault(str(child.tag), []).append(child)

    def all(self, name: str) -> list[etree._Element]:
        if name[0] != "*":
            return self._named.get(name, [])
        local, spaced = name[1:], f"}}{name[1:]}"
        tags = [tag for tag in self._named if tag.endswith(local) and (tag == local or tag.endswith(spaced))]
        return [child for tag in tags for child in self._named[tag]]

    def only(self, name: str) -> etree._Element | None:
        found = self.all(name)
        if len(found) > 1:
            raise Liberty
        return found[0] if found else None

    def text(self, *names: str) -> str:
        """That of the first child there is with any."""
        for name in names:
            if found := text_of(self.only(name)):
                return found
        return ""


def rss(document: Document, root: etree._Element) -> Feed:
    channel = Part(root).only("channel")
    if channel is None:
        raise Liberty
    return feed(document, root, Part(channel), channel.findall("item"), rss_entry, "")


def rdf(document: Document, root: etree._Element) -> Feed:
    channel = Part(root).only(f"{RSS1}channel")
    if channel is None:
        raise Liberty
    return feed(document, root, Part(channel), root.findall(f"{RSS1}item"), rdf_entry, RSS1)


def atom(document: Document, root: etree._Element) -> Feed:
    return feed(document, root, Part(root), root.findall(f"{ATOM}entry"), atom_entry, ATOM)


def feed(
    document: Document,
    root: etree._Element,
    channel: Part,
    rows: list[etree._Element],
    read_entry: Callable[[Part, str], Entry],
    space: str,
) -> Feed:
    """`rows` must be all elements called item or entry in the document."""
    if sum(1 for _ in root.iter("{*}item", "{*}entry")) != len(rows):
        raise Liberty
    stated = channel.text(f"{space}language", f"{DC}language") or root.get(LANG) or channel.element.get(LANG)
    return Feed(
        title=title(channel, space),
        well_formed=not document.body[:1].isspace() or b"<?xml" not in document.body[:200],
        encoding="utf-8",
        lang=language(stated),
        url=link(channel, space, document.url),
        entries=[read_entry(Part(row), document.url) for row in rows[:MOST_ENTRIES]],
        total=len(rows),
    )


def rss_entry(row: Part, base: str, space: str = "") -> Entry:
    guid, url = row.only("guid"), link(row, space, base)
    key = text_of(guid) or row.element.get(f"{RDF}about", "")
    if not url and (guid is None or guid.get("isPermaLink", "true") == "true"):
        url = joined(base, key)
    return Entry(
        key=key or url,
        title=title(row, space),
        body=body(row, CONTENT, f"{space}description"),
        url=url,
        author=row.text(f"{DC}creator", f"{space}author", "*author"),
        lang=language(row.element.get(LANG)),
        published=date(row, "pubDate", *CHANGES),
    )


def rdf_entry(row: Part, base: str) -> Entry:
    return rss_entry(row, base, RSS1)


def atom_entry(row: Part, base: str) -> Entry:
    key = row.text(f"{ATOM}id")
    url = link(row, ATOM, base) or (key if key.startswith("http") else "")
    people, groups = row.all(f"{ATOM}author"), row.all(f"{MEDIA}group")
    told = body(row, f"{ATOM}content", f"{ATOM}summary", elsewhere=not groups)
    return Entry(
        key=key or url,
        title=title(row, ATOM),
        body=told or (Part(groups[0]).text(f"{MEDIA}description") if groups else ""),
        url=url,
        author=Part(people[0]).text(f"{ATOM}name") if people else "",
        lang=language(row.element.get(LANG)),
        published=date(row, f"{ATOM}published", *CHANGES),
    )


def title(parent: Part, space: str) -> str:
    head = parent.only(f"{space}title")
    if head is None:
        if parent.element.find(".//{*}title") is not None:
            raise Liberty
        return ""
    kind, words = head.get("type", "text"), text_of(head)
    if kind not in {"text", "html"} or len(head):
        raise Liberty
    if ("<" in words or "&" in words) and REWRITTEN.search(words):
        raise Liberty
    if kind == "html" and BARE.search(words):
        raise Liberty
    return words


def body(row: Part, *names: str, elsewhere: bool = True) -> str:
    """The first of the elements that holds something, as HTML; other places are left to who knows them."""
    for name in names:
        if found := markup(row.only(name)):
            return found
    if elsewhere and any(row.all(name) for name in ELSEWHERE):
        raise Liberty
    return ""


def link(parent: Part, space: str, base: str) -> str:
    """The page it is about: the text of RSS's link, the href of Atom's alternate link to a page."""
    written = parent.text(f"{space}link") if space != ATOM else ""
    found = written or alternate(parent.all(f"{ATOM}link"))
    return joined(base, found) if found else ""


def alternate(links: Iterable[etree._Element]) -> str:
    """The last one counts, as other readers have it."""
    found = ""
    for one in links:
        if one.get("rel", "alternate") == "alternate" and one.get("type", "") in PAGES:
            found = one.get("href", "").strip()
    return found


def date(row: Part, *names: str) -> datetime | None:
    """The first of the dates that is there; a date we cannot read is left to who can."""
    written = row.text(*names)
    found = moment(written)
    if written and found is None:
        raise Liberty
    return found


def markup(part: etree._Element | None) -> str:
    """The content of an element as HTML."""
    if part is None:
        return ""
    kind = part.get("type", "text")
    if kind not in {"text", "html", "xhtml", "text/html"}:
        raise Liberty
    if not len(part):
        plain = kind == "text" and str(part.tag).startswith(ATOM)
        return html.escape(text_of(part), quote=False) if plain else text_of(part)
    inner = (etree.tostring(child, encoding="unicode") for child in part)
    return "".join((part.text or "", *inner)).strip()


def text_of(element: etree._Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""
