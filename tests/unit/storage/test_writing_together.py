"""What waits for the disk goes to it together; each change still happens by itself, or not at all."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from trend_agent.errors import Conflict
from trend_agent.storage import Health
from trend_agent.storage.sql import log
from trend_agent.storage.sql.sqlite import Sqlite

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def database(made_sqlite: Path, tmp_path: Path):
    path = tmp_path / "records.sqlite3"
    path.write_bytes(made_sqlite.read_bytes())
    database = Sqlite(path)
    yield database
    await database.close()


def keeping(source: str):
    return lambda connection: log.tried(connection, Health(source, last_try=NOON, fetched=1))


def refusing(connection: Connection) -> None:
    keeping("half")(connection)
    raise Conflict("not this one")


async def test_changes_that_wait_are_one_transaction(database: Sqlite) -> None:
    commits: list[object] = []
    event.listen(database.writer(), "commit", commits.append)
    await asyncio.gather(*(database.write(keeping(f"s{n}")) for n in range(200)))
    assert len(await database.read(log.health)) == 200
    assert len(commits) < 50


async def test_a_change_that_fails_takes_none_of_the_others_with_it(database: Sqlite) -> None:
    changes = [keeping(f"s{n}") if n != 7 else refusing for n in range(20)]
    outcomes = await asyncio.gather(*map(database.write, changes), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 1
    assert isinstance(outcomes[7], Conflict)
    known = await database.read(log.health)
    assert {health.source for health in known} == {f"s{n}" for n in range(20) if n != 7}
    assert {health.fetched for health in known} == {1}


async def test_a_change_nobody_waits_for_any_more_is_left_out(database: Sqlite) -> None:
    waiting = [asyncio.ensure_future(database.write(keeping(f"s{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    waiting[-1].cancel()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(outcomes[-1], asyncio.CancelledError)
    assert outcomes[:-1] == [None] * 19
    assert len(await database.read(log.health)) in (19, 20)
