"""Time series as tables: a series is a metric with its tags, a point belongs to one series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, text

from trend_agent.storage.ports.timeseries import How, Point, Wanted, alternatives, fit, named, step_of
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import millis, moment, points, series, series_tags

ROWS = 500
"""Rows of one statement: SQLite binds at most 32,766 values, older ones 999."""


FUNCTIONS: dict[How, Callable[..., ColumnElement[Any]]] = {
    "count": func.count,
    "sum": func.sum,
    "mean": func.avg,
    "min": func.min,
    "max": func.max,
}


class SqlTimeSeries:
    """`TimeSeries` in the records' own database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def write(self, *found: Point) -> None:
        wanted = [fit(point) for point in found]
        if wanted:
            await self.database.write(lambda c: _write(c, wanted))

    async def query(
        self, metric: str, *, since: datetime, until: datetime, tags: Wanted | None = None
    ) -> list[Point]:
        wanted = (
            select(points.c.at, points.c.value, series.c.tags)
            .join(series, series.c.id == points.c.series)
            .where(*_chosen(metric, since, until, tags))
            .order_by(points.c.at, series.c.tags)
        )
        rows = await self.database.read(lambda c: c.execute(wanted).all())
        return [Point(metric, moment(row.at), row.value, orjson.loads(row.tags)) for row in rows]

    async def downsample(
        self,
        metric: str,
        *,
        since: datetime,
        until: datetime,
        every: timedelta,
        how: How = "sum",
        by: Sequence[str] = (),
        tags: Wanted | None = None,
    ) -> list[Point]:
        wanted = _steps(metric, since, until, step_of(every), how, by, tags)
        rows = await self.database.read(lambda c: c.execute(wanted).all())
        return [
            Point(
                metric,
                moment(row.step),
                float(row.value),
                {tag: value for tag, value in zip(by, row[2:], strict=True) if value},
            )
            for row in rows
        ]

    async def forget(self, *, before: datetime, metric: str = "") -> None:
        old = delete(points).where(points.c.at < millis(before))
        if metric:
            of_metric = select(series.c.id).where(series.c.metric == named(metric))
            old = old.where(points.c.series.in_(of_metric))
        await self.database.write(lambda c: _forget(c, old))

    async def check(self) -> list[str]:
        await self.database.read(lambda c: c.execute(select(points.c.at).limit(1)).first())
        return []

    async def close(self) -> None:
        """The database is the records' and closed with them."""


def _write(connection: Connection, wanted: Sequence[Point]) -> None:
    named_series = [(point.metric, _canonical(point)) for point in wanted]
    ids = _ids(connection, dict(zip(named_series, wanted, strict=True)))
    rows = {
        (ids[name], millis(point.at)): point.value for name, point in zip(named_series, wanted, strict=True)
    }
    put = insert(connection, points)
    put = put.on_conflict_do_update(index_elements=["series", "at"], set_={"value": put.excluded.value})
    connection.execute(put, [{"series": s, "at": at, "value": value} for (s, at), value in rows.items()])


def _canonical(point: Point) -> str:
    return orjson.dumps(dict(point.tags), option=orjson.OPT_SORT_KEYS).decode()


def _ids(connection: Connection, wanted: dict[tuple[str, str], Point]) -> dict[tuple[str, str], int]:
    """The ids of these series, which are made where they are new."""
    found = _known(connection, wanted)
    fresh = {name: point for name, point in wanted.items() if name not in found}
    if fresh:
        rows = [{"metric": metric, "tags": tags} for metric, tags in fresh]
        connection.execute(insert(connection, series).on_conflict_do_nothing(), rows)
        found |= _known(connection, fresh)
        tagged = [
            {"series": found[name], "name": tag, "value": value}
            for name, point in fresh.items()
            for tag, value in point.tags.items()
        ]
        if tagged:
            connection.execute(insert(connection, series_tags).on_conflict_do_nothing(), tagged)
    return found


def _known(connection: Connection, wanted: dict[tuple[str, str], Point]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    by_metric: dict[str, list[str]] = {}
    for metric, tags in wanted:
        by_metric.setdefault(metric, []).append(tags)
    for metric, texts in by_metric.items():
        for start in range(0, len(texts), ROWS):
            look = select(series.c.tags, series.c.id).where(
                series.c.metric == metric, series.c.tags.in_(texts[start : start + ROWS])
            )
            held = look.with_for_update(read=True, key_share=True)  # against `_forget`, on PostgreSQL
            found |= {(metric, row.tags): row.id for row in connection.execute(held)}
    return found


def _chosen(metric: str, since: datetime, until: datetime, tags: Wanted | None) -> list[ColumnElement[bool]]:
    wanted = [series.c.metric == named(metric), points.c.at >= millis(since), points.c.at < millis(until)]
    for tag, values in alternatives(tags).items():
        of_tag = select(series_tags.c.series).where(series_tags.c.name == tag)
        met = series.c.id.in_(of_tag.where(series_tags.c.value.in_(values)))
        wanted.append(met | series.c.id.not_in(of_tag) if "" in values else met)
    return wanted


def _steps(
    metric: str,
    since: datetime,
    until: datetime,
    width: int,
    how: How,
    by: Sequence[str],
    tags: Wanted | None,
) -> Select[Any]:
    step = (points.c.at - _modulo(points.c.at, width)).label("step")
    groups: list[Any] = [_tag(name).label(f"by_{name}") for name in by]
    wanted: Select[Any] = (
        select(step, FUNCTIONS[how](points.c.value).label("value"), *groups)
        .join(series, series.c.id == points.c.series)
        .where(*_chosen(metric, since, until, tags))
        .group_by(step, *groups)
        .order_by(step, *groups)
    )
    return wanted


def _modulo(column: ColumnElement[int], width: int) -> ColumnElement[int]:
    """The remainder that is never negative, so that steps before 1970 begin where later ones do."""
    return (column % width + width) % width


def _tag(name: str) -> ColumnElement[str]:
    look = select(series_tags.c.value).where(
        series_tags.c.series == series.c.id, series_tags.c.name == named(name)
    )
    return func.coalesce(look.scalar_subquery(), "")


def _forget(connection: Connection, old: Any) -> None:
    if connection.dialect.name == "postgresql":  # wait for those who write to a series that looks empty
        connection.execute(text("LOCK TABLE series IN EXCLUSIVE MODE"))
    connection.execute(old)
    empty = select(series.c.id).where(~select(points.c.at).where(points.c.series == series.c.id).exists())
    connection.execute(delete(series_tags).where(series_tags.c.series.in_(empty)))
    connection.execute(delete(series).where(series.c.id.in_(empty)))
