"""What every backend of the time series promises."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from math import inf, nan
from pathlib import Path

import pytest

from services.backends import TIMESERIES, database, own_name
from trend_agent.errors import Rejected
from trend_agent.storage.opening import open_timeseries
from trend_agent.storage.ports.timeseries import How, Point, TimeSeries

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=TIMESERIES)
async def series(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TimeSeries]:
    get = request.getfixturevalue
    async with database(request.param, get, tmp_path) as book:
        table = request.param.startswith("table")
        address = "records:" if table else get("influx").address(database=own_name())
        made = open_timeseries(address, setting="TREND_TIMESERIES", database=book)
        yield made
        await made.close()


def point(minutes: float, value: float, **tags: str) -> Point:
    return Point("items", NOON + minutes * MINUTE, value, tags)


async def all_of(series: TimeSeries, metric: str = "items", **tags: str | list[str]) -> list[Point]:
    return await series.query(metric, since=NOON - DAY, until=NOON + DAY, tags=tags)


async def test_points_come_back_as_they_were_written_oldest_first(series: TimeSeries) -> None:
    some = [point(2, 3.5, source="wire"), point(0, -1.0), point(1, 1e-300, source="wire", lang="de")]
    await series.write(*some)
    assert await all_of(series) == sorted(some, key=lambda p: p.at)


async def test_what_was_never_written_is_empty(series: TimeSeries) -> None:
    assert await all_of(series) == []
    assert await series.downsample("items", since=NOON, until=NOON + DAY, every=MINUTE) == []
    await series.forget(before=NOON)
    await series.write()


async def test_a_moment_is_held_to_the_millisecond(series: TimeSeries) -> None:
    await series.write(Point("items", NOON + timedelta(microseconds=1999), 1.0))
    (found,) = await all_of(series)
    assert found.at == NOON + timedelta(milliseconds=1)


async def test_writing_again_replaces(series: TimeSeries) -> None:
    await series.write(point(0, 1.0, source="wire"), point(0, 5.0, source="courier"))
    await series.write(point(0, 2.0, source="wire"), point(0, 3.0, source="wire"))
    assert await all_of(series) == [point(0, 5.0, source="courier"), point(0, 3.0, source="wire")]


async def test_the_end_of_a_span_is_not_in_it(series: TimeSeries) -> None:
    await series.write(point(0, 1.0), point(1, 2.0))
    found = await series.query("items", since=NOON, until=NOON + MINUTE)
    assert [p.value for p in found] == [1.0]


async def test_tags_choose(series: TimeSeries) -> None:
    await series.write(
        point(0, 1.0, source="wire", lang="de"),
        point(1, 2.0, source="wire", lang="en"),
        point(2, 3.0, source="courier", lang="en"),
        point(3, 4.0, lang="en"),
    )
    assert [p.value for p in await all_of(series, source="wire")] == [1.0, 2.0]
    assert [p.value for p in await all_of(series, source=["wire", "courier"], lang="en")] == [2.0, 3.0]
    assert [p.value for p in await all_of(series, source="")] == [4.0]
    assert [p.value for p in await all_of(series, source=["courier", ""])] == [3.0, 4.0]
    assert await all_of(series, source="nobody") == []
    with pytest.raises(Rejected, match="none of no values"):
        await all_of(series, source=[])


async def test_an_empty_tag_is_no_tag(series: TimeSeries) -> None:
    await series.write(point(0, 1.0, source=""))
    assert await all_of(series) == [point(0, 1.0)]


@pytest.mark.parametrize(
    "hostile",
    [
        "a b,c=d", "it's", 'say "so"', "back\\slash", "end\\", "two\\\\", "line\nitems value=9 0", "\r\t\x01\x1f",
        "' OR time > 0 --", "x' OR 'a'='a", "%41%", "$1", "狮子 Löwe 🦁", " lead and trail ", "=", ",", "\u2028",
        "#", "/.*/", "';DROP DATABASE trend;--",
    ],
)  # fmt: skip
async def test_a_tag_may_be_any_text_and_is_nothing_but_text(series: TimeSeries, hostile: str) -> None:
    await series.write(point(0, 1.0, source=hostile), point(1, 2.0, source="other"))
    assert await all_of(series, source=hostile) == [point(0, 1.0, source=hostile)]
    assert len(await all_of(series)) == 2
    summed = await series.downsample("items", since=NOON, until=NOON + DAY, every=DAY, by=["source"])
    assert {p.tags["source"] for p in summed} == {hostile, "other"}


@pytest.mark.parametrize("name", ["", "Items", "a b", 'a"b', "time", "a;b", "x" * 64, "1a", "a\n"])
async def test_a_name_that_is_none_is_rejected(series: TimeSeries, name: str) -> None:
    with pytest.raises(Rejected, match="name"):
        await series.write(Point(name, NOON, 1.0))
    with pytest.raises(Rejected, match="name"):
        await series.write(Point("items", NOON, 1.0, {name: "x"}))
    with pytest.raises(Rejected, match="name"):
        await series.query(name, since=NOON, until=NOON)
    with pytest.raises(Rejected, match="name"):
        await series.downsample("items", since=NOON, until=NOON, every=DAY, by=[name])


@pytest.mark.parametrize("value", ["\0", "a\ud800", "x" * 501])
async def test_a_value_that_cannot_be_kept_is_rejected(series: TimeSeries, value: str) -> None:
    with pytest.raises(Rejected, match="no value for the tag 'source'"):
        await series.write(point(0, 1.0, source=value))
    with pytest.raises(Rejected, match="no value for the tag 'source'"):
        await all_of(series, source=value)


@pytest.mark.parametrize("value", [nan, inf, -inf])
async def test_what_is_no_number_is_rejected_with_all_that_came_with_it(
    series: TimeSeries, value: float
) -> None:
    with pytest.raises(Rejected, match="no number"):
        await series.write(point(0, 1.0), point(1, value))
    assert await all_of(series) == []


@pytest.mark.parametrize(
    ("how", "wanted"),
    [("count", [3, 1]), ("sum", [6, 10]), ("mean", [2, 10]), ("min", [1, 10]), ("max", [3, 10])],
)
async def test_steps_become_one_point_each_and_empty_ones_none(
    series: TimeSeries, how: How, wanted: list[float]
) -> None:
    await series.write(point(0, 1.0), point(1, 2.0), point(14.99, 3.0), point(46, 10.0))
    found = await series.downsample("items", since=NOON - DAY, until=NOON + DAY, every=15 * MINUTE, how=how)
    assert [(p.at, p.value) for p in found] == [(NOON, wanted[0]), (NOON + 45 * MINUTE, wanted[1])]


async def test_a_step_begins_where_it_does_even_where_the_span_begins_later(series: TimeSeries) -> None:
    await series.write(point(1, 1.0), point(9, 2.0), point(11, 4.0))
    found = await series.downsample("items", since=NOON + 5 * MINUTE, until=NOON + DAY, every=10 * MINUTE)
    assert [(p.at, p.value) for p in found] == [(NOON, 2.0), (NOON + 10 * MINUTE, 4.0)]


async def test_steps_are_told_apart_by_the_tags_asked_for(series: TimeSeries) -> None:
    await series.write(
        point(0, 1.0, source="wire", lang="de"),
        point(1, 2.0, source="wire", lang="en"),
        point(2, 4.0, source="courier", lang="en"),
        point(3, 8.0),
    )
    found = await series.downsample("items", since=NOON, until=NOON + DAY, every=DAY, by=["source"])
    assert [(p.tags, p.value) for p in found] == [
        ({}, 8.0), ({"source": "courier"}, 4.0), ({"source": "wire"}, 3.0)
    ]  # fmt: skip
    found = await series.downsample(
        "items", since=NOON, until=NOON + DAY, every=DAY, by=["source"], tags={"lang": "en"}
    )
    assert [(p.tags["source"], p.value) for p in found] == [("courier", 4.0), ("wire", 2.0)]


async def test_a_coarser_series_outlives_the_finer_one(series: TimeSeries) -> None:
    await series.write(*(point(n, 1.0, source="wire") for n in range(120)))
    hours = await series.downsample("items", since=NOON, until=NOON + DAY, every=60 * MINUTE, by=["source"])
    await series.write(*(Point("items_hourly", p.at, p.value, p.tags) for p in hours))
    await series.forget(before=NOON + 90 * MINUTE, metric="items")
    assert len(await all_of(series)) == 30
    assert [p.value for p in await all_of(series, "items_hourly")] == [60.0, 60.0]
    await series.forget(before=NOON + DAY)
    assert await all_of(series) == await all_of(series, "items_hourly") == []
    await series.write(point(0, 7.0, source="wire"))
    assert await all_of(series) == [point(0, 7.0, source="wire")]


async def test_ten_thousand_points_go_in_and_come_out(series: TimeSeries) -> None:
    some = [point(n / 60, float(n), source=f"s{n % 7}") for n in range(10_000)]
    await series.write(*some)
    assert await all_of(series) == some


async def test_a_sound_backend_has_nothing_wrong(series: TimeSeries) -> None:
    assert await series.check() == []
