"""What every test may use."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from hypothesis import settings

from places import drop, opened
from postgres_server import Server, server
from services import absent
from services.ceph import Ceph
from services.influx import Influx
from services.moto import Moto
from services.rabbitmq import Rabbit
from services.redis import Redis
from trend_agent.storage.sql.postgres import in_schema
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade
from watch import outside

outside.install()

settings.register_profile("thorough", max_examples=100_000)

LONG_FIRST = ("scenarios", "faults", "browser", "contracts")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no worker is left alone with it at the end."""
    here = Path(__file__).parent
    ranks = {name: rank for rank, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.relative_to(here).parts[0], len(ranks)))


@pytest.fixture(scope="session", autouse=True)
def programs_are_watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file in which programs started by tests write down whom they reached for outside this machine."""
    notes = tmp_path_factory.mktemp("watch") / "breaches"
    notes.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(outside.BREACHES, str(notes))
        patch.setenv("PYTHONPATH", str(Path(outside.__file__).parent), prepend=os.pathsep)
        yield notes


@pytest.fixture(autouse=True)
def nothing_leaves_this_machine(programs_are_watched: Path) -> Iterator[None]:
    """A test fails that reached outside, even where the program swallowed the refusal."""
    outside.breaches.clear()
    outside.connected.clear()
    before = programs_are_watched.stat().st_size
    yield
    reached = programs_are_watched.read_text(encoding="utf-8")[before:].split()
    assert outside.breaches + reached == []


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A test that says where logs go says it for itself alone: what it wrote to may be closed by the next one."""
    yield
    structlog.reset_defaults()


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
        absent(str(missing))


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The PostgreSQL of this run: the one TREND_TEST_PG_URL names, or our own."""
    given = os.environ.get("TREND_TEST_PG_URL")
    return given or request.getfixturevalue("postgres_server").url()


@pytest.fixture
async def postgres_place(postgres_url: str) -> AsyncIterator[str]:
    """The address of an empty place on PostgreSQL."""
    address = in_schema(postgres_url, f"test_{uuid4().hex[:12]}")
    yield address
    await drop(address)


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty place for records, on each backend in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.sqlite3'}"
    return request.getfixturevalue("postgres_place")


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
def made_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of records that is made once, to be copied: committing to disk is what takes time."""
    path = tmp_path_factory.mktemp("sqlite") / "made.sqlite3"
    database = Sqlite(path)
    database.write_now(upgrade)
    database.close_now()
    return path


@pytest.fixture(scope="session")
def shared_postgres(postgres_url: str) -> Iterator[str]:
    """The address of records that are made once, to be emptied: making tables is what takes time."""
    address = in_schema(postgres_url, f"shared_{uuid4().hex[:12]}")
    yield address
    asyncio.run(drop(address))


@pytest.fixture(scope="session")
def ceph() -> Iterator[Ceph]:
    with Ceph() as server:
        yield server


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    with Moto() as server:
        yield server
