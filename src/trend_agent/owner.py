"""The owner of the records, and what it works with: whoever else does work in its process shares these."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

from trend_agent.app import configuration, make_handed, make_pipeline, open_records, open_roster
from trend_agent.egress import Http
from trend_agent.errors import Denied, Misconfigured, Unavailable
from trend_agent.jobs import Carrier
from trend_agent.jobs.collect import CarriedVisits
from trend_agent.jobs.spread import Spread
from trend_agent.observability.log import logger
from trend_agent.processing.pipeline import Pipeline
from trend_agent.settings import Settings
from trend_agent.sources.collector import Collector
from trend_agent.sources.roster import Listed
from trend_agent.storage import Records
from trend_agent.storage.sql.records import SqlRecords

log = logger("service")


@dataclass(frozen=True, slots=True)
class Owner:
    """What the one process that writes to the records works with. `roster` gives the sources there are, `arrived` is
    set when something is in the log that waits to be processed."""

    settings: Settings
    records: SqlRecords
    pipeline: Pipeline
    http: Http
    collector: Collector
    roster: Callable[[], Awaitable[Sequence[Listed]]]
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def owning(settings: Settings) -> AsyncIterator[Owner]:
    """Own the records of this installation. Where there is a broker, workers read and visit for the owner."""
    async with open_records(settings, write=True) as book, AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(carried(settings)) if settings.broker else None
        read = await stack.enter_async_context(spread(book, carrier, settings)) if carrier else None
        http = await stack.enter_async_context(Http(memory=book, contact=settings.contact))
        arrived = asyncio.Event()
        collector = Collector(
            book, http, arrived=arrived.set, visit=CarriedVisits(carrier) if carrier else None
        )
        pipeline = make_pipeline(book, settings, read=read)
        yield Owner(settings, book, pipeline, http, collector, partial(open_roster, settings, book), arrived)


@asynccontextmanager
async def without_sources(settings: Settings, book: SqlRecords, pipeline: Pipeline) -> AsyncIterator[Owner]:
    """The owner of records beside the installation's own, to which no source has anything to say."""

    async def nobody() -> Sequence[Listed]:
        return []

    records = f"sqlite:///{quote(book.database.name)}"
    apart = settings.model_copy(update={"records": records, "workflows": "", "keep_runs_days": 0})
    async with Http(memory=book, contact=settings.contact) as http:
        yield Owner(apart, book, pipeline, http, Collector(book, http), nobody)


@asynccontextmanager
async def carried(settings: Settings) -> AsyncIterator[Carrier]:
    """Who carries jobs. `Misconfigured` when the board refuses us; one that does not answer is waited for."""
    carrier = make_handed(settings)
    try:
        try:
            await carrier.board.check()
        except Denied as fault:
            raise Misconfigured(f"TREND_BOARD: {fault}") from fault
        except Unavailable as fault:
            log.error("workers cannot be reached yet", error=str(fault))
        yield carrier
    finally:
        await carrier.close()


@asynccontextmanager
async def spread(book: Records, carrier: Carrier, settings: Settings) -> AsyncIterator[Spread]:
    """Reading that is carried, ahead of what is settled."""
    reading = Spread(book, carrier, configuration=configuration(settings))
    try:
        yield reading
    finally:
        await reading.close()
