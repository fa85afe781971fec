"""Opening records wherever a test keeps them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.schema import DropSchema

from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.postgres import Postgres, schema_of
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare


def database_at(place: str) -> Database:
    """A fresh opening of what lies at an address."""
    return Sqlite(Path(place.removeprefix("sqlite:///"))) if place.startswith("sqlite") else Postgres(place)


@asynccontextmanager
async def opened(database: Database, *, configuration: str = "test") -> AsyncIterator[SqlRecords]:
    """Records of this program's version, made where there are none, closed at the end."""
    try:
        await prepare(database)
        yield SqlRecords(database, configuration=configuration)
    finally:
        await database.close()


async def drop(address: str) -> None:
    """Clear away a schema of PostgreSQL and all that is in it."""
    database = Postgres(address)
    try:
        await database.write(
            lambda c: c.execute(DropSchema(schema_of(address), cascade=True, if_exists=True))
        )
    finally:
        await database.close()
