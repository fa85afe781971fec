"""InfluxDB on bad lines, full of refusals, and killed: what was written is there, what is not was said so."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest
from proxy import Fault, Proxy

from services.backends import own_name
from services.influx import Influx
from trend_agent.errors import Denied, Rejected, Unavailable
from trend_agent.storage.opening import open_timeseries
from trend_agent.storage.ports.timeseries import Point, TimeSeries

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def own_influx() -> Iterator[Influx]:
    with Influx() as server:
        yield server


@asynccontextmanager
async def series_on(
    server: Influx, *, port: int = 0, name: str = "", password: str = "sesame"
) -> AsyncIterator[TimeSeries]:
    address = server.address(port, database=name or own_name(), password=password) + "?timeout=1"
    series = open_timeseries(address, setting="TREND_TIMESERIES", database=None)  # type: ignore[arg-type]
    try:
        yield series
    finally:
        await series.close()


async def values(series: TimeSeries) -> set[float]:
    found = await series.query("items", since=NOON, until=NOON + timedelta(days=1))
    return {p.value for p in found}


@pytest.mark.parametrize("fault", ["down", "reset", "blackhole", "half-open", "latency", "bandwidth"])
async def test_on_a_bad_line_what_was_written_is_there_and_what_is_not_was_said_so(
    influx: Influx, fault: Fault
) -> None:
    name, written, refused = own_name(), set(), 0
    async with (
        Proxy(influx.port, seconds=4, rate=50) as proxy,
        series_on(influx, port=proxy.port, name=name) as series,
    ):
        for number in range(30):
            if number == 10:
                await proxy.set(fault)
            if number == 13:
                await proxy.set(None)
            began = time.monotonic()
            try:
                await series.write(Point("items", NOON + timedelta(seconds=number), float(number)))
                written.add(float(number))
            except Unavailable:
                refused += 1
            assert time.monotonic() - began < 3
    assert refused >= 1
    assert {float(n) for n in range(16, 30)} <= written, "it did not recover"
    async with series_on(influx, name=name) as other:
        assert written <= await values(other)


async def test_a_killed_influxdb_has_all_that_was_written(own_influx: Influx) -> None:
    async with series_on(own_influx) as series:
        await series.write(*(Point("items", NOON + timedelta(seconds=n), float(n)) for n in range(500)))
        own_influx.kill()
        with pytest.raises(Unavailable, match="does not answer"):
            await series.write(Point("items", NOON, 9.0))
        own_influx.start()
        assert await values(series) == {float(n) for n in range(500)}


async def test_a_database_that_somebody_dropped_is_made_anew(influx: Influx) -> None:
    name = own_name()
    async with series_on(influx, name=name) as series:
        await series.write(Point("items", NOON, 1.0))
        influx.ask(f'DROP DATABASE "{name}"')
        assert await values(series) == set()
        await series.write(Point("items", NOON, 2.0))
        assert await values(series) == {2.0}


async def test_a_wrong_password_is_said_to_be_one(influx: Influx) -> None:
    async with series_on(influx, password="open-it") as series:
        for asked in (series.check(), series.write(Point("items", NOON, 1.0)), values(series)):
            with pytest.raises(Denied, match="refuses our credentials") as told:
                await asked
            assert "open-it" not in str(told.value)


async def test_a_field_that_holds_something_else_is_a_clear_error(influx: Influx) -> None:
    name = own_name()
    async with series_on(influx, name=name) as series:
        await series.check()
        where = f"http://127.0.0.1:{influx.port}/write?db={name}&u=trend&p=sesame"
        text = Request(where, data=b'items value="text" 0', method="POST")
        (await asyncio.to_thread(urlopen, text, timeout=5)).close()
        with pytest.raises(Rejected, match="field type conflict"):
            await series.write(Point("items", datetime(1970, 1, 1, tzinfo=UTC), 1.0))
