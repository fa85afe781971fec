"""What the records lie on: which engine, how much of it, and what a reader should know about it."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, text

from trend_agent.storage import About
from trend_agent.storage.sql.sqlite import wal_fault

SQLITE_BYTES = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
POSTGRES_BYTES = (
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
    "WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind = 'r'"
)
OLDEST_POSTGRES = 13


def about(connection: Connection) -> About:
    return _sqlite(connection) if connection.dialect.name == "sqlite" else _postgres(connection)


def _sqlite(connection: Connection) -> About:
    notes = []
    if wal_fault():
        notes.append(
            f"SQLite {sqlite3.sqlite_version} has the WAL-reset fault (mended in 3.51.3); "
            "one process writes at a time and readers never checkpoint, which keeps clear of it"
        )
    return About(f"SQLite {sqlite3.sqlite_version}", connection.scalar(text(SQLITE_BYTES)) or 0, notes)


def _postgres(connection: Connection) -> About:
    version = connection.scalar(text("SHOW server_version")) or "?"
    notes = []
    if int(connection.scalar(text("SHOW server_version_num")) or 0) < OLDEST_POSTGRES * 10_000:
        notes.append(f"PostgreSQL {version} is older than {OLDEST_POSTGRES} and not tried")
    notes += [
        f"{setting} is off: what was acknowledged may be lost when the machine fails"
        for setting in ("fsync", "full_page_writes", "synchronous_commit")
        if connection.scalar(text(f"SHOW {setting}")) == "off"
    ]
    return About(f"PostgreSQL {version}", connection.scalar(text(POSTGRES_BYTES)) or 0, notes)
