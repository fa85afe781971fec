"""The ledger: what became of every item, the sums that must balance, and a hash of all that is true."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, func, select, text, update

from trend_agent.errors import Missing
from trend_agent.items import Fate, Membership, Verdict
from trend_agent.storage import Balance, Told
from trend_agent.storage.sql import search
from trend_agent.storage.sql.log import raw_item
from trend_agent.storage.sql.schema import (
    arrivals,
    fates,
    items,
    lineage,
    members,
    memberships,
    millis,
    moment,
    runs,
    topics,
)
from trend_agent.storage.sql.topics import item_from


def balance(connection: Connection, source: str) -> Balance:
    def of(query: Select[Any]) -> Select[Any]:
        return query.where(arrivals.c.source == source) if source else query

    joined = fates.join(arrivals, arrivals.c.seq == fates.c.seq) if source else fates
    fetched = connection.scalar(of(select(func.count()).select_from(arrivals))) or 0
    verdicts: dict[Verdict, int] = {"kept": 0, "duplicate": 0, "filtered": 0, "quarantined": 0}
    reasons: dict[str, int] = {}
    grouped = select(fates.c.verdict, fates.c.reason, func.count().label("n")).select_from(joined)
    for row in connection.execute(of(grouped).group_by(fates.c.verdict, fates.c.reason)):
        verdicts[row.verdict] = verdicts.get(row.verdict, 0) + row.n
        if row.reason:
            reasons[f"{row.verdict}: {row.reason}"] = row.n
    unsettled = select(func.count()).select_from(arrivals.outerjoin(fates, fates.c.seq == arrivals.c.seq))
    waiting = connection.scalar(of(unsettled.where(fates.c.seq.is_(None)))) or 0
    return Balance(fetched, waiting, verdicts, dict(sorted(reasons.items())))


def told(connection: Connection, item: str, address: str) -> list[Told]:
    """What became of one item, or of everything that came from an address."""
    look = select(
        arrivals, fates.c.verdict, fates.c.reason, fates.c.detail, fates.c.of, fates.c.at, fates.c.address
    ).outerjoin(fates, fates.c.seq == arrivals.c.seq)
    look = look.where(arrivals.c.id == item) if item else look.where(fates.c.address == address)
    found = [_told(connection, row) for row in connection.execute(look.order_by(arrivals.c.seq).limit(100))]
    if not found:
        raise Missing(f"no item {item or address!r} was ever fetched")
    return found


def _told(connection: Connection, row: Row[*tuple[Any, ...]]) -> Told:
    clean = connection.execute(select(items).where(items.c.seq == row.seq)).first()
    item = item_from(clean) if clean else raw_item(row.raw, moment(row.seen_at))
    if row.verdict is None:
        return Told(fate=None, item=item, address="", topic=None)
    placed = row.seq
    if row.verdict == "duplicate" and row.of:  # a copy is where its original is
        placed = connection.scalar(select(arrivals.c.seq).where(arrivals.c.id == row.of)) or row.seq
    history = select(memberships).where(memberships.c.seq == placed).order_by(memberships.c.fact)
    return Told(
        fate=Fate(row.id, row.verdict, moment(row.at), row.reason, row.of, row.detail),
        item=item,
        address=row.address,
        topic=connection.scalar(select(members.c.topic).where(members.c.seq == row.seq)),
        history=[Membership(row.id, m.topic, moment(m.since)) for m in connection.execute(history)],
    )


def unfit(connection: Connection) -> list[str]:
    """What breaks a law of the ledger, in words."""
    found = []
    sums = balance(connection, "")
    if not sums.holds:
        found.append(
            f"the ledger does not balance: {sums.fetched} fetched, {sums.waiting} waiting, {sums.verdicts}"
        )
    counted = {
        "items were settled without a topic": select(func.count())
        .select_from(items.outerjoin(members, members.c.seq == items.c.seq))
        .where(members.c.seq.is_(None)),
        "members point at a topic nobody knows": select(func.count())
        .select_from(members.outerjoin(topics, topics.c.id == members.c.topic))
        .where(topics.c.id.is_(None)),
        "duplicates name an original nobody knows": select(func.count())
        .select_from(items.outerjoin(arrivals, arrivals.c.id == items.c.copy_of))
        .where(items.c.copy_of.is_not(None), arrivals.c.id.is_(None)),
    }
    for words, query in counted.items():
        if number := connection.scalar(query):
            found.append(f"{number} {words}")
    if number := search.missing(connection):
        found.append(f"searching does not know {number} items; `trend db reindex` mends it")
    if connection.dialect.name == "sqlite":
        verdict = connection.scalar(text("PRAGMA quick_check"))
        if verdict != "ok":
            found.append(f"the file is damaged: {verdict}")
        if connection.execute(text("PRAGMA foreign_key_check")).first():
            found.append("a row points at another that is not there")
    return found


def logical_hash(connection: Connection) -> str:
    """A hash of all facts, free of places in files and of when they were written."""
    seen = hashlib.blake2b(digest_size=16)
    parts = (
        select(arrivals.c.id, fates.c.verdict, fates.c.reason, fates.c.of, fates.c.address)
        .join(fates, fates.c.seq == arrivals.c.seq)
        .order_by(arrivals.c.seq),
        select(items.c.id, items.c.title, items.c.lang, items.c.seen_at, items.c.copy_of).order_by(
            items.c.seq
        ),
        select(items.c.id, memberships.c.topic, memberships.c.since)
        .join(items, items.c.seq == memberships.c.seq)
        .order_by(memberships.c.seq, memberships.c.fact),
        select(lineage.c.topic, lineage.c.change, lineage.c.at, lineage.c.other).order_by(lineage.c.fact),
        select(topics.c.id, topics.c.size, topics.c.merged_into).order_by(topics.c.id),
    )
    for query in parts:
        for row in connection.execute(query):
            seen.update(orjson.dumps(list(row)))
        seen.update(b"\n")
    return seen.hexdigest()


def begin_run(connection: Connection, kind: str, details: dict[str, Any]) -> int:
    row = {
        "kind": kind,
        "started_at": millis(datetime.now(UTC)),
        "error": "",
        "details": orjson.dumps(details).decode(),
    }
    made = connection.execute(runs.insert().values(row).returning(runs.c.id)).scalar_one()
    return int(made)


def end_run(connection: Connection, run: int, error: str, details: dict[str, Any] | None) -> None:
    row: dict[str, Any] = {"ended_at": millis(datetime.now(UTC)), "error": error}
    if details is not None:
        row["details"] = orjson.dumps(details).decode()
    connection.execute(update(runs).where(runs.c.id == run).values(row))
