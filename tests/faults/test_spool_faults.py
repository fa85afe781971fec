"""Numbers on their way to a time series that is down: they wait, or are let go and counted; nobody waits for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proxy import Proxy

from places import opened
from services.backends import own_name
from services.influx import Influx
from trend_agent.app import make_pipeline
from trend_agent.errors import Rejected
from trend_agent.observability.metrics import POINTS
from trend_agent.processing.telling import told
from trend_agent.service import keep_processing
from trend_agent.settings import Settings
from trend_agent.showing import Showing
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.opening import open_timeseries
from trend_agent.storage.ports.timeseries import Point, TimeSeries
from trend_agent.storage.spool import Spool
from trend_agent.storage.sql.series import SqlTimeSeries
from trend_agent.storage.sql.sqlite import Sqlite

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)


def points(numbers: Sequence[int]) -> list[Point]:
    return [Point("items", NOON + timedelta(seconds=n), float(n)) for n in numbers]


@asynccontextmanager
async def influx_behind(proxy: Proxy, server: Influx) -> AsyncIterator[TimeSeries]:
    address = server.address(proxy.port, database=own_name()) + "?timeout=1"
    series = open_timeseries(address, setting="TREND_TIMESERIES", database=None)  # type: ignore[arg-type]
    try:
        yield series
    finally:
        await series.close()


@asynccontextmanager
async def going_on(*jobs: Awaitable[object]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while True:
            if there():
                return
            await asyncio.sleep(0.02)


def counted(outcome: str) -> float:
    return float(POINTS.labels(outcome)._value.get())


async def test_numbers_wait_while_influxdb_is_down_and_arrive_without_a_hand(influx: Influx) -> None:
    async with Proxy(influx.port) as proxy, influx_behind(proxy, influx) as series:
        spool = Spool(series)
        async with going_on(spool.run(pause=0.05)):
            spool.put(points(range(10)))
            await until(lambda: not len(spool))
            await proxy.set("down")
            spool.put(points(range(10, 30)))
            await until(lambda: spool.fault)
            spool.put([Point("items", NOON + timedelta(seconds=29), 290.0)])
            assert len(spool) == 20
            await proxy.set(None)
            await until(lambda: not len(spool))
            await until(lambda: not spool.fault)
        found = await series.query("items", since=NOON, until=LATER)
    assert [point.value for point in found] == [float(n) for n in range(29)] + [290.0]


async def test_what_does_not_fit_is_let_go_oldest_first_and_counted(influx: Influx) -> None:
    before = counted("dropped")
    async with Proxy(influx.port) as proxy, influx_behind(proxy, influx) as series:
        await proxy.set("down")
        spool = Spool(series, most=20)
        spool.put(points(range(15)))
        spool.put(points(range(15, 35)))
        assert counted("dropped") - before == 15
        await proxy.set(None)
        await spool.flush()
        found = await series.query("items", since=NOON, until=LATER)
    assert [point.value for point in found] == [float(n) for n in range(15, 35)]


class Refusing(SqlTimeSeries):
    """Takes nothing of one metric."""

    async def write(self, *points: Point) -> None:
        if any(point.metric == "bad" for point in points):
            raise Rejected("a field type conflict")
        await super().write(*points)


async def test_what_is_refused_is_counted_and_holds_up_nothing(tmp_path: Path) -> None:
    before = counted("rejected")
    async with opened(Sqlite(tmp_path / "r.sqlite3")) as records:
        spool = Spool(Refusing(records.database))
        spool.put([Point("bad", NOON, 1.0)])
        await spool.flush()
        spool.put(points([1]))
        await spool.flush()
        assert len(await spool.series.query("items", since=NOON, until=LATER)) == 1
    assert counted("rejected") - before == 1


async def test_processing_publishes_as_ever_while_influxdb_is_down(influx: Influx, tmp_path: Path) -> None:
    async with (
        opened(Sqlite(tmp_path / "r.sqlite3")) as records,
        Proxy(influx.port) as proxy,
        influx_behind(proxy, influx) as series,
    ):
        await proxy.set("blackhole")
        await records.ingest([Arrival(i) for i in World(seed=3, days=1, per_day=150, until=NOON).items()])
        pipeline, arrived = make_pipeline(records, Settings()), asyncio.Event()
        showing = Showing(records, pipeline, made_up=None)
        showing.spool = Spool(series)
        arrived.set()
        work = keep_processing(pipeline, showing, arrived, limit=20, pause=0.05)
        async with going_on(work, showing.spool.run(pause=0.05)):
            await until(lambda: showing.filled and showing.spool and showing.spool.fault)
            assert showing.ready() == (
                True,
                {"trends": "real", "processing": "fine", "records": "fine", "timeseries": "does not answer"},
            )
            ranked = await records.trends(limit=20)
            await proxy.set(None)
            await until(lambda: showing.spool is not None and not len(showing.spool))
        scores = await series.query("topic_score", since=NOON - timedelta(days=1), until=LATER)
    assert {p.tags["topic"]: p.value for p in scores} == {t.topic: t.score for t in ranked}
    assert len(list(told(ranked))) == 3 * len(ranked) > 30
