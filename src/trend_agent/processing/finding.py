"""Search in one of three ways, and what is done when the vectors do not answer: words alone, and it is said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from trend_agent.errors import TrendError, Unavailable
from trend_agent.observability.log import logger
from trend_agent.processing.search import Found, Index
from trend_agent.storage import Records
from trend_agent.storage.ports.vectors import EVERYWHERE, Where

log = logger("search")

Way = Literal["keyword", "semantic", "hybrid"]
"""By the words an item holds; by how near it is in words and meaning; both lists merged by rank."""

RANK_CONSTANT = 60
"""k of reciprocal rank fusion, 1 / (k + rank): the value of Cormack et al. 2009."""

PATIENCE = 2.0
"""Seconds the vectors have to answer in; a reader is not to wait for longer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, best first, and in which way; `degraded` says why that is not the way that was asked for."""

    found: Sequence[Found]
    way: Way
    degraded: str = ""


async def search(
    records: Records,
    index: Index | None,
    text: str,
    *,
    way: Way = "hybrid",
    where: Where = EVERYWHERE,
    limit: int = 20,
) -> Answer:
    """The items a text is about. `Missing` for a topic that never was."""
    where = replace(where, topics=[(await records.topic(key)).id for key in where.topics])
    if way == "keyword":
        return Answer(await _by_words(records, text, where, limit), way)
    try:
        near = await _near(index, text, where, limit)
    except TrendError as fault:
        log.warning("the vectors do not answer; searched by words alone", error=str(fault))
        found = await _by_words(records, text, where, limit)
        return Answer(found, "keyword", "the index of vectors does not answer; searched by words alone")
    if way == "semantic":
        return Answer(near, way)
    return Answer(merged(await _by_words(records, text, where, limit), near)[:limit], way)


async def _near(index: Index | None, text: str, where: Where, limit: int) -> list[Found]:
    if index is None:
        raise Unavailable("no index of vectors is open")
    try:
        async with asyncio.timeout(PATIENCE):
            return await index.search(text, where=where, limit=limit)
    except TimeoutError as fault:
        raise Unavailable(f"the vectors did not answer within {PATIENCE:g} s") from fault


async def _by_words(records: Records, text: str, where: Where, limit: int) -> list[Found]:
    facts = await records.search(
        text,
        since=where.since,
        until=where.until,
        sources=where.sources,
        languages=where.languages,
        topics=where.topics,
        limit=limit,
    )
    return [Found(fact.item, fact.topic, 1 / (RANK_CONSTANT + rank)) for rank, fact in enumerate(facts, 1)]


def merged(*lists: Sequence[Found]) -> list[Found]:
    """One list of several by reciprocal rank; where two are even, the one named first in the first list leads."""
    scores: dict[str, float] = {}
    items: dict[str, Found] = {}
    for some in lists:
        for rank, one in enumerate(some, 1):
            items.setdefault(one.item.id, one)
            scores[one.item.id] = scores.get(one.item.id, 0.0) + 1 / (RANK_CONSTANT + rank)
    best = sorted(items, key=lambda item: -scores[item])
    return [replace(items[item], score=scores[item]) for item in best]
