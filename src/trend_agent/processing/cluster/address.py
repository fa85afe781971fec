"""Items at one address are about one thing, whatever their titles say by now."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trend_agent.errors import Rejected
from trend_agent.items import digest
from trend_agent.processing.cluster.live import Entry
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


def known(entries: Sequence[Entry]) -> dict[int, int]:
    """The group of the latest item at each address."""
    return {entry.address: entry.group for entry in entries if entry.address != NOWHERE}


def kept_together(entries: Sequence[Entry], since: int) -> NDArray[np.int64]:
    """Equal numbers for entries that no clustering may part: those at one address, and what came before step
    `since` to one topic."""
    first: dict[int, int] = {}
    keys = np.empty(len(entries), np.int64)
    for place, entry in enumerate(entries):
        key = -1 - place if entry.step >= since else entry.group
        keys[place] = key if entry.address == NOWHERE else first.setdefault(entry.address, key)
    return keys
