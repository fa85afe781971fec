"""A first look at an XML document: whether it is safe to read, well formed, and of the plain kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat

from trend_agent.errors import Rejected

DEEPEST = 256
MOST_ATTRIBUTES = 1_000
"""Of one element."""

SUBSET = re.compile(r"<!DOCTYPE[^>\[]{0,4096}\[|<!ENTITY", re.IGNORECASE)
UTF8 = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"'>]+)""")


@dataclass(slots=True)
class Shape:
    """`entries` counts elements called item or entry; `plain` is false where markup is not merely escaped."""

    well_formed: bool = False
    plain: bool = True
    entries: int = 0
    depth: int = 0
    title: int = 0
    """How deep the title is that we are in; 0 outside."""
    root: str = ""


def shape(body: bytes) -> Shape:
    """Reads the document once, without building it. Rejected where it declares entities or nests too deep.

    Entities declared in a document are the means of expansion attacks, and no feed needs them: RSS 0.91's
    reference to its DTD is fine, but not followed.
    """
    found = Shape()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: opened(found, name, attributes)
    parser.EndElementHandler = lambda _: closed(found)
    parser.StartDoctypeDeclHandler = lambda *doctype: declared(found, has_subset=bool(doctype[3]))
    try:
        parser.Parse(body, True)  # noqa: FBT003  # expat takes no names
        found.well_formed = True
    except expat.ExpatError:
        refuse_subset(found, body)
    except (LookupError, ValueError):  # an encoding nobody knows, or one of several bytes
        refuse_subset(found, body)
    return found


def opened(found: Shape, name: str, attributes: dict[str, str]) -> None:
    found.depth += 1
    found.root = found.root or name.lower()
    if found.depth > DEEPEST:
        raise Rejected(f"the document nests over {DEEPEST} elements deep")
    if len(attributes) > MOST_ATTRIBUTES:
        raise Rejected(f"an element of the document has over {MOST_ATTRIBUTES} attributes")
    local = name.rpartition(":")[2]
    if local in {"item", "entry"}:
        found.entries += 1
    if found.title or "xml:base" in attributes or "mode" in attributes:
        found.plain = False
    if local == "title":
        found.title = found.depth
        found.plain &= attributes.get("type", "text") in {"text", "html"}


def closed(found: Shape) -> None:
    if found.title == found.depth:
        found.title = 0
    found.depth -= 1


def declared(found: Shape, *, has_subset: bool) -> None:
    found.plain = False
    if has_subset:
        raise Rejected("the document declares entities of its own, which no feed needs")


def refuse_subset(found: Shape, body: bytes) -> None:
    """The same for what is not well formed, in whatever encoding of one or more bytes per ASCII letter."""
    if SUBSET.search(body.replace(b"\0", b"").decode("latin-1")):
        declared(found, has_subset=True)
