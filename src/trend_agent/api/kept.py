"""Answers kept for as long as they are right: under the edition of the records and all else they depend on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from pydantic import TypeAdapter

from trend_agent.api.desk import Desk, Notice
from trend_agent.api.parameters import MOST
from trend_agent.items import Trend, stamp
from trend_agent.processing.rank.change import Change
from trend_agent.processing.search import Index
from trend_agent.storage import Listed, Records
from trend_agent.storage.keeping import Keeping

SECONDS = 3600.0
"""How long an answer is kept; it is right for longer, but seldom asked for."""

_trends = TypeAdapter(list[Trend])


class KeptDesk:
    """A desk whose answers are kept in a cache, where there is one.

    `configuration` names all that its answers depend on beside the records: the settings, the program's version.
    """

    def __init__(self, desk: Desk, keeping: Keeping | None = None, *, configuration: str = "") -> None:
        self.desk = desk
        self.keeping = keeping
        self.configuration = configuration
        self._read: tuple[str, int, Sequence[Trend]] = ("", 0, ())

    @property
    def records(self) -> Records:
        return self.desk.records

    @property
    def collected(self) -> Records:
        return self.desk.collected

    @property
    def index(self) -> Index | None:
        return self.desk.index

    async def trends(self, limit: int, as_of: datetime | None) -> Sequence[Trend]:
        """The published list is read once until the records change; one of the past is computed once and kept."""
        if as_of is None:
            return await self._published(limit)
        if self.keeping is None:
            return await self.desk.trends(limit, as_of)

        async def make() -> bytes:
            return _trends.dump_json(list(await self.desk.trends(limit, as_of)))

        return _trends.validate_json(await self.answer("list", str(limit), stamp(as_of), make=make))

    async def _published(self, limit: int) -> Sequence[Trend]:
        """The list under the edition that stood before it was read: it is never older than it is taken for."""
        edition = await self.records.edition()
        known, most, trends = self._read
        if known != edition or limit > most:
            trends, most = await self.desk.trends(max(limit, MOST), None), max(limit, MOST)
            self._read = edition, most, trends
        return trends[:limit]

    async def listed(self, limit: int, after_rank: int, as_of: datetime | None = None) -> Listed:
        return await self.desk.listed(limit, after_rank, as_of)

    async def export(self, limit: int, as_of: datetime) -> Sequence[Mapping[str, Any]]:
        return await self.desk.export(limit, as_of)

    async def changes(self, topic: str, at: datetime) -> tuple[Change | None, Change | None]:
        return await self.desk.changes(topic, at)

    async def answer(self, *parts: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """What `make` returns, now or when these parts were asked for last and nothing has changed since."""
        if self.keeping is None:
            return await make()
        edition = await self.records.edition()
        return await self.keeping.answer(self.configuration, edition, *parts, make=make, seconds=SECONDS)

    def notices(self) -> Sequence[Notice]:
        slow = Notice("The cache does not answer; what is shown is right, but takes longer.")
        return [*self.desk.notices(), *([slow] if self.keeping and self.keeping.fault else [])]

    def ready(self) -> tuple[bool, Mapping[str, str]]:
        ready, parts = self.desk.ready()
        if self.keeping is None:
            return ready, parts
        return ready, {**parts, "cache": "does not answer" if self.keeping.fault else "fine"}


def _kept(request: Request) -> KeptDesk:
    return cast(KeptDesk, request.app.state.desk)


AtKeptDesk = Annotated[KeptDesk, Depends(_kept)]
"""The application's desk, for a route whose whole answer is kept."""
