"""What runs in one process: collect, process, serve; on the real world or on a made-up one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from trend_agent.api import application
from trend_agent.api.access.knowing import Known
from trend_agent.api.desk import Hands
from trend_agent.api.executions import Executions
from trend_agent.api.hands import OwnHands
from trend_agent.api.live import Live
from trend_agent.api.server import probe, serve
from trend_agent.app import (
    Beside,
    answers_depend_on,
    configured_sources,
    make_pipeline,
    open_access,
    open_beside,
    open_index,
    open_records,
    open_shared,
    wanted_sources,
)
from trend_agent.errors import Conflict, Denied, Misconfigured, TrendError, Unavailable
from trend_agent.items import Trend
from trend_agent.made_up import fill, made_up, replay
from trend_agent.observability.log import logger
from trend_agent.owner import Owner, owning, without_sources
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.search import Index
from trend_agent.processing.telling import METRICS
from trend_agent.processing.watching import Watching
from trend_agent.settings import Settings, filled
from trend_agent.showing import Showing
from trend_agent.sources.choosing import Choosing
from trend_agent.sources.demo import World
from trend_agent.sources.websub import Hubs
from trend_agent.storage import Records
from trend_agent.storage.folder import FolderObjects
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.ports.timeseries import TimeSeries
from trend_agent.storage.ports.watches import Watches
from trend_agent.storage.spool import Spool
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.watches import SqlWatches
from trend_agent.web import add_pages

log = logger("service")

LONGEST_WAIT = 10.0
"""Seconds at most until processing that was held up is tried again: what is mended is seen to be so."""


async def keep_processing(
    pipeline: Pipeline, showing: Showing, arrived: asyncio.Event, *, limit: int, pause: float = 1.0
) -> None:
    """Settle what arrives and publish the list, for ever; a fault is shown and tried again."""
    wait = pause
    while True:
        await arrived.wait()
        arrived.clear()
        try:
            outdated, showing.outdated = showing.outdated, False
            await pipeline.drain()
            if pipeline.unpublished or outdated or not showing.filled:
                await showing.published(await pipeline.publish(limit=limit))
            showing.fault, wait = False, pause
        except TrendError as fault:
            showing.fault, wait = True, min(wait * 2, LONGEST_WAIT)
            showing.outdated = True
            log.error("processing stopped", error=str(fault), again_in=wait)
            arrived.set()
        await asyncio.sleep(wait)


DAY = 86_400.0


async def keep_trimmed(
    book: Records, settings: Settings, timeseries: TimeSeries, watches: Watches, *, pause: float = DAY
) -> None:
    """Once a day, for ever, let go of what is older than the settings say."""
    while True:
        try:
            kept = settings.kept(await book.clock() or datetime.now(UTC))
            gone = await book.trim(kept)
            for metric in METRICS if "buckets" in kept else ():
                await timeseries.forget(before=kept["buckets"], metric=metric)
            if settings.keep_alerts_days:
                gone["alerts"] = await watches.forget(
                    datetime.now(UTC) - timedelta(days=settings.keep_alerts_days)
                )
            if any(gone.values()):
                log.info("let go", **gone)
        except TrendError as fault:
            log.error("could not let go of what is old", error=str(fault))
        await asyncio.sleep(pause)


BETWEEN_CHECKS = 1.0
"""Seconds between two looks whether the records answer."""

SLOW = 1.5
"""Seconds that an answer is waited for; a machine with too much to do may take longer once, and not twice running."""


async def keep_checking(book: Records, showing: Showing, *, pause: float = BETWEEN_CHECKS) -> None:
    """Ask the records for ever, so that it is known they are away before somebody is refused."""
    slow = 0
    while True:
        try:
            async with asyncio.timeout(SLOW):
                await book.edition()
            slow, answering, why = 0, True, ""
        except TimeoutError:
            slow += 1
            answering, why = slow < 2, f"no answer within {SLOW:g} s, {slow} times running"
        except TrendError as fault:
            answering, why = False, str(fault)
        if showing.answering and not answering:
            log.error("the records do not answer", error=why)
        showing.answering = answering
        await asyncio.sleep(pause)


BETWEEN_INDEXING = 5.0
"""Seconds between two looks for items that are not in the index yet."""


async def keep_indexing(
    records: Records,
    settings: Settings,
    *,
    opened: Callable[[Index | None], None] = lambda _: None,
    pause: float = BETWEEN_INDEXING,
) -> None:
    """Keep the vectors up to the records, for ever; a fault is logged and tried again, and stops nothing else.

    `opened` is told of the index when it can be asked, and of None when it cannot be any more.
    """
    wait = pause
    while settings.vectors != "none":
        try:
            async with open_index(records, settings) as index:
                opened(index)
                while True:
                    await index.catch_up()
                    wait = pause
                    await asyncio.sleep(pause)
        except TrendError as fault:
            opened(None)
            wait = min(wait * 2, 300.0)
            log.error("indexing stopped", error=str(fault), again_in=wait)
            await asyncio.sleep(wait)


Welcome = Callable[[str], None]
"""Shows a first key to who started us: it is not to be found in any log."""

Beginning = Callable[[Owner], AbstractAsyncContextManager[Executions]]
"""Has workflows run beside the rest, for as long as it is entered."""

Asking = Callable[[Settings], AbstractAsyncContextManager[Executions]]
"""Asks whoever runs workflows, for as long as it is entered."""


async def bring_up(
    settings: Settings, *, welcome: Welcome | None = None, workflows: Beginning | None = None
) -> None:
    """Collect, process and serve in this process until it is told to stop; `workflows` run beside that. `welcome`
    shows the first key."""
    settings.kept(datetime.now(UTC))
    configured_sources(settings)  # a file of sources that is wrong is told of before anything runs
    await probe(settings.host, settings.port)
    async with owning(settings) as owner, AsyncExitStack() as stack:
        book, pipeline, arrived = owner.records, owner.pipeline, owner.arrived
        world = None if await book.clock() else await stack.enter_async_context(made_up(settings))
        beside = await stack.enter_async_context(open_beside(settings, book.database))
        await probe_beside(beside)
        await probe_vectors(book, settings)
        if welcome is not None and (text := await first_key(book.database)):
            welcome(text)
        showing = Showing(book, pipeline, made_up=world)
        showing.gaps = await book.gaps()
        arrived.set()
        owner.collector.visited = showing.visited
        wanted = partial(wanted_sources, settings, book)
        hubs = Hubs(book, owner.http, wanted, site=settings.public_url, arrived=arrived.set)
        showing.spool = Spool(beside.timeseries)
        watches = SqlWatches(book.database)
        showing.watching = Watching(watches, book)
        keeping = Keeping(beside.cache)
        hands = OwnHands(
            book,
            corrected=partial(_make_anew, showing, arrived),
            keeping=keeping,
            sources=Choosing(book, owner.http, partial(configured_sources, settings), filled),
            collector=owner.collector,
        )
        stack.push_async_callback(hands.close)
        executions = await stack.enter_async_context(workflows(owner)) if workflows else None
        await _serve(
            settings,
            showing,
            beside,
            *([hubs.run()] if settings.public_url else []),
            owner.collector.follow(wanted),
            keep_processing(pipeline, showing, arrived, limit=settings.top),
            showing.spool.run(),
            keep_checking(book, showing),
            keep_trimmed(book, settings, beside.timeseries, watches),
            keep_indexing(book, settings, opened=showing.has_index),
            *([fill(*world, World(until=datetime.now(UTC)), settings)] if world else []),
            database=book.database,
            pushes=hubs if settings.public_url else None,
            hands=hands,
            keeping=keeping,
            watches=watches,
            executions=executions,
        )


def _make_anew(showing: Showing, arrived: asyncio.Event) -> None:
    """Have the list published again, whatever arrives."""
    showing.outdated = True
    arrived.set()


async def demo_up(
    settings: Settings,
    *,
    seed: int,
    speed: float,
    welcome: Welcome | None = None,
    workflows: Beginning | None = None,
) -> None:
    """Serve a made-up world whose last hours go on `speed` times faster than life, and run `workflows` over it."""
    await probe(settings.host, settings.port)
    settings = settings.model_copy(update={"timeseries": "records:", "queue": "records:", "cache": "memory:"})
    async with made_up(settings) as (book, pipeline), AsyncExitStack() as stack:
        showing = Showing(book, pipeline, made_up=None)
        showing.made_up = showing.real
        owner = await stack.enter_async_context(without_sources(settings, book, pipeline))
        executions = await stack.enter_async_context(workflows(owner)) if workflows else None
        world = World(seed=seed, until=datetime.now(UTC))
        if welcome is not None and (text := await first_key(book.database)):
            welcome(text)
        async with open_beside(settings, book.database) as beside:
            keeping, watches = Keeping(beside.cache), SqlWatches(book.database)
            showing.watching = Watching(watches, book)
            await _serve(
                settings,
                showing,
                beside,
                replay(book, pipeline, showing, world, settings, speed=speed),
                database=book.database,
                hands=OwnHands(
                    book, corrected=partial(_make_anew, showing, asyncio.Event()), keeping=keeping
                ),
                executions=executions,
                keeping=keeping,
                watches=watches,
            )


async def demo_once(settings: Settings, *, seed: int) -> list[Trend]:
    """The trends of a made-up world."""
    async with made_up(settings) as (book, pipeline):
        return await fill(book, pipeline, World(seed=seed, until=datetime.now(UTC)), settings)


PROBED = 10.0
"""Seconds for which the beginning waits for what lies beside the records."""


async def probe_beside(beside: Beside) -> None:
    """Whether what lies beside the records can be used: told before any work begins."""
    await asyncio.gather(
        _probed("TREND_CACHE", beside.cache.check(), without="the cache is broken; answers are made anew"),
        _probed("TREND_TIMESERIES", beside.timeseries.check(), without="numbers wait for their time series"),
        _probed("TREND_QUEUE", beside.queue.check(), without="the queue does not answer yet"),
        _probed("TREND_OBJECTS", beside.objects.check(), without="objects cannot be reached yet"),
    )


async def probe_vectors(records: Records, settings: Settings) -> None:
    """The same of vectors."""

    async def asked() -> None:
        async with open_index(records, settings) as index:
            await index.vectors.place()

    if settings.vectors != "none":
        await _probed("TREND_VECTORS", asked(), without="vectors cannot be asked; words are searched alone")


async def _probed(setting: str, asking: Awaitable[object], *, without: str) -> None:
    """`Misconfigured` when what a setting names refuses us; one that does not answer is waited for, and so said."""
    try:
        async with asyncio.timeout(PROBED):
            await asking
    except Denied as fault:
        raise Misconfigured(f"{setting}: {fault}") from fault
    except (Unavailable, Conflict) as fault:
        log.error(without, error=str(fault))
    except TimeoutError:
        log.error(without, error=f"{setting} names what did not answer within {PROBED:g} s")


async def _serve(
    settings: Settings,
    showing: Showing,
    beside: Beside,
    *work: Coroutine[Any, Any, object],
    database: Database,
    pushes: Hubs | None = None,
    hands: Hands | None = None,
    keeping: Keeping | None = None,
    watches: Watches | None = None,
    executions: Executions | None = None,
    processes: int = 1,
    sockets: Sequence[Any] = (),
) -> None:
    """Serve the API and the pages beside the work until told to stop, or until any work fails."""
    async with open_access(settings, database, processes=processes) as access:
        live = Live(
            showing,
            most=settings.streams,
            per_address=settings.streams_per_address,
            executions=executions,
        )
        showing.wake = live.wake
        pages = application(
            showing,
            live=live,
            site=settings.public_url,
            keeping=keeping or Keeping(beside.cache),
            configuration=answers_depend_on(settings),
            pushes=pushes,
            hands=hands,
            watches=watches,
            executions=executions,
            objects=beside.objects if isinstance(beside.objects, FolderObjects) else None,
            access=access,
        )
        add_pages(pages)
        where = f"http://{settings.host}:{settings.port}"
        log.info("serving", pages=where, api=f"{where}/api/v1/trends", records=settings.records_name())
        try:
            async with asyncio.TaskGroup() as group:
                jobs = [group.create_task(job) for job in work]
                await serve(
                    pages,
                    host=settings.host,
                    port=settings.port,
                    drain=settings.drain_seconds,
                    sockets=sockets,
                )
                for job in jobs:
                    job.cancel()
        except* TrendError as faults:
            fault: BaseException = faults
            while isinstance(fault, BaseExceptionGroup):
                fault = fault.exceptions[0]
            raise fault from None


SERVED_VECTORS = ("qdrant+", "postgresql:", "postgres:")
"""Vectors that several processes may ask; those of a folder belong to the one that keeps them up."""


async def serve_only(
    settings: Settings,
    *,
    processes: int = 1,
    sockets: Sequence[Any] = (),
    workflows: Asking | None = None,
) -> None:
    """Serve what another process keeps up: records that are open for reading, and the tables that all may write."""
    async with (
        open_records(settings) as book,
        open_shared(settings) as shared,
        open_beside(settings, book.database) as beside,
        AsyncExitStack() as stack,
    ):
        await probe_beside(beside)
        showing = Showing(book, make_pipeline(book, settings), made_up=None)
        showing.filled = True
        showing.gaps = await book.gaps()
        if settings.vectors.startswith(SERVED_VECTORS):
            showing.has_index(await stack.enter_async_context(open_index(book, settings)))
        await _serve(
            settings,
            showing,
            beside,
            database=shared,
            watches=SqlWatches(shared),
            executions=await stack.enter_async_context(workflows(settings)) if workflows else None,
            processes=processes,
            sockets=sockets,
        )


async def first_key(database: Database) -> str:
    """The text of an administrator's key, where there has never been any key; else nothing."""
    return await Known(SqlAccess(database)).make_first()
