"""The port of watches: saved filters, what stands in them, and the alerts that came of it.

An alert's id says what it tells; the same one told again is the same alert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from trend_agent.items import TrendState

Kind = Literal["entered", "alarm", "state"]
"""A trend came into a watch; one in it passed the dial; one in it is in another state."""

MOST = 100
"""Watches that one owner may have."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A saved filter somebody wants to be told about. `owner` is the id of a key, or who is logged in without
    one; `filter` are the parts of `processing/filtering.py`; `channels` say where alerts go and are nobody's business
    here."""

    id: str
    owner: str
    name: str
    filter: Mapping[str, Any]
    created_at: datetime
    changed_at: datetime
    enabled: bool = True
    channels: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a topic that a watch lets through stood on the last list it was on."""

    topic: str
    state: TrendState
    at: datetime
    alarm: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to one reader about one change of a topic. `at` is stream time; the rest is as it stood then.

    `number` counts alerts in the order they were told, given by the store.
    """

    id: str
    watch: str
    owner: str
    topic: str
    kind: Kind
    at: datetime
    state: TrendState
    headline: str
    rank: int
    score: float
    told_at: datetime
    before: TrendState | None = None
    alarm: datetime | None = None
    read_at: datetime | None = None
    number: int = 0


class Watches(Protocol):
    """Every method is one transaction."""

    async def add(self, watch: Watch, standing: Sequence[Standing]) -> None:
        """Keep a watch with what stands in it already. `Conflict` where its owner has MOST, or one of that name."""
        ...

    async def change(self, watch: Watch, standing: Sequence[Standing] | None = None) -> None:
        """Keep a watch as it is now; with `standing` that is what stands in it. `Missing` where there is none."""
        ...

    async def remove(self, owner: str, watch: str) -> None:
        """Let a watch go with its alerts. `Missing` where the owner has none of that id."""
        ...

    async def watch(self, owner: str, watch: str) -> Watch: ...

    async def watches(self, owner: str) -> list[Watch]:
        """The owner's, by their names."""
        ...

    async def enabled(self) -> list[tuple[Watch, dict[str, Standing]]]:
        """Everybody's that look, with what stands in each by topic."""
        ...

    async def tell(self, watch: Watch, alerts: Sequence[Alert], standing: Sequence[Standing]) -> list[Alert]:
        """Write down alerts and what stands in the watch now, all of it or nothing; those that are new. Nothing
        where the watch has been changed or removed since it was read."""
        ...

    async def alerts(
        self,
        owner: str,
        *,
        watch: str = "",
        unread: bool = False,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Alert]:
        """The owner's, the last told first; those before an alert of a number, where given."""
        ...

    async def alert(self, owner: str, alert: str) -> Alert: ...

    async def read(self, owner: str, alerts: Sequence[str], *, at: datetime | None) -> int:
        """Mark some of the owner's alerts as read at a moment, or as not read; how many there are."""
        ...

    async def read_until(self, owner: str, number: int, *, watch: str = "", at: datetime) -> int:
        """Mark all up to a number as read; how many were not."""
        ...

    async def forget(self, before: datetime) -> int:
        """Let go of alerts told before a moment and of what has not stood in a watch since; how many alerts."""
        ...
