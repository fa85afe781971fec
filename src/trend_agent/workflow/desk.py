"""The desk: where this process does the steps' work on the real records, which it opens when first needed.

What is held here between two steps is never true yet, and can always be made again from the log and the facts: a span
on its way through the stages, a list before it is put into words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from trend_agent.app import make_pipeline, named_source, open_records, open_roster
from trend_agent.egress import Http
from trend_agent.errors import Missing
from trend_agent.items import Trend, digest
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.scorecard import keep_score
from trend_agent.processing.span import Span
from trend_agent.settings import Settings
from trend_agent.sources import Source
from trend_agent.sources.collector import Collector
from trend_agent.sources.roster import visited as to_visit
from trend_agent.storage import Records
from trend_agent.storage.sql.records import SqlRecords

if TYPE_CHECKING:
    from trend_agent.processing.rank import Standing

Told = Callable[[int, int], None]


@dataclass(slots=True)
class _Open:
    """What lies on the desk."""

    records: Records
    pipeline: Pipeline
    http: Http
    span: Span | None = None
    taken_by: str = ""
    ranked: tuple[datetime, int, Sequence[Standing]] | None = None
    worded: tuple[datetime, int, list[Trend]] | None = None


class Desk:
    """Does jobs by their names. Collecting goes on beside the rest; all else is done one at a time."""

    def __init__(
        self,
        settings: Settings,
        *,
        records: Callable[..., AbstractAsyncContextManager[SqlRecords]] = open_records,
        pipeline: Callable[[SqlRecords, Settings], Pipeline] = make_pipeline,
    ) -> None:
        self.settings = settings
        self._open_records = records
        self._make_pipeline = pipeline
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._one = asyncio.Lock()
        self._open: _Open | None = None
        self._jobs: dict[str, Callable[..., Awaitable[Any]]] = {
            "collect": self._collect,
            "detect_language": self._detect_language,
            "deduplicate": self._deduplicate,
            "cluster": self._cluster,
            "rank": self._rank,
            "summarise": self._summarise,
            "persist": self._persist,
        }

    async def do(self, job: str, arguments: dict[str, Any], *, key: str, told: Told) -> Any:
        """Do a job; `Missing` where there is none of that name."""
        if job not in self._jobs:
            raise Missing(f"no job called {job!r}; there are {', '.join(sorted(self._jobs))}")
        desk = await self._opened()
        if job == "collect":
            return await self._collect(desk, told, **arguments)
        async with self._one:
            return await self._jobs[job](desk, told, **arguments)

    async def close(self) -> None:
        """Put everything back. What was not settled has not happened."""
        self._open = None
        await self._stack.aclose()

    async def _opened(self) -> _Open:
        async with self._opening:
            if self._open is None:
                records = await self._stack.enter_async_context(self._open_records(self.settings, write=True))
                http = await self._stack.enter_async_context(
                    Http(memory=records, contact=self.settings.contact)
                )
                self._open = _Open(records, self._make_pipeline(records, self.settings), http)
            return self._open

    async def _collect(
        self, desk: _Open, told: Told, *, sources: list[str], share: list[int], due: bool
    ) -> dict[str, Any]:
        """Visit each of the sources once."""
        chosen = await self._chosen(desk.records, sources, share)
        visits = 0

        def visited(_: Any) -> None:
            nonlocal visits
            visits += 1
            told(visits, len(wanted))

        collector = Collector(desk.records, desk.http, visited=visited)
        wanted = await collector.due(chosen) if due else chosen
        health = await asyncio.gather(*(collector.visit(source) for source in wanted))
        return {
            "sources": len(wanted),
            "not_due": len(chosen) - len(wanted),
            "new": sum(h.fetched for h in health),
            "known": sum(h.known for h in health),
            "failed": {h.source: h.error[:300] for h in health if h.error},
        }

    async def _chosen(self, records: Records, names: Sequence[str], share: Sequence[int]) -> list[Source]:
        roster = await open_roster(self.settings, records)
        if names:
            return [named_source(roster, name) for name in names]
        return sorted(to_visit(roster), key=lambda s: s.key)[share[0] :: share[1]]

    async def _through(
        self, desk: _Open, stage: str, *, execution: str, most: int, span: list[int] | None
    ) -> Span:
        """The execution's span, sent through the stages up to this one: the one on the desk, or taken again."""
        held = desk.span
        bounds = (span[0], span[1]) if span else None
        if held is None or desk.taken_by != execution or (bounds and held.bounds != bounds):
            if held:
                held.leave()
            held = await Span.taken(desk.pipeline, most=most, bounds=bounds)
            desk.span, desk.taken_by = held, execution
        try:
            await held.through(stage)
        except BaseException:
            self._put_away(desk, held)
            raise
        return held

    def _put_away(self, desk: _Open, span: Span) -> None:
        span.leave()
        desk.span = None

    async def _detect_language(self, desk: _Open, _: Told, **taken: Any) -> dict[str, Any]:
        span = await self._through(desk, "language", **taken)
        found = sorted(span.languages().items(), key=lambda pair: (-pair[1], pair[0]))
        return {"span": list(span.bounds), "items": span.size, "languages": dict(found[:10])}

    async def _deduplicate(self, desk: _Open, _: Told, **taken: Any) -> dict[str, Any]:
        span = await self._through(desk, "dedupe", **taken)
        return {
            "span": list(span.bounds),
            "items": span.size,
            "duplicates": span.verdicts().get("duplicate", 0),
        }

    async def _cluster(self, desk: _Open, told: Told, **taken: Any) -> dict[str, Any]:
        span = await self._through(desk, "cluster", **taken)
        try:
            settled = await span.settle(lambda done: told(done, span.size))
        except BaseException:
            self._put_away(desk, span)
            raise
        desk.span = None
        waiting = (await desk.records.balance()).waiting
        return {"span": list(span.bounds), "settled": settled, "waiting": waiting}

    async def _rank(self, desk: _Open, _: Told, *, limit: int) -> dict[str, Any]:
        at = await desk.records.clock()
        if at is None:
            return {"at": None, "limit": limit, "topics": 0}
        standings = await self._standings(desk, at, limit)
        marks = digest(*(f"{s.topic} {s.receipt.score!r}" for s in standings)) if standings else ""
        return {"at": at.isoformat(), "limit": limit, "topics": len(standings), "hash": marks}

    async def _standings(self, desk: _Open, at: datetime, limit: int) -> Sequence[Standing]:
        if desk.ranked is None or desk.ranked[:2] != (at, limit):
            desk.ranked = (at, limit, await desk.pipeline.standings(at=at, limit=limit))
        return desk.ranked[2]

    async def _trends(self, desk: _Open, at: datetime, limit: int) -> list[Trend]:
        if desk.worded is None or desk.worded[:2] != (at, limit):
            standings = await self._standings(desk, at, limit)
            desk.worded = (at, limit, await asyncio.to_thread(desk.pipeline.summariser, standings))
        return desk.worded[2]

    async def _summarise(self, desk: _Open, _: Told, *, at: str | None, limit: int) -> dict[str, Any]:
        trends = await self._trends(desk, datetime.fromisoformat(at), limit) if at else []
        return {"at": at, "limit": limit, "headlines": [trend.headline.text for trend in trends[:3]]}

    async def _persist(self, desk: _Open, _: Told, *, at: str | None, limit: int) -> dict[str, Any]:
        trends = await self._trends(desk, datetime.fromisoformat(at), limit) if at else []
        await desk.records.publish(trends)
        await keep_score(desk.records, trends, desk.pipeline.ranker.settings.window)
        desk.ranked = desk.worded = None
        return {"at": at, "trends": len(trends)}
