"""The owner of the records, and what it works with: whoever else does work in its process shares these."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from trend_agent.app import configuration, make_handed, make_pipeline, open_records
from trend_agent.egress import Http
from trend_agent.errors import Denied, Misconfigured, Unavailable
from trend_agent.jobs import Carrier
from trend_agent.jobs.collect import CarriedVisits
from trend_agent.jobs.spread import Spread
from trend_agent.observability.log import logger
from trend_agent.processing.pipeline import Pipeline
from trend_agent.settings import Settings
from trend_agent.sources.collector import Collector
from trend_agent.storage import Records
from trend_agent.storage.sql.records import SqlRecords

log = logger("service")


@dataclass(frozen=True, slots=True)
class Owner:
    """What the one process that writes to the records works with. `arrived` is set when something is in the log
    that waits to be processed."""

    settings: Settings
    records: SqlRecords
    pipeline: Pipeline
    http: Http
    collector: Collector
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
        yield Owner(settings, book, make_pipeline(book, settings, read=read), http, collector, arrived)


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
