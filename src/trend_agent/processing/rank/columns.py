"""Facts as columns: what ranking needs to know of each item, one array per property."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from trend_agent.processing.families import family, wire
from trend_agent.storage import Fact

Floats = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

NOBODY = -1
"""Code of an author or of an agency that is not known."""


class Names(dict[str, int]):
    """Numbers names in the order they are first met."""

    def __missing__(self, name: str) -> int:
        self[name] = code = len(self)
        return code


@dataclass(frozen=True, slots=True)
class Line:
    """One item as ranking sees it. Times are seconds since 1970, `published` is NaN where no date is believed,
    `engagement` NaN where the source tells of none. `original` is the id of the item it copies, or empty."""

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


def line_of(fact: Fact) -> Line:
    item = fact.item
    dated = item.published_at is not None
    return Line(
        seq=fact.seq,
        id=item.id,
        topic=fact.topic,
        source=item.source,
        family=family(item.source, item.url),
        wire=wire(item) or "",
        author=" ".join(item.author.casefold().split()),
        seen=item.seen_at.timestamp(),
        published=item.happened_at.timestamp() if dated else float("nan"),
        original=fact.copy_of or "",
        engagement=float(sum(item.engagement.values())) if item.engagement else float("nan"),
    )


@dataclass(slots=True)
class Columns:
    """Items in the order of their topics, and within each in log order. Codes number the names beside them."""

    seq: Codes
    ids: Sequence[str]
    topic: Codes
    source: Codes
    family: Codes
    voice: Codes
    """Who speaks: the family, its agency where it prints one's report, or the voice of what it copies."""
    author: Codes
    wire: Codes
    seen: Floats
    published: Floats
    copy: Flags
    engagement: Floats
    topics: Sequence[str]
    sources: Sequence[str]
    families: Sequence[str]
    starts: Codes = field(init=False)
    """First row of each topic, and one beyond the last."""

    def __post_init__(self) -> None:
        self.starts = np.searchsorted(self.topic, np.arange(len(self.topics) + 1))

    @property
    def size(self) -> int:
        return len(self.topics)

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Self:
        """Columns of lines in any order."""
        found = sorted(lines, key=lambda line: (line.topic, line.seq))
        topics, sources, families, voices, authors, wires = (Names() for _ in range(6))
        spoken = {line.id: f"wire {line.wire}" if line.wire else line.family for line in found}
        return cls(
            seq=_codes(line.seq for line in found),
            ids=[line.id for line in found],
            topic=_codes(topics[line.topic] for line in found),
            source=_codes(sources[line.source] for line in found),
            family=_codes(families[line.family] for line in found),
            voice=_codes(voices[_voice(line, spoken)] for line in found),
            author=_codes(authors[line.author] if line.author else NOBODY for line in found),
            wire=_codes(wires[line.wire] if line.wire else NOBODY for line in found),
            seen=np.array([line.seen for line in found], np.float64),
            published=np.array([line.published for line in found], np.float64),
            copy=np.array([bool(line.original) for line in found], np.bool_),
            engagement=np.array([line.engagement for line in found], np.float64),
            topics=list(topics),
            sources=list(sources),
            families=list(families),
        )

    def rows(self, topic: int) -> slice:
        return slice(int(self.starts[topic]), int(self.starts[topic + 1]))

    def totals(self, values: Floats) -> Floats:
        """Sums per topic of one value per item."""
        return np.bincount(self.topic, weights=values, minlength=self.size).astype(np.float64)

    def least(self, values: Floats) -> Floats:
        return np.asarray(np.minimum.reduceat(values, self.starts[:-1]))

    def most(self, values: Floats) -> Floats:
        return np.asarray(np.maximum.reduceat(values, self.starts[:-1]))


def _voice(line: Line, spoken: dict[str, str]) -> str:
    if line.original:
        return spoken.get(line.original, f"item {line.original}")
    return spoken[line.id]


def _codes(values: Iterable[int]) -> Codes:
    return np.fromiter(values, np.int64)
