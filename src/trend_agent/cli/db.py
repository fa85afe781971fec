"""`trend db`: upkeep of the records."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.options import RecordsFile, moment, settings_for
from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from trend_agent.settings import Settings

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


@group.command()
def reindex(records: RecordsFile = None) -> None:
    """Make the index for searching anew from the items."""
    from trend_agent.app import open_records

    settings = settings_for(records)

    async def again() -> None:
        async with open_records(settings, write=True) as book:
            await book.reindex()

    asyncio.run(again())
    print(f"{settings.records_name()} is indexed")  # noqa: T201


@group.command()
def trim(
    facts_before: Annotated[
        str | None,
        typer.Option(
            "--facts-before",
            help="Also remove the items seen before this moment, and with them every answer about that time.",
            show_default=False,
        ),
    ] = None,
    records: RecordsFile = None,
) -> None:
    """Let go of what is older than the settings TREND_KEEP_… say; `trend up` does so once a day."""
    for kind, number in asyncio.run(
        _trim(settings_for(records), moment(facts_before, option="--facts-before"))
    ).items():
        print(f"{kind}: {number:,} gone")  # noqa: T201


async def _trim(settings: Settings, facts_before: datetime | None) -> dict[str, int]:
    from trend_agent.app import make_pipeline, mend_index, open_records

    async with open_records(settings, write=True) as book:
        now = await book.clock() or datetime.now(UTC)
        keep = dict(settings.kept(now))
        if facts_before:
            newest = now - timedelta(hours=settings.window_hours)
            if facts_before > newest:
                raise Rejected(
                    f"--facts-before wants a moment before {newest:%Y-%m-%dT%H:%M}, as ranking looks back to it"
                )
            keep["facts"] = facts_before
            await make_pipeline(book, settings).drain()
        gone = await book.trim(keep)
        if gone.get("facts"):
            await mend_index(book, settings)
        return gone


@group.callback()
def about() -> None:
    """Upkeep of the records."""
