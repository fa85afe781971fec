"""All rows of all tables out and in again, on any engine: what exports and backups are made of.

An entry is an object with one key: `{"export": {…}}` at the beginning, `{"items": {…}}` for a row of that table,
`{"end": {…}}` with the number of rows and a digest of their values. Bytes are base64. Rows come table by table, so
that what is pointed at is there before what points, and by primary key within one.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Float, Integer, LargeBinary, MetaData, Table, select, text
from sqlalchemy.exc import IntegrityError

from trend_agent.errors import Conflict, Rejected
from trend_agent.storage.sql import bulk, search
from trend_agent.storage.sql.editions import mark
from trend_agent.storage.sql.ledger import logical_hash
from trend_agent.storage.sql.schema import arrivals, editions, metadata, orders, replies, sessions
from trend_agent.storage.sql.upgrade import move, upgrade, version, wanted

Entry = Mapping[str, Mapping[str, Any]]

FORM = 1
"""Raised when entries can no longer be read as before."""

AT_ONCE = 1_000

TABLES = [table for table in metadata.sorted_tables if table not in (editions, sessions, replies, orders)]
"""What is handed on: marks of what has changed belong to one place, answers kept under them as well, who is
logged in, and what was ordered of whoever owns the records there."""


class Digest:
    """A count and a hash of rows, whatever they were written down in."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        self.rows += 1
        known = {name: value for name, value in row.items() if value is not None}
        self._hash.update(orjson.dumps([f"{table}", known], option=orjson.OPT_SORT_KEYS))

    def told(self) -> dict[str, Any]:
        return {"rows": self.rows, "digest": self._hash.hexdigest()}


def entries(connection: Connection) -> Iterator[Entry]:
    """Everything the records hold at this moment."""
    digest = Digest()
    about = {"form": FORM, "schema": version(connection), "hash": logical_hash(connection)}
    yield {"export": about}
    for table in TABLES:
        names = [f"{name}" for name in table.columns.keys()]  # noqa: SIM118  # plain texts, as JSON wants them
        rows = connection.execute(
            select(table).order_by(*table.primary_key.columns), execution_options={"yield_per": AT_ONCE}
        )
        for row in rows:
            plain = {n: _plain(value) for n, value in zip(names, row, strict=True) if value is not None}
            digest.add(table.name, plain)
            yield {f"{table.name}": plain}
    yield {"end": digest.told()}


def _plain(value: Any) -> Any:
    return b64encode(value).decode() if isinstance(value, bytes) else value


def columns() -> dict[str, dict[str, str]]:
    """What the rows of each table are made of, in the words of SQL."""
    kinds: dict[type, str] = {Integer: "BIGINT", Float: "DOUBLE"}

    def kind(column: Column[Any]) -> str:
        return next((name for of, name in kinds.items() if isinstance(column.type, of)), "VARCHAR")

    return {table.name: {c.name: kind(c) for c in table.columns} for table in TABLES}


def take_in(connection: Connection, found: Iterable[Entry]) -> int:
    """Fill empty records with entries; returns how many rows. After `Rejected` or `Conflict` nothing has happened.

    Entries of an older program go into tables as they were then, which are brought up to date afterwards.
    """
    if connection.scalar(select(arrivals.c.seq).limit(1)) is not None:
        raise Conflict("the records hold items already; import into empty ones")
    stream = iter(found)
    about = _opening(next(stream, {}))
    move(connection, about["schema"])
    digest = Digest()
    end = _fill(connection, stream, digest)
    if dict(end) != digest.told():
        raise Rejected(f"the export is damaged: it ends with {dict(end)}, its rows give {digest.told()}")
    upgrade(connection)
    search.rebuild(connection)
    mark(connection, "facts")
    _renew_numbers(connection)
    if about["schema"] == wanted() and about.get("hash") != logical_hash(connection):
        raise Rejected("the export is damaged: its facts have another hash than it says")
    return digest.rows


def _opening(entry: Entry) -> Mapping[str, Any]:
    about = entry.get("export")
    if not isinstance(about, Mapping) or not isinstance(about.get("schema"), str):
        raise Rejected("this is no export: it does not begin like one")
    if about.get("form") != FORM:
        raise Rejected(f"the export is of form {about.get('form')!r}, this program reads {FORM}")
    return about


def _fill(connection: Connection, stream: Iterator[Entry], digest: Digest) -> Mapping[str, Any]:
    """Add the rows; returns what the last entry says."""
    name, waiting = "", list[Mapping[str, Any]]()
    tables: dict[str, Table] = {}
    for entry in stream:
        ((kind, row),) = entry.items() if len(entry) == 1 else [("", {})]
        if kind != name or len(waiting) == AT_ONCE:
            _add(connection, tables.get(name), waiting)
            name, waiting = kind, []
        if kind == "end":
            return row
        if kind not in tables:
            tables[kind] = _table(connection, kind)
        digest.add(kind, row)
        waiting.append(row)
    raise Rejected("the export is cut off: it has no end")


def _table(connection: Connection, name: str) -> Table:
    """The table as it is at the export's version."""
    if name not in {table.name for table in TABLES}:
        raise Rejected(f"the export has an entry of an unknown kind {name!r}")
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def _add(connection: Connection, table: Table | None, rows: list[Mapping[str, Any]]) -> None:
    if table is None or not rows:
        return
    binary = {c.name for c in table.columns if isinstance(c.type, LargeBinary)}
    names = [c.name for c in table.columns]
    values = [
        {n: b64decode(r[n]) if n in binary and r.get(n) is not None else r.get(n) for n in names}
        for r in rows
    ]
    try:
        bulk.add(connection, table, values)
    except IntegrityError as fault:
        raise Rejected(f"the export is damaged: rows of {table.name!r} do not fit the others") from fault


def _renew_numbers(connection: Connection) -> None:
    """Let PostgreSQL count on from the highest number that came in; SQLite does by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in TABLES:
        counted = table.autoincrement_column
        if counted is not None and table.columns[counted.name].autoincrement is True:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{counted.name}'), "  # noqa: S608
                    f"coalesce((SELECT max({counted.name}) FROM {table.name}), 0) + 1, false)"
                )
            )
