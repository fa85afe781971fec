"""What a store of vectors promises: the likest items of a vector, within a filter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trend_agent.items import Sparse


@dataclass(frozen=True, slots=True)
class Point:
    """An item's vectors, and what they can be filtered by."""

    item: str
    seen_at: datetime
    source: str
    lang: str
    topic: str
    sparse: Sparse | None = None
    dense: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Which items are meant; an empty field leaves it open. Seen in [since, until]."""

    since: datetime | None = None
    until: datetime | None = None
    sources: Collection[str] = ()
    languages: Collection[str] = ()
    topics: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """A found item. Scores are comparable within one answer only; the higher the nearer."""

    item: str
    score: float


EVERYWHERE = Where()


class Vectors(Protocol):
    """The vectors of one embedder. All dense ones have one size, that of the first."""

    async def upsert(self, points: Sequence[Point], *, place: int | None = None) -> None:
        """Store points, in place of those of the same items. `place` notes with them how far the records are
        read; a process that dies has stored both or may be sent both again."""
        ...

    async def place(self) -> int:
        """The last place noted; 0 where none is."""
        ...

    async def nearest(
        self,
        *,
        sparse: Sparse | None = None,
        dense: Sequence[float] | None = None,
        where: Where = EVERYWHERE,
        limit: int = 10,
    ) -> list[Near]:
        """The likest items by the one vector given, or by both: then their two lists are merged by reciprocal
        rank (Cormack 2009). Sparse terms weigh more the fewer items have them."""
        ...

    async def delete(self, *, items: Collection[str] = (), where: Where = EVERYWHERE) -> None:
        """Forget these items, and all that `where` says unless it is open."""
        ...

    async def count(self, where: Where = EVERYWHERE) -> int: ...

    async def items(self) -> list[str]:
        """The ids of all items, in order."""
        ...

    async def clear(self) -> None:
        """Forget everything, the place too."""
        ...

    async def optimise(self) -> None:
        """Build what makes a large store fast. It may take minutes; questions are answered meanwhile."""
        ...

    async def close(self) -> None: ...
