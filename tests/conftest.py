"""What every test may use."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.schema import DropSchema

from places import opened
from postgres_server import Server, server
from trend_agent.storage.sql.postgres import Postgres, in_schema, schema_of
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite


def refuse_the_outside(event: str, details: tuple[Any, ...]) -> None:
    """An audit hook: a test that connects to anything but this machine fails, whatever library it uses."""
    if event == "socket.connect" and isinstance(details[1], tuple):
        host = str(details[1][0]).partition("%")[0]
        if host != "localhost" and not ip_address(host).is_loopback:
            raise RuntimeError(f"a test reached for {host!r}")


sys.addaudithook(refuse_the_outside)


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC)


BACKENDS = ("sqlite", "postgres")


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[SqlRecords]:
    """Empty records on SQLite."""
    async with opened(Sqlite(tmp_path / "records.sqlite3")) as found:
        yield found


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The one cluster of this run, for tests that stop it or look at it."""
    try:
        with server() as running:
            yield running
    except FileNotFoundError as missing:
        if os.environ.get("TREND_REQUIRE_SERVICES"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
async def postgres(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of an empty place on PostgreSQL: a database of our own server's, or a schema of a given one."""
    given = os.environ.get("TREND_TEST_PG_URL")
    if given is None:
        given = request.getfixturevalue("postgres_server").url()
    address = in_schema(given, f"test_{uuid4().hex[:12]}")
    database = Postgres(address)
    await database.prepare()
    yield address
    await database.write(lambda c: c.execute(DropSchema(schema_of(address), cascade=True)))
    await database.close()


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty place for records, on each backend in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.sqlite3'}"
    return request.getfixturevalue("postgres")
