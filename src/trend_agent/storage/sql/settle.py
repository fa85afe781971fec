"""Make one processing batch true: fates, items, memberships, lineage, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Integer, bindparam, case, cast, delete, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from trend_agent.errors import Conflict
from trend_agent.items import Item, Lineage
from trend_agent.storage import BIN_SECONDS, Settled
from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import (
    arrivals,
    buckets,
    fates,
    items,
    lineage,
    members,
    memberships,
    millis,
    states,
    topics,
)


class _Fact(NamedTuple):
    """A row of memberships."""

    seq: int
    topic: str
    since: int


SLICE = 400
"""Values per IN list, below every database's limit."""


def settle(connection: Connection, batch: Settled, configuration: str) -> None:
    places = _places(connection, {f.item for f in batch.fates} | {m.item for m in batch.memberships})
    _add_fates(connection, batch, places)
    touched = _add_memberships(connection, batch, places)
    touched |= _add_lineage(connection, batch.lineage)
    _refresh(connection, touched)
    for stage, state in batch.states.items():
        row = {"stage": stage, "seq": batch.last_seq, "configuration": configuration, "state": state}
        put = insert(connection, states).values(row)
        connection.execute(put.on_conflict_do_update(index_elements=["stage"], set_=row))


def sliced(values: Iterable[Any]) -> Iterable[list[Any]]:
    row = list(values)
    for start in range(0, len(row), SLICE):
        yield row[start : start + SLICE]


def _places(connection: Connection, ids: set[str]) -> dict[str, int]:
    look = select(arrivals.c.id, arrivals.c.seq).where(arrivals.c.id.in_(bindparam("ids", expanding=True)))
    return {key: seq for part in sliced(sorted(ids)) for key, seq in connection.execute(look, {"ids": part})}


def _add_fates(connection: Connection, batch: Settled, places: Mapping[str, int]) -> None:
    copies = {fate.item: fate.of for fate in batch.fates}
    rows = [
        {
            "seq": places[fate.item],
            "verdict": fate.verdict,
            "reason": fate.reason,
            "detail": fate.detail,
            "of": fate.of,
            "at": millis(fate.at),
            "address": batch.addresses.get(fate.item, ""),
        }
        for fate in batch.fates
    ]
    try:
        if rows:
            connection.execute(fates.insert(), rows)
    except IntegrityError as fault:
        raise Conflict(f"a fate was given already to one of the {len(rows)} items of this batch") from fault
    if batch.items:
        connection.execute(items.insert(), [_item_row(item, places, copies) for item in batch.items])


def _item_row(item: Item, places: Mapping[str, int], copies: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "seq": places[item.id],
        "id": item.id,
        "source": item.source,
        "title": item.title,
        "body": item.body,
        "url": item.url,
        "author": item.author,
        "lang": item.lang,
        "published_at": millis(item.published_at),
        "seen_at": millis(item.seen_at),
        "engagement": orjson.dumps(dict(item.engagement)).decode(),
        "extra": orjson.dumps(dict(item.extra), default=str).decode(),
        "copy_of": copies.get(item.id),
    }


def _add_memberships(connection: Connection, batch: Settled, places: Mapping[str, int]) -> set[str]:
    """Add the facts, move the members and the copies that follow them; returns the topics that changed."""
    facts = [_Fact(places[m.item], m.topic, millis(m.since)) for m in batch.memberships]
    touched = _move(connection, facts)
    return touched | _move(connection, _following(connection, facts, batch, places))


def _move(connection: Connection, facts: Sequence[_Fact]) -> set[str]:
    if not facts:
        return set()
    connection.execute(memberships.insert(), [fact._asdict() for fact in facts])
    first = {fact.topic: fact.since for fact in reversed(facts)}
    connection.execute(
        insert(connection, topics).on_conflict_do_nothing(),
        [
            {"id": key, "born_at": since, "updated_at": since, "size": 0}
            for key, since in sorted(first.items())
        ],
    )
    last = {fact.seq: fact.topic for fact in facts}
    look = select(members.c.topic).distinct().where(members.c.seq.in_(bindparam("seqs", expanding=True)))
    left = {topic for part in sliced(sorted(last)) for topic in connection.scalars(look, {"seqs": part})}
    put = insert(connection, members)
    connection.execute(
        put.on_conflict_do_update(index_elements=["seq"], set_={"topic": put.excluded.topic}),
        [{"seq": seq, "topic": topic} for seq, topic in last.items()],
    )
    return left | set(last.values())


def _following(
    connection: Connection, facts: Sequence[_Fact], batch: Settled, places: Mapping[str, int]
) -> list[_Fact]:
    """Where copies go: this batch's to the topic of what they copy, older ones after an original that moved."""
    fresh = {places[item.id] for item in batch.items}
    moved = {fact.seq: fact for fact in facts if fact.seq not in fresh}
    copy = items.alias("copy")
    follow = (
        select(copy.c.seq, items.c.seq.label("original"))
        .join(copy, copy.c.copy_of == items.c.id)
        .where(items.c.seq.in_(bindparam("seqs", expanding=True)))
        .order_by(copy.c.seq)
    )
    found = [
        _Fact(row.seq, moved[row.original].topic, moved[row.original].since)
        for part in sliced(sorted(moved))
        for row in connection.execute(follow, {"seqs": part})
        if row.seq not in fresh
    ]
    return found + _arriving(connection, batch, places)


def _arriving(connection: Connection, batch: Settled, places: Mapping[str, int]) -> list[_Fact]:
    seen = {item.id: item.seen_at for item in batch.items}
    copies = {f.item: f.of for f in batch.fates if f.verdict == "duplicate" and f.of and f.item in seen}
    wanted = sorted({of for of in copies.values() if of})
    look = (
        select(items.c.id, members.c.topic)
        .join(members, members.c.seq == items.c.seq)
        .where(items.c.id.in_(bindparam("ids", expanding=True)))
    )
    topic_of = {
        key: topic for part in sliced(wanted) for key, topic in connection.execute(look, {"ids": part})
    }
    return [_Fact(places[key], topic_of[of], millis(seen[key])) for key, of in copies.items() if of]


def _add_lineage(connection: Connection, changes: Sequence[Lineage]) -> set[str]:
    """Add the facts; what a merged topic still holds goes to the survivor."""
    if not changes:
        return set()
    connection.execute(
        lineage.insert(),
        [{"topic": c.topic, "change": c.change, "at": millis(c.at), "other": c.other} for c in changes],
    )
    touched: set[str] = set()
    for change in changes:
        if change.change == "merged" and change.other:
            touched |= {change.topic, change.other}
            _absorb(connection, change.topic, change.other, millis(change.at))
    return touched


def _absorb(connection: Connection, gone: str, survivor: str, at: int) -> None:
    rest = select(members.c.seq, literal(survivor), cast(literal(at), memberships.c.since.type)).where(
        members.c.topic == gone
    )
    connection.execute(memberships.insert().from_select(["seq", "topic", "since"], rest))
    connection.execute(update(members).where(members.c.topic == gone).values(topic=survivor))
    connection.execute(update(topics).where(topics.c.id == gone).values(merged_into=survivor))


def _refresh(connection: Connection, touched: set[str]) -> None:
    """Count the touched topics again from their members: what follows from facts is never patched."""
    width = BIN_SECONDS * 1000
    bin_start = (items.c.seen_at - items.c.seen_at % width).label("bin")
    copies = func.sum(case((items.c.copy_of.is_not(None), 1), else_=0))
    joined = members.join(items, items.c.seq == members.c.seq)
    counted = (
        select(members.c.topic, bin_start, items.c.source, items.c.lang, func.count(), cast(copies, Integer))
        .select_from(joined)
        .group_by(members.c.topic, bin_start, items.c.source, items.c.lang)
    )
    size = select(func.count()).where(members.c.topic == topics.c.id).scalar_subquery()
    newest = (
        select(func.max(items.c.seen_at))
        .select_from(joined)
        .where(members.c.topic == topics.c.id)
        .scalar_subquery()
    )
    for part in sliced(sorted(touched)):
        connection.execute(delete(buckets).where(buckets.c.topic.in_(part)))
        connection.execute(
            buckets.insert().from_select(
                ["topic", "bin", "source", "lang", "size", "copies"],
                counted.where(members.c.topic.in_(part)),
            )
        )
        connection.execute(
            update(topics)
            .where(topics.c.id.in_(part))
            .values(size=size, updated_at=func.coalesce(newest, topics.c.updated_at))
        )
