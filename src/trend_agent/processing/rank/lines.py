"""Items as ranking sees them: one by one, or very many by their properties."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Self

import numpy as np
import orjson

from trend_agent.processing.families import family, houses, wire
from trend_agent.storage import Fact, Glimpses

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Line(NamedTuple):
    """One item as ranking sees it, before it is a row of columns.

    Times are seconds since 1970, `published` is NaN where there is no date, `engagement` where the source tells of
    none. `original` is the id of the item it copies, or empty; `bearer` the place in the log of the item whose
    topic it shares: the original's, or its own.
    """

    seq: int
    id: str
    topic: str
    source: str
    family: str
    wire: str
    author: str
    seen: float
    published: float
    original: str
    engagement: float
    bearer: int


def line_of(fact: Fact, bearer: int | None = None) -> Line:
    item = fact.item
    return Line(
        seq=fact.seq,
        id=item.id,
        topic=fact.topic,
        source=item.source,
        family=family(item.source, item.url),
        wire=wire(item) or "",
        author=_folded(item.author),
        seen=item.seen_at.timestamp(),
        published=item.happened_at.timestamp() if item.published_at else float("nan"),
        original=fact.copy_of or "",
        engagement=float(sum(item.engagement.values())) if item.engagement else float("nan"),
        bearer=fact.seq if bearer is None else bearer,
    )


class Lines(NamedTuple):
    """Very many lines by their properties, one sequence for each, in log order: an object for each line would take
    most of the time."""

    seq: Sequence[int]
    id: Sequence[str]
    topic: Sequence[str]
    source: Sequence[str]
    family: Sequence[str]
    wire: Sequence[str]
    author: Sequence[str]
    seen: Sequence[float] | Floats
    published: Sequence[float] | Floats
    original: Sequence[str]
    engagement: Sequence[float]
    bearer: Sequence[int]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Self:
        """Lines one by one as lines by their properties."""
        columns = list(zip(*lines, strict=True))
        return cls(*(columns or ([] for _ in cls._fields)))


def lines_of(glimpses: Glimpses) -> Lines:
    """What `line_of` gives of the items behind some glimpses."""
    g = glimpses
    families, wires = houses(g.source, g.url, g.author, g.body)
    seen = np.array(g.seen_at, np.float64) / 1000.0
    published = np.array([np.nan if at is None else at for at in g.published_at], np.float64) / 1000.0
    return Lines(
        seq=g.seq,
        id=g.id,
        topic=g.topic,
        source=g.source,
        family=families,
        wire=wires,
        author=list(map(_folded, g.author)),
        seen=seen,
        published=np.minimum(published, seen),
        original=g.copy_of,
        engagement=list(map(_loudness, g.engagement)),
        bearer=g.bearer,
    )


@lru_cache(maxsize=1 << 14)
def _folded(author: str) -> str:
    return " ".join(author.casefold().split())


@lru_cache(maxsize=1 << 12)
def _loudness(engagement: str) -> float:
    """The sum of counters written as JSON, NaN where there are none."""
    counters = orjson.loads(engagement)
    return float(sum(counters.values())) if counters else float("nan")
