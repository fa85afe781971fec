"""RSS, RDF and Atom: the strict reader where a document is as it should be, the patient one elsewhere."""

from __future__ import annotations

import re

from lxml import etree

from trend_agent.errors import Rejected
from trend_agent.sources.feeds import patient, strict
from trend_agent.sources.feeds.feed import Document, Feed

SUBSET = re.compile(rb"(?>\s++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE[^>\[]*+\[", re.DOTALL | re.IGNORECASE)
"""A document that declares entities of its own: the means of expansion attacks, and no feed needs it.
The mere reference to a DTD, as in RSS 0.91, is fine; it is not followed."""

DECLARATION = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"'>]+)""")

LIMITS = {etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG}
"""What libxml2 reports at over 256 elements in one another, or at a name of over 50,000 bytes."""


def read(document: Document) -> Feed:
    """Rejected where the document is no feed, or one that is unsafe to read."""
    if SUBSET.match(document.body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")):
        raise Rejected("the document declares entities of its own, which no feed needs")
    root = tree(document.body)
    feed = strict.read(document, root) if root is not None and in_utf8(document) else None
    return feed or patient.read(document)


def tree(body: bytes) -> etree._Element | None:
    """The root of a well-formed document; None for another. Its cost grows with its size and not faster."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(body.lstrip(), parser)
    except etree.XMLSyntaxError as fault:
        if fault.code in LIMITS:
            raise Rejected(f"the document is built to be costly ({str(fault)[:60]})") from fault
    except (LookupError, ValueError):  # an encoding nobody knows
        pass
    return None


def in_utf8(document: Document) -> bool:
    """Whether header, declaration and bytes agree on UTF-8."""
    kind, _, rest = document.headers.get("content-type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip(" \"'")
    stated = DECLARATION.match(document.body.lstrip()[:200])
    named = {charset or "utf-8", stated[1].decode("latin-1").lower() if stated else "utf-8"}
    if named != {"utf-8"} or (kind.strip().startswith("text/") and not charset):
        return False
    try:
        document.body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
