"""Reading a window of facts piece by piece, and single items by their place: what ranking needs again and again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, bindparam, case, cast, func, select

from trend_agent.storage import Fact, Glimpses, Seen
from trend_agent.storage.sql.schema import items, memberships, millis
from trend_agent.storage.sql.settle import sliced
from trend_agent.storage.sql.topics import item_from

TOGETHER = 2000
"""Rows that are there at once."""
OPENING, CLOSING = 120, 180
"""Characters of a long body that are read: enough to tell whose report it is."""


def seen(connection: Connection, since: datetime, until: datetime, after_seq: int, after_move: int) -> Seen:
    """One reading; `after_seq` and `after_move` are where the reading before ended. It ends before what is of
    later than `until`, so that this comes up once its moment has."""
    later_item = select(func.min(items.c.seq)).where(items.c.seq > after_seq, items.c.seen_at > millis(until))
    later_move = select(func.min(memberships.c.fact)).where(
        memberships.c.fact > after_move, memberships.c.since > millis(until)
    )
    last_seq = _before(connection.scalar(later_item), connection.scalar(select(func.max(items.c.seq))))
    last_move = _before(
        connection.scalar(later_move), connection.scalar(select(func.max(memberships.c.fact)))
    )
    moved = (
        select(memberships.c.seq, memberships.c.topic)
        .where(memberships.c.fact > after_move, memberships.c.since <= millis(until))
        .order_by(memberships.c.fact)
    )
    moves = [(row.seq, row.topic) for row in connection.execute(moved)] if after_move else []
    return Seen(_glimpses(connection, since, until, after_seq), moves, last_seq, last_move)


def _before(later: int | None, last: int | None) -> int:
    return later - 1 if later else last or 0


def _glimpses(connection: Connection, since: datetime, until: datetime, after_seq: int) -> Glimpses:
    original = items.alias("original")
    bearer = select(original.c.seq).where(original.c.id == items.c.copy_of).scalar_subquery()
    there = (
        select(items, func.coalesce(bearer, items.c.seq).label("bearer"))
        .where(items.c.seq > after_seq, items.c.seen_at >= millis(since), items.c.seen_at <= millis(until))
        .subquery()
    )
    topic_then = (
        select(memberships.c.topic)
        .where(memberships.c.seq == there.c.bearer, memberships.c.since <= millis(until))
        .order_by(memberships.c.fact.desc())
        .limit(1)
        .scalar_subquery()
    )
    made = {
        "topic": func.coalesce(topic_then, ""),
        "body": _ends(there.c.body),
        "copy_of": func.coalesce(there.c.copy_of, ""),
    }
    wanted = select(*(made[name] if name in made else there.c[name] for name in Glimpses._fields))
    found: list[list[Any]] = [[] for _ in Glimpses._fields]
    for rows in connection.execute(wanted.order_by(there.c.seq)).partitions(TOGETHER):
        for column, values in zip(found, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return Glimpses(*found)


def _ends(body: ColumnElement[str]) -> ColumnElement[str]:
    """Beginning and end of a long body, the whole of a short one."""
    length = func.length(body)
    opening, closing = func.substr(body, 1, OPENING), func.substr(body, length - CLOSING + 1)
    return case(
        (length > 2 * (OPENING + CLOSING), cast(opening, Text).concat(" … ").concat(closing)), else_=body
    )


def facts_at(connection: Connection, places: Sequence[int]) -> list[Fact]:
    look = select(items).where(items.c.seq.in_(bindparam("seqs", expanding=True))).order_by(items.c.seq)
    return [
        Fact(row.seq, item_from(row), "", row.copy_of)
        for part in sliced(sorted(set(places)))
        for row in connection.execute(look, {"seqs": part})
    ]
