"""`trend db`: upkeep of the records."""

from __future__ import annotations

import asyncio

import typer

from trend_agent.cli.options import RecordsFile, settings_for

group = typer.Typer(help="Upkeep of the records.", no_args_is_help=True)


@group.command()
def upgrade(records: RecordsFile = None) -> None:
    """Bring the tables to the version this program wants; makes the records where there are none."""
    from trend_agent.app import open_records
    from trend_agent.storage.sql.upgrade import wanted

    settings = settings_for(records)

    async def bring_up() -> None:
        async with open_records(settings, write=True):
            pass

    asyncio.run(bring_up())
    print(f"{settings.records_name()} is at version {wanted()}")  # noqa: T201


@group.callback()
def about() -> None:
    """Upkeep of the records."""
