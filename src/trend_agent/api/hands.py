"""The hands of whoever owns the records: corrections, sources and collections that are asked for from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trend_agent.errors import Conflict, TrendError
from trend_agent.items import Correction
from trend_agent.observability.log import logger
from trend_agent.processing.corrections import Corrector
from trend_agent.processing.saying import Merge, Pin, Split, Undo, Unpin
from trend_agent.sources import Source
from trend_agent.sources.choosing import Choosing
from trend_agent.sources.collector import Collector
from trend_agent.sources.roster import pick, visited
from trend_agent.storage import Records
from trend_agent.storage.keeping import Keeping

log = logger("api")

LONGEST = 600.0
"""Seconds that a collection which was asked for may take."""
NOTHING = "nothing is collected here: this is a made-up world"
NAMED = 100
"""Sources of a collection that its record names, and failures that it tells."""


class OwnHands:
    """Does what is asked at once; an `order` is answered in the transaction that does it. `corrected` is called when
    the list has to be made anew. Without `sources` and `collector` nothing is collected here, as in a made-up
    world."""

    def __init__(
        self,
        records: Records,
        *,
        corrected: Callable[[], None],
        keeping: Keeping | None = None,
        sources: Choosing | None = None,
        collector: Collector | None = None,
    ) -> None:
        self.records = records
        self.corrected = corrected
        self.keeping = keeping
        self._sources = sources
        self._collector = collector
        self._busy = False
        self._collecting: asyncio.Task[None] | None = None

    @property
    def sources(self) -> Choosing:
        if self._sources is None:
            raise Conflict(NOTHING)
        return self._sources

    async def correct(
        self, asked: Merge | Split | Pin | Unpin | Undo, *, by: str, order: str = ""
    ) -> Correction:
        said = await asked.said(Corrector(self.records, by=by, order=order))
        self.corrected()
        return said

    async def collect(self, names: Sequence[str], *, by: str, order: str = "") -> int:
        if self._collector is None or self._busy:
            under_way = "a collection that was asked for is under way already"
            raise Conflict(under_way if self._busy else NOTHING)
        self._busy = True
        try:
            chosen = await self._chosen(names)
            told = {"by": by, "number": len(chosen), "sources": [source.key for source in chosen[:NAMED]]}
            run = await self.records.begin_run("collect", told, order=order)
        except BaseException:
            self._busy = False
            raise
        self._collecting = asyncio.create_task(self._collect(self._collector, chosen, run, told))
        return run

    async def _chosen(self, names: Sequence[str]) -> list[Source]:
        roster = await self.sources.roster()
        named = [pick(roster, name) for name in dict.fromkeys(names)]
        chosen = [one.source for one in named if one.source] if names else visited(roster)
        if not chosen:
            raise Conflict("none of these sources can be visited; the list of sources says why")
        return chosen

    async def _collect(
        self, collector: Collector, chosen: Sequence[Source], run: int, told: Mapping[str, Any]
    ) -> None:
        """Visit them all once; what came of it is written down with the run."""
        error, found = "stopped", dict(told)
        try:
            async with asyncio.timeout(LONGEST):
                health = await collector.at_once(chosen)
            failed = {one.source: one.error[:300] for one in health if one.error}
            found |= {"new": sum(one.fetched for one in health), "known": sum(one.known for one in health)}
            found |= {"failed": dict(list(failed.items())[:NAMED]), "failures": len(failed)}
            error = ""
        except TimeoutError:
            error = f"not all were visited within {LONGEST:g} s"
        except TrendError as fault:
            error = str(fault)
            log.error("a collection that was asked for failed", run=run, error=error)
        finally:
            self._busy = False
            await self.records.end_run(run, error=error, details=found)

    async def clear_cache(self) -> None:
        if self.keeping is not None:
            await self.keeping.clear()

    async def close(self) -> None:
        """End what is under way."""
        if self._collecting is not None and not self._collecting.done():
            self._collecting.cancel()
            await asyncio.gather(self._collecting, return_exceptions=True)
