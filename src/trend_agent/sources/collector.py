"""Collect: visit each source when it is due, and take what it yields into the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from trend_agent.egress import Gone, Http
from trend_agent.errors import TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.observability import metrics
from trend_agent.observability.log import logger
from trend_agent.sources import Source
from trend_agent.storage import Arrival, Health, Ingested, Records

log = logger("sources")

TOGETHER = 8
"""Sources visited at once."""

HELD = 1_000
"""Items taken in without a cursor when a source yields more than these before it says where it is."""

SLOWEST = timedelta(hours=24)
"""However often a source fails, it is tried again after this."""

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a source is tried again that has said it is gone for good (410)."""


Visit = Callable[[Source, Cursor], AsyncIterator[Item | Cursor]]
"""Goes to a source and gives what it finds, as `Source.collect` does; another machine may be the one that goes."""


@dataclass(slots=True)
class _Haul:
    """What a visit has brought so far."""

    held: list[Item] = field(default_factory=list)
    new: int = 0
    known: int = 0

    def add(self, taken: Ingested) -> None:
        self.new += taken.new
        self.known += taken.known
        self.held.clear()


class Collector:
    """Visits sources through `http`, or by `visit` where that is given, and keeps what they yield and how they do.
    `arrived` is called when something new is in the log, `visited` after each visit; `now` tells the time."""

    def __init__(
        self,
        records: Records,
        http: Http,
        *,
        arrived: Callable[[], None] = lambda: None,
        visited: Callable[[Health], None] = lambda _: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        visit: Visit | None = None,
    ) -> None:
        self.records = records
        self._found = visit or (lambda source, since: source.collect(http, since))
        self.arrived = arrived
        self.visited = visited
        self.now = now
        self._turns = asyncio.Semaphore(TOGETHER)

    async def run(self, sources: Sequence[Source]) -> None:
        """Visit all of them for ever, each at its own pace, which holds across restarts."""
        health = {h.source: h for h in await self.records.health()}
        async with asyncio.TaskGroup() as group:
            for source in sources:
                group.create_task(self._keep_visiting(source, health.get(source.key)))

    async def _keep_visiting(self, source: Source, health: Health | None) -> None:
        failures = health.failures if health else 0
        due = _next(source, health, failures) if health else self.now()
        while due < NEVER:
            await asyncio.sleep(max(0.0, (due - self.now()).total_seconds()))
            try:
                async with self._turns:
                    health = await self.visit(source)
            except TrendError as fault:  # the records cannot be written to: not the source's fault
                log.error("could not keep a visit", source=source.key, error=str(fault))
                due = self.now() + timedelta(seconds=60)
                continue
            failures = failures + 1 if health.failures else 0
            due = _next(source, health, failures)

    async def visit(self, source: Source) -> Health:
        """One visit. However it ends, what it brought is in the log and how it went is in the records."""
        haul, began, error, retry_at = _Haul(), self.now(), "", None
        try:
            await self._take(source, haul)
        except TrendError as fault:
            error = str(fault)
            if isinstance(fault, Gone):
                retry_at = NEVER
            elif isinstance(fault, Unavailable) and fault.retry_after is not None:
                retry_at = began + timedelta(seconds=fault.retry_after)
        except Exception as fault:  # a stranger's source may fail in any way; the others go on
            error = f"fault in the source itself: {type(fault).__name__}: {fault}"
            log.exception("a source has a fault", source=source.key)
        await self._keep(haul, None)
        health = Health(
            source=source.key,
            last_try=began,
            last_success=None if error else began,
            fetched=haul.new,
            known=haul.known,
            failures=1 if error else 0,
            error=error,
            retry_at=retry_at,
        )
        await self.records.tried(health)
        self.visited(health)
        self._count(source, health)
        return health

    async def _take(self, source: Source, haul: _Haul) -> None:
        since = await self.records.cursor(source.key)
        async for found in self._found(source, since):
            if isinstance(found, Cursor):
                await self._keep(haul, found)
            else:
                haul.held.append(found)
                if len(haul.held) >= HELD:
                    await self._keep(haul, None)

    async def _keep(self, haul: _Haul, cursor: Cursor | None) -> None:
        if haul.held or cursor:
            taken = await self.records.ingest([Arrival(item) for item in haul.held], cursor=cursor)
            haul.add(taken)
            if taken.new:
                self.arrived()

    def _count(self, source: Source, health: Health) -> None:
        metrics.FETCHED.labels(source.name).inc(health.fetched)
        metrics.KNOWN.labels(source.name).inc(health.known)
        metrics.COLLECTIONS.labels(source.name, "failed" if health.error else "fine").inc()
        if health.error:
            log.warning("could not collect", source=source.key, error=health.error)
        else:
            log.info("collected", source=source.key, new=health.fetched, known=health.known)


def _next(source: Source, health: Health, failures: int) -> datetime:
    """When to come again: at the source's pace, later after failures, never before it asked us to."""
    last = health.last_try or datetime.now(UTC)
    wait = min(timedelta(seconds=source.interval * 2.0 ** min(failures, 10)), SLOWEST)
    due = last + wait
    return max(due, health.retry_at) if health.retry_at else due
