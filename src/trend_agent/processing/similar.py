"""Which topics are like a topic: by the likeness of what their items say, not by what they share in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from trend_agent.errors import TrendError
from trend_agent.items import Item
from trend_agent.observability.log import logger
from trend_agent.processing.likeness import likeness, page
from trend_agent.processing.search import Index, wording
from trend_agent.storage import Fact, Records

log = logger("search")

LEAST = 0.05
"""Likeness below which two topics have nothing to do with each other."""
LOOKED_AT = 200
"""Items nearest to the topic's that are looked at, where an index knows them."""
PATIENCE = 2.0
"""Seconds the index has to answer in; without it the published list is looked at."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A topic that is like another; `likeness` of their items lies between 0 and 1, `item` is the likest one."""

    topic: str
    likeness: float
    item: Item


async def similar(records: Records, index: Index | None, key: str, *, limit: int = 10) -> list[Similar]:
    """The topics likest to one, the likest first: of all topics where there is an index, else of the published list.
    `Missing` if there never was such a topic."""
    topic = (await records.topic(key)).id
    said = await _speaking(records, topic)
    if said is None:
        return []
    near = [fact for fact in await _near(records, index, said) if fact.topic != topic]
    return await asyncio.to_thread(_likest, said, near, limit)


async def _speaking(records: Records, topic: str) -> Item | None:
    """The item that speaks for a topic: that of its last headline, or its newest."""
    lists = await records.places(topic, limit=1)
    if lists and (facts := await records.standing(list(lists[-1].headline.items))):
        return facts[0].item
    facts = await records.members(topic, limit=500)
    return next((fact.item for fact in reversed(facts) if not fact.copy_of), None)


async def _near(records: Records, index: Index | None, said: Item) -> Sequence[Fact]:
    if index is not None:
        try:
            async with asyncio.timeout(PATIENCE):
                found = await index.search(wording(said).text, limit=LOOKED_AT)
            return [Fact(0, one.item, one.topic, None) for one in found]
        except (TrendError, TimeoutError) as fault:
            log.warning("the vectors do not answer; the published list is looked at", error=str(fault))
    listed = await records.trends(limit=1000)
    return await records.standing([item for trend in listed for item in trend.headline.items])


def _likest(said: Item, near: Sequence[Fact], limit: int) -> list[Similar]:
    told = page(said)
    best: dict[str, Similar] = {}
    for fact in near:
        alike = likeness(told, page(fact.item))
        if alike >= LEAST and (fact.topic not in best or best[fact.topic].likeness < alike):
            best[fact.topic] = Similar(fact.topic, round(alike, 4), fact.item)
    return sorted(best.values(), key=lambda one: (-one.likeness, one.topic))[:limit]
