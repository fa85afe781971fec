"""`trend backup` and `trend restore`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.options import RecordsFile, settings_for

if TYPE_CHECKING:
    from trend_agent.settings import Settings


def backup(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder.")], records: RecordsFile = None
) -> None:
    """Write a backup of the records as of one moment, with checksums, while others go on writing."""
    about = asyncio.run(_backup(settings_for(records), folder))
    print(f"{folder}: version {about['schema']}, the facts have the hash {about['hash']}")  # noqa: T201


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder `trend backup` wrote.")],
    records: RecordsFile = None,
) -> None:
    """Check a backup and make records of it where there are none, on whatever they are to be kept."""
    settings = settings_for(records)
    about = asyncio.run(_restore(settings, folder))
    where = settings.records_name()
    print(f"{where} is as of {about['taken_at']}; the facts have the hash {about['hash']}")  # noqa: T201


async def _backup(settings: Settings, folder: Path) -> dict[str, Any]:
    from trend_agent.app import open_records
    from trend_agent.storage.sql.backup import backup

    async with open_records(settings) as book:
        return await backup(book.database, folder)


async def _restore(settings: Settings, folder: Path) -> dict[str, Any]:
    from trend_agent.app import database_of
    from trend_agent.storage.sql.backup import restore

    database = database_of(settings)
    try:
        return await restore(database, folder)
    finally:
        await database.close()
