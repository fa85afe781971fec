"""The main text of a web page, without what stands around it. Costs are bounded by `sandbox`, not here."""

from __future__ import annotations

from collections.abc import Callable

from trend_agent.sources.feeds.feed import LONGEST_BODY, Document


def reader() -> Callable[[Document], str]:
    """What reads pages, its library loaded: that takes half a second, which no page is to answer for."""
    from trafilatura import extract

    def main_text(document: Document) -> str:
        """Paragraphs in lines of their own; empty where nothing on the page is one."""
        return (extract(decoded(document), include_comments=False) or "")[: 2 * LONGEST_BODY]

    return main_text


def decoded(document: Document) -> str | bytes:
    """The page as its header says it is encoded; as it came where that says nothing or nonsense."""
    charset = document.headers.get("content-type", "").lower().partition("charset=")[2].partition(";")[0]
    try:
        return document.body.decode(charset.strip(" \"'"), "replace") if charset else document.body
    except LookupError:
        return document.body
