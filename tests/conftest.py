"""What every test may use."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from services.ceph import Ceph
from services.influx import Influx
from services.moto import Moto
from services.postgres import Postgres
from services.rabbitmq import Rabbit
from services.redis import Redis
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade


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


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqlRecords]:
    database = Sqlite(tmp_path / "records.sqlite3")
    database.write_now(upgrade)
    yield SqlRecords(database, configuration="test")
    database.close_now()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


@pytest.fixture(scope="session")
def rabbit() -> Iterator[Rabbit]:
    with Rabbit() as server:
        yield server


@pytest.fixture(scope="session")
def influx() -> Iterator[Influx]:
    with Influx() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def made_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of records that is made once, to be copied: committing to disk is what takes time."""
    path = tmp_path_factory.mktemp("sqlite") / "made.sqlite3"
    database = Sqlite(path)
    database.write_now(upgrade)
    database.close_now()
    return path


@pytest.fixture(scope="session")
def ceph() -> Iterator[Ceph]:
    with Ceph() as server:
        yield server


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    with Moto() as server:
        yield server
