"""The chores: what steps have done on the records, which this process owns or opens when it first needs them.

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

from trend_agent.app import named_source
from trend_agent.errors import Missing
from trend_agent.items import Trend, digest
from trend_agent.owner import Owner
from trend_agent.processing.scorecard import keep_score
from trend_agent.processing.span import Span
from trend_agent.sources import Source
from trend_agent.sources.roster import visited as to_visit
from trend_agent.storage import Health

if TYPE_CHECKING:
    from trend_agent.processing.rank import Standing

Told = Callable[[int, int], None]


@dataclass(slots=True)
class _Held:
    """What lies between two steps, on the way of whose records it is."""

    owner: Owner
    span: Span | None = None
    taken_by: str = ""
    ranked: _Ranked | None = None


@dataclass(slots=True)
class _Ranked:
    """The list of a moment, which holds as long as the facts' `edition` does; in words once somebody wants those."""

    of: tuple[datetime, int, str]
    standings: Sequence[Standing]
    worded: list[Trend] | None = None


class Chores:
    """Does chores by their names. Collecting goes on beside the rest; all else is done one at a time.

    `owning` gives what they are done with, and is entered when the first is to be done.
    """

    def __init__(self, owning: Callable[[], AbstractAsyncContextManager[Owner]]) -> None:
        self._owning = owning
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._held: _Held | None = None
        self._alone: dict[str, Callable[..., Awaitable[Any]]] = {
            "detect_language": self._detect_language,
            "deduplicate": self._deduplicate,
            "cluster": self._cluster,
            "rank": self._rank,
            "summarise": self._summarise,
            "persist": self._persist,
        }

    async def do(self, chore: str, arguments: dict[str, Any], *, told: Told) -> Any:
        """Do a chore; `Missing` where there is none of that name."""
        if chore != "collect" and chore not in self._alone:
            raise Missing(
                f"no chore called {chore!r}; there are {', '.join(sorted(('collect', *self._alone)))}"
            )
        held = await self._opened()
        if chore == "collect":
            return await self._collect(held.owner, told, **arguments)
        async with held.owner.pipeline.turns.step():
            return await self._alone[chore](held, told, **arguments)

    async def close(self) -> None:
        """Put everything back. What was not settled has not happened."""
        if self._held and self._held.span:
            self._put_away(self._held)
        self._held = None
        await self._stack.aclose()

    async def _opened(self) -> _Held:
        async with self._opening:
            if self._held is None:
                self._held = _Held(await self._stack.enter_async_context(self._owning()))
            return self._held

    async def _collect(
        self, owner: Owner, told: Told, *, sources: list[str], share: list[int], due: bool
    ) -> dict[str, Any]:
        """Visit each of the sources once."""
        chosen = await self._chosen(owner, sources, share)
        wanted = await owner.collector.due(chosen) if due else chosen
        visits: list[Health] = []

        async def visit(source: Source) -> None:
            visits.append(await owner.collector.visit(source))
            told(len(visits), len(wanted))

        await asyncio.gather(*map(visit, wanted))
        owner.pipeline.turns.expect()
        return {
            "sources": len(wanted),
            "not_due": len(chosen) - len(wanted),
            "new": sum(h.fetched for h in visits),
            "known": sum(h.known for h in visits),
            "failed": {h.source: h.error[:300] for h in visits if h.error},
        }

    async def _chosen(self, owner: Owner, names: Sequence[str], share: Sequence[int]) -> list[Source]:
        roster = await owner.roster()
        if names:
            return [named_source(roster, name) for name in names]
        return sorted(to_visit(roster), key=lambda s: s.key)[share[0] :: share[1]]

    async def _through(
        self, held: _Held, stage: str, *, execution: str, most: int, span: list[int] | None
    ) -> Span:
        """The execution's span, sent through the stages up to this one: the one that is held, or taken again."""
        pipeline = held.owner.pipeline
        bounds = (span[0], span[1]) if span else None
        found = held.span
        if found is None or held.taken_by != execution or (bounds and found.bounds != bounds):
            self._put_away(held)
            found = await Span.taken(pipeline, most=most, bounds=bounds)
            held.span, held.taken_by = found, execution
        pipeline.turns.go_on()
        try:
            await found.through(stage)
        except BaseException:
            self._put_away(held)
            raise
        return found

    def _put_away(self, held: _Held) -> None:
        if held.span:
            held.span.leave()
            held.span = None
            held.owner.arrived.set()

    def _keep(self, held: _Held) -> None:
        """Hold the span ready for the next step, which is expected soon."""
        held.owner.pipeline.turns.expect(lambda: self._put_away(held))

    async def _detect_language(self, held: _Held, _: Told, **taken: Any) -> dict[str, Any]:
        span = await self._through(held, "language", **taken)
        self._keep(held)
        found = sorted(span.languages().items(), key=lambda pair: (-pair[1], pair[0]))
        return {"span": list(span.bounds), "items": span.size, "languages": dict(found[:10])}

    async def _deduplicate(self, held: _Held, _: Told, **taken: Any) -> dict[str, Any]:
        span = await self._through(held, "dedupe", **taken)
        self._keep(held)
        duplicates = span.verdicts().get("duplicate", 0)
        return {"span": list(span.bounds), "items": span.size, "duplicates": duplicates}

    async def _cluster(self, held: _Held, told: Told, **taken: Any) -> dict[str, Any]:
        span = await self._through(held, "cluster", **taken)
        try:
            settled = await span.settle(lambda done: told(done, span.size))
        except BaseException:
            self._put_away(held)
            raise
        held.span = None
        held.owner.arrived.set()
        waiting = (await held.owner.records.balance()).waiting
        return {"span": list(span.bounds), "settled": settled, "waiting": waiting}

    async def _rank(self, held: _Held, _: Told, *, limit: int) -> dict[str, Any]:
        at = await held.owner.records.clock()
        if at is None:
            return {"at": None, "limit": limit, "topics": 0}
        standings = (await self._ranked(held, at, limit)).standings
        marks = digest(*(f"{s.topic} {s.receipt.score!r}" for s in standings)) if standings else ""
        return {"at": at.isoformat(), "limit": limit, "topics": len(standings), "hash": marks}

    async def _ranked(self, held: _Held, at: datetime, limit: int) -> _Ranked:
        of = (at, limit, await held.owner.records.edition())
        if held.ranked is None or held.ranked.of != of:
            held.ranked = _Ranked(of, await held.owner.pipeline.standings(at=at, limit=limit))
        return held.ranked

    async def _trends(self, held: _Held, at: datetime, limit: int) -> list[Trend]:
        ranked = await self._ranked(held, at, limit)
        if ranked.worded is None:
            summariser = held.owner.pipeline.summariser
            ranked.worded = await asyncio.to_thread(summariser, ranked.standings)
        return ranked.worded

    async def _summarise(self, held: _Held, _: Told, *, at: str | None, limit: int) -> dict[str, Any]:
        trends = await self._trends(held, datetime.fromisoformat(at), limit) if at else []
        return {"at": at, "limit": limit, "headlines": [trend.headline.text for trend in trends[:3]]}

    async def _persist(self, held: _Held, _: Told, *, at: str | None, limit: int) -> dict[str, Any]:
        trends = await self._trends(held, datetime.fromisoformat(at), limit) if at else []
        records, pipeline = held.owner.records, held.owner.pipeline
        await records.publish(trends)
        await keep_score(records, trends, pipeline.ranker.settings.window)
        held.ranked = None
        return {"at": at, "trends": len(trends)}
