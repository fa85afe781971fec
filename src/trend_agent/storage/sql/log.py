"""The log: what came in, in order, and where each source left off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from trend_agent.items import Cursor, Item, item_of, plain
from trend_agent.storage import Arrival, Health, Ingested
from trend_agent.storage.sql import bulk
from trend_agent.storage.sql.schema import arrivals, cursors, fates, hosts, millis, moment, sources


def insert(connection: Connection, table: Any) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    return INSERTS[connection.dialect.name](table)


INSERTS: Mapping[str, Callable[[Any], Any]] = {"sqlite": sqlite_insert, "postgresql": postgres_insert}

KNOWN = select(arrivals.c.id).where(arrivals.c.id.in_(bindparam("ids", expanding=True)))

CURSOR = select(cursors.c.value).where(cursors.c.source == bindparam("name"))


LOG = 1953654127
"""The lock on the end of the log; the number is ours and means nothing."""


def ingest(connection: Connection, arrived: Sequence[Arrival], cursor: Cursor | None) -> Ingested:
    if connection.dialect.name == "postgresql":
        # places must become visible in their order: a lower one that came late would never be settled
        connection.execute(select(func.pg_advisory_xact_lock(LOG, func.hashtext(func.current_schema()))))
    rows = {a.item.id: _raw(a) for a in reversed(arrived)}
    there = known(connection, list(rows))
    fresh = [rows[key] for key in dict.fromkeys(a.item.id for a in arrived) if key not in there]
    bulk.add(connection, arrivals, fresh)
    if cursor is not None:
        row = {"source": cursor.source, "value": _json(dict(cursor.value))}
        connection.execute(_move_cursor(connection.dialect.name), row)
    return Ingested(new=len(fresh), known=len(arrived) - len(fresh))


def counted(
    connection: Connection, health: Health, arrived: Sequence[Arrival], cursor: Cursor | None
) -> Health:
    """Take in the last of what a visit brought; its health with that counted."""
    if not arrived and cursor is None:
        return health
    taken = ingest(connection, arrived, cursor)
    return replace(
        health,
        fetched=health.fetched + taken.new,
        known=health.known + taken.known,
        last_news=health.last_try if taken.new else health.last_news,
    )


def known(connection: Connection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        found.update(connection.scalars(KNOWN, {"ids": ids[start : start + 500]}))
    return found


def _raw(arrival: Arrival) -> dict[str, Any]:
    item = arrival.item
    return {
        "id": item.id,
        "source": item.source,
        "seen_at": millis(item.seen_at),
        "raw": orjson.dumps(plain(item), default=str, option=orjson.OPT_NON_STR_KEYS),
        "fault": arrival.fault,
    }


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def pending(connection: Connection, limit: int, after: int | None, until: int | None) -> list[Arrival]:
    columns = (arrivals.c.seq, arrivals.c.seen_at, arrivals.c.raw, arrivals.c.fault, fates.c.verdict)
    wanted = select(*columns).outerjoin(fates, fates.c.seq == arrivals.c.seq).limit(limit)
    wanted = wanted.where(arrivals.c.seq > (settled_until(connection) if after is None else after))
    if until is not None:
        wanted = wanted.where(arrivals.c.seq <= until)
    return [_arrival(row) for row in connection.execute(wanted.order_by(arrivals.c.seq))]


def _arrival(row: Row[*tuple[Any, ...]]) -> Arrival:
    return Arrival(
        item=raw_item(row.raw, moment(row.seen_at)), seq=row.seq, fault=row.fault, verdict=row.verdict
    )


def raw_item(raw: bytes, seen_at: datetime) -> Item:
    """The item as it came in; its own `seen_at` was judged when it did."""
    return item_of(orjson.loads(raw), clock=seen_at, now=datetime.max.replace(tzinfo=UTC))


def settled_until(connection: Connection) -> int:
    """Fates are given in log order, so the newest fate tells."""
    return connection.scalar(select(func.max(fates.c.seq))) or 0


def cursor(connection: Connection, source: str) -> Cursor:
    value = connection.scalar(CURSOR, {"name": source})
    return Cursor(source, orjson.loads(value) if value else {})


def all_cursors(connection: Connection) -> dict[str, Cursor]:
    rows = connection.execute(select(cursors))
    return {row.source: Cursor(row.source, orjson.loads(row.value)) for row in rows}


def resume(connection: Connection, source: str) -> None:
    spared = update(sources).where(sources.c.source == source)
    connection.execute(spared.values(failures=0, error="", retry_at=None))


def trying(connection: Connection, source: str, at: datetime) -> None:
    row = {"source": source, "fetched": 0, "known": 0, "failures": 0, "error": "", "last_try": millis(at)}
    connection.execute(_begin_visit(connection.dialect.name), row)


def rest(connection: Connection, where: str, until: datetime) -> None:
    put = insert(connection, hosts).values(host=where, closed_until=millis(until))
    connection.execute(
        put.on_conflict_do_update(index_elements=["host"], set_={"closed_until": put.excluded.closed_until})
    )


def rests(connection: Connection, at: datetime) -> dict[str, datetime]:
    rows = connection.execute(select(hosts).where(hosts.c.closed_until > millis(at)))
    return {row.host: moment(row.closed_until) for row in rows}


def tried(connection: Connection, health: Health) -> None:
    row = {
        "source": health.source,
        "last_try": millis(health.last_try),
        "last_success": millis(health.last_success),
        "fetched": health.fetched,
        "known": health.known,
        "failures": health.failures,
        "error": health.error.replace("\x00", ""),  # a stranger's words; PostgreSQL holds no NUL
        "retry_at": millis(health.retry_at),
        "last_news": millis(health.last_news),
    }
    connection.execute(_end_visit(connection.dialect.name), row)


@cache
def _begin_visit(dialect: str) -> Any:
    """Statements of each visit are made once: to make one takes longer than to run it."""
    put = INSERTS[dialect](sources)
    return put.on_conflict_do_update(index_elements=["source"], set_={"last_try": put.excluded.last_try})


@cache
def _end_visit(dialect: str) -> Any:
    put = INSERTS[dialect](sources)
    new = put.excluded
    return put.on_conflict_do_update(
        index_elements=["source"],
        set_={
            "last_try": new.last_try,
            "last_success": func.coalesce(new.last_success, sources.c.last_success),
            "fetched": sources.c.fetched + new.fetched,
            "known": sources.c.known + new.known,
            # failures add up until the first success
            "failures": case((new.failures > 0, sources.c.failures + new.failures), else_=0),
            "error": new.error,
            "retry_at": new.retry_at,
            "last_news": func.coalesce(new.last_news, sources.c.last_news, new.last_try),
        },
    )


@cache
def _move_cursor(dialect: str) -> Any:
    put = INSERTS[dialect](cursors)
    return put.on_conflict_do_update(index_elements=["source"], set_={"value": put.excluded.value})


def health(connection: Connection) -> list[Health]:
    return [
        Health(
            source=row.source,
            last_try=moment(row.last_try),
            last_success=moment(row.last_success),
            fetched=row.fetched,
            known=row.known,
            failures=row.failures,
            error=row.error,
            retry_at=moment(row.retry_at),
            last_news=moment(row.last_news),
        )
        for row in connection.execute(select(sources).order_by(sources.c.source))
    ]
