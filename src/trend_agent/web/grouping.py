"""A trend's items as its page shows them: by source, newest first, copies apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trend_agent.errors import Missing
from trend_agent.items import Item, Trend
from trend_agent.storage import Fact, Records

SHOWN = 500
"""Items of a trend on its page; the rest is a click away."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one source published on a topic."""

    source: str
    originals: Sequence[Item]
    copies: Sequence[Item]


def grouped(facts: Sequence[Fact]) -> list[Group]:
    """The sources with what they published, those with the most originals first."""
    by_source: dict[str, list[Fact]] = {}
    for fact in sorted(facts, key=lambda f: (f.item.happened_at, f.seq), reverse=True):
        by_source.setdefault(fact.item.source, []).append(fact)
    groups = [
        Group(
            source,
            [f.item for f in published if f.copy_of is None],
            [f.item for f in published if f.copy_of is not None],
        )
        for source, published in by_source.items()
    ]
    return sorted(groups, key=lambda g: (-len(g.originals), -len(g.copies), g.source))


async def witnesses(records: Records, trend: Trend, facts: Sequence[Fact]) -> Mapping[str, Item]:
    """The items that the trend's sentences rest on, by id; asked for where they are not among the facts."""
    found = {fact.item.id: fact.item for fact in facts}
    for name in {name for sentence in (trend.headline, *trend.summary) for name in sentence.items}:
        if name not in found:
            try:
                found[name] = (await records.fate(item=name))[0].item
            except Missing:
                continue
    return found
