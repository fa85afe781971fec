"""The published lists of trends, each under the moment of stream time it holds for."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, func, select

from trend_agent.errors import Missing
from trend_agent.items import Trend
from trend_agent.storage import Listed
from trend_agent.storage.sql.editions import mark
from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import debuts, millis, moments, topics, trends
from trend_agent.storage.sql.topics import topic as topic_at

HOUR = 3_600_000
STEP = 300_000
"""Milliseconds of which the first list is kept whole, for whoever asks for a past moment. The first and not the last:
so nothing that is published later changes what was the list at a moment."""

_trend = TypeAdapter(Trend)


def publish(connection: Connection, ranked: Sequence[Trend]) -> None:
    """Make the list current. By topic the last list of an hour stays, whole the first of every five minutes; any
    other moment can be computed."""
    if not ranked:
        return
    mark(connection, "list")
    at, written = millis(ranked[0].at), [_trend.dump_json(t) for t in ranked]
    connection.execute(delete(trends).where(trends.c.at >= at - at % HOUR, trends.c.at <= at))
    connection.execute(
        trends.insert(),
        [
            {"at": at, "rank": t.rank, "topic": t.topic, "score": t.score, "trend": trend.decode()}
            for t, trend in zip(ranked, written, strict=True)
        ],
    )
    _keep_whole(connection, at, written)
    debut = insert(connection, debuts).values([{"topic": t.topic, "at": at} for t in ranked])
    connection.execute(debut.on_conflict_do_nothing())


def _keep_whole(connection: Connection, at: int, written: Sequence[bytes]) -> None:
    """Keep the list where it is the first of its five minutes; made anew for the same moment it takes its place."""
    earlier = select(moments.c.at).where(moments.c.at >= at - at % STEP, moments.c.at < at).limit(1)
    if connection.scalar(earlier) is None:
        put = insert(connection, moments).values(at=at, trends=zlib.compress(b"\n".join(written)))
        put = put.on_conflict_do_update(index_elements=["at"], set_={"trends": put.excluded.trends})
        connection.execute(put)


def first_names(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """By topic, the one of its names under which it was on a list first: its own, or one that was merged into it."""
    heirs = select(topics.c.id.label("root"), topics.c.id).where(topics.c.id.in_(sorted(keys)))
    named = heirs.cte("named", recursive=True)
    named = named.union(select(named.c.root, topics.c.id).join(named, topics.c.merged_into == named.c.id))
    look = (
        select(named.c.root, named.c.id)
        .join(debuts, debuts.c.topic == named.c.id)
        .order_by(debuts.c.at.desc(), named.c.id.desc())
    )
    return {row.root: row.id for row in connection.execute(look)}  # the earliest comes last and stays


# Built once, as building and naming a statement takes longer than running this one; its rows are fetched in one go.
_current = (
    select(trends.c.rank, trends.c.trend)
    .where(
        trends.c.at == select(func.max(trends.c.at)).scalar_subquery(),
        trends.c.rank > bindparam("after", type_=trends.c.rank.type),
    )
    .order_by(trends.c.rank)
    .limit(bindparam("most"))
)


def current(connection: Connection, limit: int, after_rank: int) -> list[Trend]:
    rows = connection.execute(_current, {"after": after_rank, "most": limit}).all()
    return [_trend.validate_json(row.trend) for row in rows]


def listed(connection: Connection, limit: int, after_rank: int) -> Listed:
    rows = connection.execute(_current, {"after": after_rank, "most": limit + 1}).all()
    if not rows:
        return Listed([])
    ready = [row[1] for row in rows[:limit]]
    return Listed(ready, _trend.validate_json(ready[0]).at, rows[len(ready) - 1][0], len(rows) > limit)


_then = (
    select(moments.c.trends)
    .where(
        moments.c.at <= bindparam("then", type_=moments.c.at.type),
        moments.c.at > bindparam("since", type_=moments.c.at.type),
    )
    .order_by(moments.c.at.desc())
    .limit(1)
)


def listed_then(connection: Connection, then: datetime, limit: int, after_rank: int) -> Listed:
    """The same of the list that was the newest of the kept ones at a moment, unless that was long before. A rank is a
    place: the first line of a list is rank 1."""
    at = millis(then)
    found = connection.execute(_then, {"then": at, "since": at - STEP}).all()
    ready = zlib.decompress(found[0][0]).decode().split("\n") if found else []
    part, last = ready[after_rank : after_rank + limit], after_rank + limit
    if not part:
        return Listed([])
    return Listed(part, _trend.validate_json(part[0]).at, after_rank + len(part), len(ready) > last)


def of_moment(connection: Connection, at: datetime) -> list[Trend]:
    wanted = select(trends.c.trend).where(trends.c.at == millis(at)).order_by(trends.c.rank)
    return [_trend.validate_json(row.trend) for row in connection.execute(wanted)]


def trend(connection: Connection, key: str) -> Trend:
    alive = topic_at(connection, key).id
    wanted = (
        select(trends.c.trend).where(trends.c.topic.in_({key, alive})).order_by(trends.c.at.desc()).limit(1)
    )
    found = connection.scalar(wanted)
    if found is None:
        raise Missing(f"topic {key!r} has not been on a list of trends")
    return _trend.validate_json(found)
