"""Items at one address are about one thing, whatever their titles say by now."""

from __future__ import annotations

from trend_agent.errors import Rejected
from trend_agent.items import digest
from trend_agent.text.address import canonical

NOWHERE = 0
"""The address of an item that has none of its own."""

SHORTEST_PATH = 6
"""Characters of path and query below which an address is a front page or a section, not an item's own."""


def address(url: str) -> int:
    """A number for the page, the same for all ways to write its address; `NOWHERE` for none or a front page."""
    if not url:
        return NOWHERE
    try:
        page = canonical(url)
    except Rejected:
        return NOWHERE
    if len(page.partition("://")[2].partition("/")[2]) < SHORTEST_PATH:
        return NOWHERE
    return int(digest(page), 16) >> 1
