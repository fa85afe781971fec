"""Feed documents: bytes in, a feed with its entries out. RSS 0.9x to 2.0, RDF, Atom, JSON Feed. Pages: their text.

`sandbox` is the way to have a stranger's document read; it runs `reading` in a process of limited means.
"""

from trend_agent.sources.feeds.feed import Document, Entry, Feed
from trend_agent.sources.feeds.reading import LARGEST
from trend_agent.sources.feeds.sandbox import Sandbox, page_sandbox, sandbox

__all__ = ["LARGEST", "Document", "Entry", "Feed", "Sandbox", "page_sandbox", "sandbox"]
