"""`trend collect`: fetch once, keep and process what came."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.lines import complain
from trend_agent.cli.options import AsJson, RecordsFile, settings_for

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.storage import Health


def collect(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Sources by name, or feed addresses; all without any.", show_default=False),
    ] = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Fetch from sources once and process what is new."""
    visits = asyncio.run(_collect(settings_for(records), names or []))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(visits)
    else:
        _tell(visits)
    if all(health.error for health in visits):
        raise typer.Exit(1)


def _tell(visits: list[Health]) -> None:
    for health in visits:
        if health.error:
            complain(f"{health.source}: {health.error}")
        else:
            print(f"{health.source}: {health.fetched} new, {health.known} known")  # noqa: T201


async def _collect(settings: Settings, names: list[str]) -> list[Health]:
    from trend_agent.app import make_pipeline, named_source, open_records, open_roster
    from trend_agent.egress import Http
    from trend_agent.sources.collector import Collector
    from trend_agent.sources.roster import visited

    async with (
        open_records(settings, write=True) as book,
        Http(memory=book, contact=settings.contact) as http,
    ):
        roster = await open_roster(settings, book)
        wanted = [named_source(roster, name) for name in names] or visited(roster)
        collector = Collector(book, http)
        visits = await asyncio.gather(*(collector.visit(source) for source in wanted))
        pipeline = make_pipeline(book, settings)
        await pipeline.drain()
        await pipeline.publish(limit=settings.top)
    return list(visits)
