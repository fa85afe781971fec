"""The tables can be brought up and down with what they hold, on every backend."""

from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from test_search import fill, keys

from places import database_at, opened
from trend_agent.errors import Misconfigured
from trend_agent.storage.sql.schema import metadata
from trend_agent.storage.sql.upgrade import (
    downgrade,
    ours,
    prepare,
    require,
    revisions,
    upgrade,
    version,
    wanted,
)


def differences(connection: Connection) -> list[object]:
    return list(
        compare_metadata(MigrationContext.configure(connection, opts={"include_name": ours}), metadata)
    )


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_the_migrations_make_the_tables_the_program_wants(place: str) -> None:
    async with opened(database_at(place)) as records:
        database = records.database
        assert await database.read(differences) == []
        assert await database.read(version) == wanted()
        await database.write(lambda c: downgrade(c, "base"), alone=True)
        assert await database.read(tables) <= {"alembic_version", "sqlite_sequence"}
        assert await database.write(upgrade, alone=True) == wanted()
        assert await database.read(differences) == []


async def test_each_step_down_and_up_again_keeps_what_the_records_hold(place: str, noon: datetime) -> None:
    async with opened(database_at(place)) as records:
        await fill(records, noon, {"a": "The harbour of Orlen", "b": "手机市场"})
        before = await records.logical_hash()
        for revision in revisions()[1:]:
            await records.database.write(lambda c, to=revision: downgrade(c, to), alone=True)
            assert await records.database.read(version) == revision
            await records.database.write(upgrade, alone=True)
            assert await records.logical_hash() == before
            assert keys(await records.search("手机")) == ["b"]
            assert await records.check() == []


async def test_records_of_a_newer_program_are_refused(place: str) -> None:
    async with opened(database_at(place)) as records:
        await records.database.write(
            lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        )
        with pytest.raises(Misconfigured, match="newer than this program"):
            await prepare(records.database)
        with pytest.raises(Misconfigured, match="version '9999'"):
            await require(records.database)


async def test_old_tables_are_named_and_say_what_to_do(place: str) -> None:
    async with opened(database_at(place)) as records:
        await records.database.write(lambda c: downgrade(c, "0001"), alone=True)
        with pytest.raises(Misconfigured, match=r"version '0001'.*trend db upgrade"):
            await require(records.database)
