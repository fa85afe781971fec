"""Bring the tables to the version this program wants, or say which one they are at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from trend_agent.errors import Misconfigured, Rejected
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.search import INDEX


def ours(name: str | None, kind: str, _: Any) -> bool:
    """Whether the schema tells of this table; the index for searching is made by its own rules."""
    return kind != "table" or not (name or "").startswith(INDEX)


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def wanted() -> str:
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""


def revisions() -> list[str]:
    """All versions there have been, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()]


def version(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(connection: Connection) -> str:
    """Run what is missing, in the connection's transaction; returns the version reached."""
    found = version(connection)
    if found and found not in revisions():
        raise Misconfigured(
            f"the records are of version {found!r}, newer than this program, which knows {wanted()!r}"
        )
    if found != wanted():
        command.upgrade(configuration(connection), "head")
    return wanted()


async def prepare(database: Database) -> None:
    """Make the records where there are none, and bring them to the version this program wants."""
    await database.prepare()
    await database.write(upgrade, alone=True, patient=True)


async def require(database: Database) -> None:
    """`Misconfigured` unless the records are there and of the version this program wants."""
    found = await database.read(version) if await database.exists() else None
    if not found:
        raise Misconfigured(
            f"there are no records at {database.name!r} yet; `trend up` or `trend run` makes them"
        )
    if found != wanted():
        raise Misconfigured(
            f"the records at {database.name!r} are of version {found!r}, this program wants {wanted()!r}; "
            "run `trend db upgrade`"
        )


def downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(configuration(connection), revision)


def move(connection: Connection, revision: str) -> None:
    """Bring empty tables to a version there has been."""
    if revision not in revisions():
        raise Rejected(
            f"version {revision!r} of the tables is not known to this program, which knows {wanted()!r}"
        )
    if revision != version(connection):
        downgrade(connection, revision)


def empty(connection: Connection) -> None:
    """Begin anew: everything the records hold is gone when this is committed."""
    downgrade(connection, "base")
    upgrade(connection)
