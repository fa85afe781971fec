"""Bring the tables to the version this program wants, or say which one they are at."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from trend_agent.errors import Misconfigured


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def wanted() -> str:
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""


def version(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(connection: Connection) -> str:
    """Run what is missing, in the connection's transaction; returns the version reached."""
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    found = version(connection)
    if found and found not in known:
        raise Misconfigured(
            f"the records are of version {found!r}, newer than this program, which knows {wanted()!r}"
        )
    if found != wanted():
        command.upgrade(configuration(connection), "head")
    return wanted()


def downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(configuration(connection), revision)


def empty(connection: Connection) -> None:
    """Begin anew: everything the records hold is gone when this is committed."""
    downgrade(connection, "base")
    upgrade(connection)
