"""Reading topics: their items, their lineage, their counts, and the facts that ranking rests on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, func, or_, select

from trend_agent.errors import Missing
from trend_agent.items import Item, Lineage, Topic
from trend_agent.storage import Fact
from trend_agent.storage.sql.schema import (
    buckets,
    items,
    lineage,
    members,
    memberships,
    millis,
    moment,
    topics,
)


def topic(connection: Connection, key: str) -> Topic:
    """The topic, or the last one in the chain of those it was merged into."""
    asked = key
    for _ in range(1000):
        row = connection.execute(select(topics).where(topics.c.id == key)).first()
        if row is None:
            raise Missing(f"no topic {asked!r}")
        if row.merged_into is None:
            return Topic(row.id, moment(row.born_at), moment(row.updated_at), row.size)
        key = row.merged_into
    raise Missing(f"topic {asked!r} leads nowhere: its merges form a circle")


def changes(connection: Connection, key: str) -> list[Lineage]:
    wanted = (
        select(lineage).where((lineage.c.topic == key) | (lineage.c.other == key)).order_by(lineage.c.fact)
    )
    return [Lineage(r.topic, r.change, moment(r.at), r.other) for r in connection.execute(wanted)]


def item_from(row: Row[*tuple[Any, ...]]) -> Item:
    return Item(
        id=row.id,
        source=row.source,
        title=row.title,
        body=row.body,
        url=row.url,
        author=row.author,
        lang=row.lang,
        published_at=moment(row.published_at),
        seen_at=moment(row.seen_at),
        engagement=orjson.loads(row.engagement),
        extra=orjson.loads(row.extra),
    )


def facts_of(connection: Connection, wanted: Select[Any]) -> list[Fact]:
    return [Fact(r.seq, item_from(r), r.topic, r.copy_of) for r in connection.execute(wanted)]


def of_topic(connection: Connection, key: str, limit: int, after: int) -> list[Fact]:
    wanted = (
        select(items, members.c.topic)
        .join(members, members.c.seq == items.c.seq)
        .where(members.c.topic == topic(connection, key).id, items.c.seq > after)
        .order_by(items.c.seq)
        .limit(limit)
    )
    return facts_of(connection, wanted)


def newest(connection: Connection, keys: Collection[str], limit: int) -> dict[str, list[Fact]]:
    """The items that came last to each of some topics, copies left out, newest first; by the topics as they are."""
    place = func.row_number().over(partition_by=members.c.topic, order_by=items.c.seq.desc()).label("place")
    ranked = (
        select(items, members.c.topic, place)
        .join(members, members.c.seq == items.c.seq)
        .where(members.c.topic.in_(sorted(keys)), items.c.copy_of.is_(None))
        .subquery()
    )
    found: dict[str, list[Fact]] = {key: [] for key in keys}
    for fact in facts_of(
        connection, select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.seq.desc())
    ):
        found[fact.topic].append(fact)
    return found


def placed(connection: Connection, after: int, limit: int) -> tuple[list[Fact], int]:
    """Originals by their memberships, in the order these became true."""
    read = (
        select(memberships.c.fact, memberships.c.seq)
        .where(memberships.c.fact > after)
        .order_by(memberships.c.fact)
        .limit(limit)
    )
    rows = connection.execute(read).all()
    wanted = (
        select(items, members.c.topic)
        .join(members, members.c.seq == items.c.seq)
        .where(items.c.seq.in_(sorted({row.seq for row in rows})))
        .order_by(items.c.seq)
    )
    return facts_of(connection, wanted), rows[-1].fact if rows else after


def originals(connection: Connection, until: int | None) -> set[str]:
    wanted = (
        select(items.c.id)
        .join(members, members.c.seq == items.c.seq)
        .join(memberships, memberships.c.seq == items.c.seq)
        .where(items.c.copy_of.is_(None))
    )
    return set(connection.scalars(wanted if until is None else wanted.where(memberships.c.fact <= until)))


def standing(connection: Connection, ids: Sequence[str]) -> list[Fact]:
    wanted = (
        select(items, members.c.topic)
        .join(members, members.c.seq == items.c.seq)
        .where(items.c.copy_of.is_(None), items.c.id.in_(ids))
        .order_by(items.c.seq)
    )
    return facts_of(connection, wanted)


def between(
    connection: Connection, since: datetime, until: datetime, of_topics: Collection[str] | None = None
) -> list[Fact]:
    """Every item seen in [since, until] and the topic it was in at `until`; only those of some, where given."""
    chosen: list[ColumnElement[bool]] = [items.c.seen_at >= millis(since), items.c.seen_at <= millis(until)]
    if of_topics is None:
        placed = _placed(until, *chosen)
        return facts_of(connection, select(placed).where(placed.c.topic.is_not(None)).order_by(placed.c.seq))
    placed = _placed(until, *chosen, _ever_in(of_topics))
    there = placed.c.topic.in_(sorted(of_topics))
    return facts_of(connection, select(placed).where(there).order_by(placed.c.seq))


def _ever_in(keys: Collection[str]) -> ColumnElement[bool]:
    """Whether an item, or what it copies, was in one of some topics at any time: few are, and the others need no
    look at where they were when."""
    bearer = items.alias("bearer")
    seqs = select(memberships.c.seq).where(memberships.c.topic.in_(sorted(keys)))
    return or_(items.c.seq.in_(seqs), items.c.copy_of.in_(select(bearer.c.id).where(bearer.c.seq.in_(seqs))))


def holders(connection: Connection, ids: Collection[str], until: datetime) -> dict[str, str]:
    """The topic each of some items was in at a moment; one that was in none by then is left out."""
    placed = _placed(until, items.c.id.in_(sorted(ids)))
    look = select(placed.c.id, placed.c.topic).where(placed.c.topic.is_not(None))
    return {row.id: row.topic for row in connection.execute(look)}


def _placed(until: datetime, *chosen: ColumnElement[bool]) -> Subquery:
    """Some items with the topic they were in at a moment, or none; a copy is where its original was."""
    original = items.alias("original")
    bearer = select(original.c.seq).where(original.c.id == items.c.copy_of).scalar_subquery()
    seen = select(items, func.coalesce(bearer, items.c.seq).label("bearer")).where(*chosen).subquery()
    topic_then = (
        select(memberships.c.topic)
        .where(memberships.c.seq == seen.c.bearer, memberships.c.since <= millis(until))
        .order_by(memberships.c.fact.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(seen, topic_then.label("topic")).subquery()


def counts(connection: Connection, key: str) -> list[tuple[datetime, str, str, int, int]]:
    wanted = (
        select(buckets)
        .where(buckets.c.topic == topic(connection, key).id)
        .order_by(buckets.c.bin, buckets.c.source, buckets.c.lang)
    )
    return [(moment(r.bin), r.source, r.lang, r.size, r.copies) for r in connection.execute(wanted)]


def clock(connection: Connection) -> datetime | None:
    newest: int | None = connection.scalar(select(func.max(items.c.seen_at)))
    return moment(newest)


def beginning(connection: Connection) -> datetime | None:
    oldest: int | None = connection.scalar(select(func.min(items.c.seen_at)))
    return moment(oldest)
