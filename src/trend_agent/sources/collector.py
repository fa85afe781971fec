"""Collect: visit each source when it is due, and take what it yields into the log."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from trend_agent.egress import Gone, Http
from trend_agent.errors import TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.observability import metrics
from trend_agent.observability.log import logger
from trend_agent.sources import Source
from trend_agent.sources.door import admitted
from trend_agent.sources.full_text import Pages
from trend_agent.storage import Arrival, Health, Ingested, Records

log = logger("sources")

TOGETHER = 128
"""Sources visited at once: so many that those who let us wait for their deadline do not hold up the others."""

SILENCE = 20
"""A source that had nothing new for a time is visited after a twentieth of it, where that is later."""

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
    """What a visit has brought so far, and the way to its pages where their text is wanted. What is held is taken in
    when more comes, or with the visit's end; `cursor` is then kept with it."""

    pages: Pages | None = None
    held: list[Item] = field(default_factory=list)
    cursor: Cursor | None = None
    new: int = 0
    known: int = 0

    def add(self, taken: Ingested) -> None:
        self.new += taken.new
        self.known += taken.known
        self.held.clear()
        self.cursor = None


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
        self._http = http
        self._found = visit or (lambda source, since: source.collect(http, since))
        self.arrived = arrived
        self.visited = visited
        self.now = now
        self._turns = asyncio.Semaphore(TOGETHER)
        self._hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._made: dict[str, Health] = {}
        """By source the last visit made here."""

    async def run(self, sources: Sequence[Source]) -> None:
        """Visit all of them for ever, each at its own pace, which holds across restarts."""
        health = {h.source: h for h in await self.records.health()}
        async with asyncio.TaskGroup() as group:
            for source in sources:
                group.create_task(self._keep_visiting(source, health.get(source.key)))

    async def follow(self, wanted: Callable[[], Awaitable[Sequence[Source]]], *, every: float = 30.0) -> None:
        """The same for those that are wanted at each time: asked for every so many seconds. A source whose
        settings changed is visited at once, and so is one that was gone and is to be asked again."""
        health = {h.source: h for h in await self.records.health()}
        tasks: dict[str, tuple[Source, asyncio.Task[None]]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                now = {source.key: source for source in await self._wanted(wanted, tasks)}
                again = await self._resumed({key for key, (_, task) in tasks.items() if task.done()})
                for key in [k for k, (source, _) in tasks.items() if now.get(k) != source or k in again]:
                    tasks.pop(key)[1].cancel()
                    health.pop(key, None)
                for key, source in now.items():
                    if key not in tasks:
                        task = group.create_task(self._keep_visiting(source, health.get(key)))
                        tasks[key] = (source, task)
                await asyncio.sleep(every)

    async def _wanted(
        self,
        wanted: Callable[[], Awaitable[Sequence[Source]]],
        tasks: Mapping[str, tuple[Source, asyncio.Task[None]]],
    ) -> Sequence[Source]:
        """What is wanted now; what was wanted before, where that cannot be told."""
        try:
            return await wanted()
        except TrendError as fault:
            log.error("could not tell which sources are wanted", error=str(fault))
            return [source for source, _ in tasks.values()]

    async def _resumed(self, ended: set[str]) -> set[str]:
        """Those of the sources that had said they were gone which somebody wants asked again."""
        try:
            health = await self.records.health() if ended else []
        except TrendError as fault:
            log.error("could not tell which sources are resumed", error=str(fault))
            return set()
        return {h.source for h in health if h.source in ended and h.retry_at != NEVER}

    async def due(self, sources: Sequence[Source]) -> list[Source]:
        """Those of them whose time has come: a visit counts, whoever made it."""
        health = {h.source: h for h in await self.records.health()}
        now = self.now()
        return [
            s for s in sources if s.key not in health or _next(s, (h := health[s.key]), h.failures) <= now
        ]

    async def _keep_visiting(self, source: Source, health: Health | None) -> None:
        failures, news = (health.failures, health.last_news) if health else (0, None)
        due = _next(source, health, failures) if health else self.now()
        while due < NEVER:
            before = self._made.get(source.key)
            await asyncio.sleep(max(0.0, (due - self.now()).total_seconds()))
            try:
                made = self._made.get(source.key)  # by somebody who did not want to wait so long
                health = made if made and made is not before else await self.visit(source)
            except TrendError as fault:  # the records cannot be written to: not the source's fault
                log.error("could not keep a visit", source=source.key, error=str(fault))
                due = self.now() + timedelta(seconds=60)
                continue
            failures = failures + 1 if health.failures else 0
            news = health.last_news or news or health.last_try
            due = _next(source, replace(health, last_news=news), failures)

    async def at_once(self, sources: Sequence[Source]) -> list[Health]:
        """Visit these now, whenever they are due; hosts are spared as they are by other visits."""
        return list(await asyncio.gather(*map(self.visit, sources)))

    async def visit(self, source: Source) -> Health:
        """One visit, once it is the turn of its host, or the one that was made meanwhile. However it ends,
        what it brought is in the log and how it went is in the records."""
        before = self._made.get(source.key)
        # who waits for a host's turn holds none of the turns of all
        async with self._hosts[source.host], self._turns:
            made = self._made.get(source.key)
            if made is None or made is before:
                made = self._made[source.key] = await self._visit(source)
        return made

    async def _visit(self, source: Source) -> Health:
        haul = _Haul(Pages(self._http, source.key) if source.full_text else None)
        began, error, retry_at = self.now(), "", None
        since = await self.records.trying(source.key, began)
        try:
            await self._take(source, since, haul)
        except TrendError as fault:
            error = str(fault)
            if isinstance(fault, Gone):
                retry_at = NEVER
            elif isinstance(fault, Unavailable) and fault.retry_after is not None:
                retry_at = self.now() + timedelta(seconds=fault.retry_after)
        except Exception as fault:  # a stranger's source may fail in any way; the others go on
            error = f"fault in the source itself: {type(fault).__name__}: {fault}"
            log.exception("a source has a fault", source=source.key)
        health = await self._end(source, haul, error, retry_at)
        self.visited(health)
        self._count(source, health)
        return health

    async def _end(self, source: Source, haul: _Haul, error: str, retry_at: datetime | None) -> Health:
        """Keep how a visit went with the last of what it brought, in one transaction."""
        arrivals, ended = await self._whole(haul), self.now()
        health = Health(
            source=source.key,
            last_try=ended,
            last_success=None if error else ended,
            fetched=haul.new,
            known=haul.known,
            failures=1 if error else 0,
            error=error,
            retry_at=retry_at,
            last_news=ended if haul.new else None,
        )
        health = await self.records.tried(health, arrivals, cursor=haul.cursor)
        if health.fetched > haul.new:
            self.arrived()
        return health

    async def _take(self, source: Source, since: Cursor, haul: _Haul) -> None:
        async for found in self._found(source, since):
            if isinstance(found, Cursor):
                haul.cursor = found
                continue
            if haul.cursor is not None or len(haul.held) >= HELD:
                await self._keep(haul)
            haul.held.append(admitted(found))

    async def _keep(self, haul: _Haul) -> None:
        taken = await self.records.ingest(await self._whole(haul), cursor=haul.cursor)
        haul.add(taken)
        if taken.new:
            self.arrived()

    async def _whole(self, haul: _Haul) -> list[Arrival]:
        """What is held, with the text of its pages. What the log has already would not change: no page is asked."""
        held = haul.held
        if haul.pages is not None and held:
            known = await self.records.known([item.id for item in held])
            held = await haul.pages.filled(held, known=known)
        return [Arrival(item) for item in held]

    def _count(self, source: Source, health: Health) -> None:
        metrics.FETCHED.labels(source.name).inc(health.fetched)
        metrics.KNOWN.labels(source.name).inc(health.known)
        metrics.COLLECTIONS.labels(source.name, "failed" if health.error else "fine").inc()
        if health.error:
            log.warning("could not collect", source=source.key, error=health.error)
        else:
            log.info("collected", source=source.key, new=health.fetched, known=health.known)


def _next(source: Source, health: Health, failures: int) -> datetime:
    """When to come again: at the source's pace, later after failures or long silence, never before it asked us to."""
    last = health.last_try or datetime.now(UTC)
    silent = last - (health.last_news or last)
    wait = max(timedelta(seconds=source.interval * 2.0 ** min(failures, 10)), silent / SILENCE)
    due = last + max(timedelta(seconds=source.interval), min(wait, SLOWEST))
    return max(due, health.retry_at) if health.retry_at else due
