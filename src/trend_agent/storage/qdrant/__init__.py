"""Vectors in Qdrant: its engine in this process, or its server. What both know a point by is on this page."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from trend_agent.items import stamp
from trend_agent.storage.ports.vectors import Point, Where

SPARSE, DENSE = "lexical", "semantic"
"""Names of the two vectors of a point."""

ITEMS = UUID("6f1c2f4e-3a0b-5c39-9d5b-8f1d6c3e7a52")
"""The space in which item ids become point ids: the same item has the same point everywhere."""

MARKER = UUID(int=0)
"""A point without vectors that notes how far the records are read."""

PAGE = 1000
"""Points read at once."""

DEPTH = 4
"""How many times the wanted number of items each of two lists holds before they are merged."""

RANK_CONSTANT = 60
"""k of reciprocal rank fusion, 1 / (k + rank): the value of Cormack et al. 2009."""

QUANTILE = 0.99
"""Beside each dense vector stands one byte per number, held in memory, over the range of this share of the numbers:
by them a graph is built five times as fast and walked twice as fast. The exact numbers judge the candidates."""

WIDTH = 256
"""Candidates kept while a graph is walked. With half as many, one in forty of the true ten nearest is missed where a
filter leaves a tenth of the points (`python -m bench.vectors`)."""

OVERSAMPLED = 2.0
"""How many times the wanted number are judged by the exact numbers."""

KEYWORDS = ("source", "lang", "topic")


def point_id(item: str) -> str:
    return str(uuid5(ITEMS, item))


def payload(point: Point) -> dict[str, Any]:
    return {
        "item": point.item,
        "seen_at": stamp(point.seen_at),
        "source": point.source,
        "lang": point.lang,
        "topic": point.topic,
    }


def wanted(where: Where) -> dict[str, list[str]]:
    """The values a point's payload must have one of, by field."""
    asked = {"source": where.sources, "lang": where.languages, "topic": where.topics}
    return {field: sorted(values) for field, values in asked.items() if values}


def span(where: Where) -> dict[str, str]:
    """Between which moments a point must lie."""
    ends = {"gte": where.since, "lte": where.until}
    return {name: stamp(moment) for name, moment in ends.items() if moment}
