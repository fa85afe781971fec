"""Every backend of every port, over the real thing, each in a place of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copy
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.postgres import Postgres
from trend_agent.storage.sql.schema import inbox, messages, points, series, series_tags
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

TIMESERIES = ["table in SQLite", "table in PostgreSQL", "influxdb"]
QUEUES = ["table in SQLite", "table in PostgreSQL", "redis", "rabbitmq"]
CACHES = ["memory", "redis"]
OBJECTS = ["folder", "ceph", "moto"]

Get = Callable[[str], Any]
"""Gets a fixture by its name, so that a server is started by the first test that wants it."""


def _emptied(connection: Connection) -> None:
    for table in (points, series_tags, series, messages, inbox):
        connection.execute(table.delete())


def own_name() -> str:
    return f"t{uuid4().hex[:12]}"


@asynccontextmanager
async def database(kind: str, get: Get, folder: Path) -> AsyncIterator[Database]:
    """The tables of the records, with nothing beside them."""
    found: Database
    if "PostgreSQL" in kind:
        found = Postgres(get("shared_postgres"))
        await prepare(found)
        await found.write(_emptied)
    else:
        found = Sqlite(Path(copy(get("made_sqlite"), folder / "beside.sqlite3")))
    try:
        yield found
    finally:
        await found.close()
