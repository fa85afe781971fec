"""What is kept of the past beside the facts: a topic's places on lists, its names, how others went on; runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, Integer, Row, Select, bindparam, cast, func, select

from trend_agent.errors import Missing
from trend_agent.items import Trend
from trend_agent.storage import Count, Run
from trend_agent.storage.sql.schema import buckets, items, millis, moment, runs, topics, trends
from trend_agent.storage.sql.settle import sliced

DAY = 86_400_000
_trend = TypeAdapter(Trend)


def places(
    connection: Connection, key: str, since: datetime | None, until: datetime | None, limit: int
) -> list[Trend]:
    """The newest `limit` of a topic's places on the lists of a time, under any of its names, oldest first."""
    named = {key, *names(connection, key)}
    wanted = select(trends.c.trend).where(trends.c.topic.in_(sorted(named)))
    if since:
        wanted = wanted.where(trends.c.at >= millis(since))
    if until:
        wanted = wanted.where(trends.c.at <= millis(until))
    rows = connection.scalars(wanted.order_by(trends.c.at.desc(), trends.c.rank).limit(limit)).all()
    return [_trend.validate_json(row) for row in reversed(rows)]


def names(connection: Connection, key: str) -> list[str]:
    """The topics that were merged into one, directly or by way of others."""
    found: set[str] = set()
    asked = {key}
    while asked:
        into = topics.c.merged_into.in_(bindparam("ids", expanding=True))
        look = select(topics.c.id).where(into)
        heirs = {row for part in sliced(sorted(asked)) for row in connection.scalars(look, {"ids": part})}
        asked = heirs - found - {key}
        found |= asked
    return sorted(found)


def others(
    connection: Connection, since: datetime, until: datetime, least: int, most: int
) -> list[list[tuple[datetime, int]]]:
    """(moment, items) of topics born in a time that have `least` items and more: `most` of them, in the order of
    their ids, which are hashes and so a fair sample."""
    chosen = (
        select(topics.c.id)
        .where(
            topics.c.born_at >= millis(since),
            topics.c.born_at < millis(until),
            topics.c.merged_into.is_(None),
            topics.c.size >= least,
        )
        .order_by(topics.c.id)
        .limit(most)
    )
    found: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for part in sliced(connection.scalars(chosen)):
        rows = (
            select(buckets.c.topic, buckets.c.bin, func.sum(buckets.c.size).label("n"))
            .where(buckets.c.topic.in_(part), buckets.c.bin < millis(until))
            .group_by(buckets.c.topic, buckets.c.bin)
            .order_by(buckets.c.topic, buckets.c.bin)
        )
        for row in connection.execute(rows):
            found[row.topic].append((moment(row.bin), int(row.n)))
    return list(found.values())


def counts(connection: Connection, since: datetime, until: datetime) -> list[Count]:
    """Items seen in [since, until) by day, source and language."""
    day = cast((items.c.seen_at - items.c.seen_at % DAY) / DAY, Integer).label("day")
    wanted = (
        select(
            day,
            items.c.source,
            items.c.lang,
            func.count().label("n"),
            func.count(items.c.copy_of).label("of"),
        )
        .where(items.c.seen_at >= millis(since), items.c.seen_at < millis(until))
        .group_by(day, items.c.source, items.c.lang)
        .order_by(day, items.c.source, items.c.lang)
    )
    return [Count(moment(r.day * DAY), r.source, r.lang, r.n, r.of) for r in connection.execute(wanted)]


def topics_since(connection: Connection, since: datetime | None) -> int:
    """How many topics stand on their own, of all or of those that got items since a moment."""
    wanted = select(func.count()).select_from(topics).where(topics.c.merged_into.is_(None))
    return int(
        connection.scalar(wanted.where(topics.c.updated_at >= millis(since)) if since else wanted) or 0
    )


def run(connection: Connection, number: int) -> Run:
    row = connection.execute(select(runs).where(runs.c.id == number)).first()
    if row is None:
        raise Missing(f"no run {number}")
    return _run(row)


def latest_runs(connection: Connection, kinds: Collection[str], before: int | None, limit: int) -> list[Run]:
    """The runs of some kinds, or of any, from the newest on; only those before a number, where it is given."""
    wanted: Select[Any] = select(runs).order_by(runs.c.id.desc()).limit(limit)
    if kinds:
        wanted = wanted.where(runs.c.kind.in_(sorted(kinds)))
    if before is not None:
        wanted = wanted.where(runs.c.id < before)
    return [_run(row) for row in connection.execute(wanted)]


def _run(row: Row[*tuple[Any, ...]]) -> Run:
    return Run(
        row.id, row.kind, moment(row.started_at), moment(row.ended_at), row.error, orjson.loads(row.details)
    )
