"""Normalise: raw items become comparable ones, or are put aside with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite

from trend_agent.errors import Rejected
from trend_agent.items import EARLIEST, UNDETERMINED, Fate, Item
from trend_agent.processing.batch import Batch
from trend_agent.text.address import canonical
from trend_agent.text.clean import clean

LONGEST_TITLE = 500
LONGEST_BODY = 20_000
LONGEST_NAME = 200
"""Characters."""

BORROWED = 120
"""Characters of the body that stand in for a missing title."""

MOST = 1e12
"""No counter of any source has reached this; what claims to is cut to it."""

MOST_COUNTERS = 32
"""Kinds of counters kept of one item."""

LANGUAGE = re.compile(r"[a-z]{2,3}")


class Normalise:
    """Cleans a batch's arrivals; those that cannot be read get their fate here.

    Writes `items`, the addresses to find them by, and the fates of what it put aside.
    """

    name = "normalise"

    def __call__(self, batch: Batch) -> None:
        for arrival in batch.arrivals:
            made = (
                quarantined(arrival.item, "unreadable", arrival.fault)
                if arrival.fault
                else normalised(arrival.item)
            )
            if isinstance(made, Fate):
                batch.fates[made.item] = made
                continue
            batch.items.append(made)
            if address := spelt(made.url):
                batch.addresses[made.id] = address


def normalised(item: Item) -> Item | Fate:
    """The item in plain text with possible numbers, dates and languages; or why it cannot be used.

    An item without a title borrows the first words of its body. The address is kept as it came (`spelt`
    gives the one to compare by), but is emptied where it leads to no web page. A date nobody can believe
    (before 1990) is no date; one ahead of `seen_at` counts as that (`Item.happened_at`) and is cut to it.
    """
    body = clean(item.body, longest=LONGEST_BODY)
    title = clean(item.title, longest=LONGEST_TITLE) or clean(body, longest=BORROWED)
    if not any(map(str.isalnum, title)):
        return quarantined(item, "no title and no body to take one from")
    return replace(
        item,
        source=clean(item.source, longest=LONGEST_NAME) or "unnamed",
        title=title,
        body=body,
        url=item.url.strip() if spelt(item.url) else "",
        author=clean(item.author, longest=LONGEST_NAME),
        published_at=believed(item.published_at, item.seen_at),
        lang=language_code(item.lang),
        engagement=counters(item.engagement),
    )


def quarantined(item: Item, reason: str, detail: str = "") -> Fate:
    return Fate(item.id, "quarantined", item.seen_at, reason, detail=detail)


def spelt(url: str) -> str:
    """The address to compare by; empty where it is none of a web page."""
    try:
        return canonical(url) if url else ""
    except Rejected:
        return ""


def believed(published: datetime | None, seen: datetime) -> datetime | None:
    if published is None or published < EARLIEST:
        return None
    return min(published.astimezone(UTC), seen)


def language_code(declared: str) -> str:
    """`de` of `de-AT`, `DE_de` or `de`; `und` of anything else."""
    code = re.split("[-_]", declared.strip().lower(), maxsplit=1)[0]
    return code if LANGUAGE.fullmatch(code) else UNDETERMINED


def counters(claimed: Mapping[str, float]) -> dict[str, float]:
    """Counters between 0 and MOST; what is no number at all is left out."""
    kept = {}
    for name, value in list(claimed.items())[:MOST_COUNTERS]:
        if isfinite(value):
            kept[clean(name, longest=LONGEST_NAME)] = min(max(float(value), 0.0), MOST)
    return kept
