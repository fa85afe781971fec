"""Make one processing batch true: fates, items, memberships, lineage, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Integer, bindparam, case, cast, delete, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from trend_agent.errors import Conflict
from trend_agent.items import Item, Lineage
from trend_agent.storage import BIN_SECONDS, Settled
from trend_agent.storage.sql import search
from trend_agent.storage.sql.editions import mark
from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import (
    arrivals,
    buckets,
    corrections,
    fates,
    items,
    lineage,
    members,
    memberships,
    millis,
    states,
    topics,
)

SLICE = 400
"""Values per IN list, below every database's limit."""


def settle(connection: Connection, batch: Settled, configuration: str) -> None:
    if last_correction(connection) > batch.corrected:
        raise Conflict("a correction was made while this batch was on its way: it has to go through again")
    make_true(connection, batch)
    for stage, state in batch.states.items():
        row = {"stage": stage, "seq": batch.last_seq, "configuration": configuration, "state": state}
        put = insert(connection, states).values(row)
        connection.execute(put.on_conflict_do_update(index_elements=["stage"], set_=row))


def make_true(connection: Connection, batch: Settled) -> None:
    """Add the facts of a batch, and bring what follows from them up to date."""
    places = _places(connection, {f.item for f in batch.fates} | {m.item for m in batch.memberships})
    _add_fates(connection, batch, places)
    mark(connection, "facts")
    touched = _add_memberships(connection, batch, places)
    touched |= _add_lineage(connection, batch.lineage)
    refresh(connection, touched)


def last_correction(connection: Connection) -> int:
    return connection.scalar(select(func.max(corrections.c.id))) or 0


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
        search.add(connection, ((places[item.id], item.text) for item in batch.items))


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
    """Add the facts and move the members; returns the topics that changed.

    Only originals have memberships of their own: where a copy belongs follows from them at any moment, so
    that it does not depend on how the log was cut into batches.
    """
    heirs = _heirs(connection, {m.topic for m in batch.memberships})
    rows: list[dict[str, Any]] = [
        {"seq": places[m.item], "topic": heirs.get(m.topic, m.topic), "since": millis(m.since)}
        for m in batch.memberships
    ]
    if rows:
        connection.execute(memberships.insert(), rows)
        first = {row["topic"]: row["since"] for row in reversed(rows)}
        connection.execute(
            insert(connection, topics).on_conflict_do_nothing(),
            [
                {"id": t, "born_at": since, "updated_at": since, "size": 0}
                for t, since in sorted(first.items())
            ],
        )
    last: dict[int, str] = {row["seq"]: row["topic"] for row in rows}
    touched = _move(connection, last)
    return touched | _move(connection, _copies(connection, last, batch, places))


def _heirs(connection: Connection, keys: set[str]) -> dict[str, str]:
    """Where those of the topics lead that were merged before.

    Stages that were brought up under another configuration may go on with a topic that a person has merged since.
    """
    look = select(topics.c.id, topics.c.merged_into).where(
        topics.c.id.in_(bindparam("ids", expanding=True)), topics.c.merged_into.is_not(None)
    )
    known: dict[str, str] = {}
    asked = keys
    while asked:
        found = {
            k: heir for part in sliced(sorted(asked)) for k, heir in connection.execute(look, {"ids": part})
        }
        known |= found
        asked = set(found.values()) - known.keys()
    return {key: _last(known, key) for key in keys & known.keys()}


def _last(heirs: Mapping[str, str], key: str) -> str:
    while key in heirs:
        key = heirs[key]
    return key


def _move(connection: Connection, topic_of: Mapping[int, str]) -> set[str]:
    """Make items members of topics; returns the topics they left and those they came to."""
    if not topic_of:
        return set()
    look = select(members.c.topic).distinct().where(members.c.seq.in_(bindparam("seqs", expanding=True)))
    left = {t for part in sliced(sorted(topic_of)) for t in connection.scalars(look, {"seqs": part})}
    put = insert(connection, members)
    connection.execute(
        put.on_conflict_do_update(index_elements=["seq"], set_={"topic": put.excluded.topic}),
        [{"seq": seq, "topic": t} for seq, t in topic_of.items()],
    )
    return left | set(topic_of.values())


def _copies(
    connection: Connection, moved: Mapping[int, str], batch: Settled, places: Mapping[str, int]
) -> dict[int, str]:
    """Where the copies of moved originals go, and this batch's copies, whose originals may be older."""
    copy = items.alias("copy")
    followers = select(copy.c.seq, members.c.topic).select_from(
        copy.join(items, items.c.id == copy.c.copy_of).join(members, members.c.seq == items.c.seq)
    )
    of_moved = followers.where(items.c.seq.in_(bindparam("seqs", expanding=True)))
    arriving = followers.where(copy.c.seq.in_(bindparam("seqs", expanding=True)))
    fresh = [places[f.item] for f in batch.fates if f.verdict == "duplicate" and f.of]
    return {
        seq: topic
        for query, seqs in ((of_moved, sorted(moved)), (arriving, sorted(fresh)))
        for part in sliced(seqs)
        for seq, topic in connection.execute(query, {"seqs": part})
    }


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
            survivor = _heirs(connection, {change.other}).get(change.other, change.other)
            if survivor != change.topic:
                touched |= {change.topic, survivor}
                _absorb(connection, change.topic, survivor, millis(change.at))
    return touched


def _absorb(connection: Connection, gone: str, survivor: str, at: int) -> None:
    originals = members.join(items, items.c.seq == members.c.seq)
    rest = (
        select(members.c.seq, literal(survivor), cast(literal(at), memberships.c.since.type))
        .select_from(originals)
        .where(members.c.topic == gone, items.c.copy_of.is_(None))
        .order_by(members.c.seq)
    )
    connection.execute(memberships.insert().from_select(["seq", "topic", "since"], rest))
    connection.execute(update(members).where(members.c.topic == gone).values(topic=survivor))
    connection.execute(update(topics).where(topics.c.id == gone).values(merged_into=survivor))


def refresh(connection: Connection, touched: set[str]) -> None:
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
