"""`trend sources`: what is collected, how it does, and whether it answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.errors import Misconfigured

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.storage import Health

group = typer.Typer(help="List and test what is collected.", invoke_without_command=True)


@group.callback()
def sources(context: typer.Context, json: AsJson = False, records: RecordsFile = None) -> None:
    """List the sources and how they do."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_for(records)
    from trend_agent.app import chosen_sources
    from trend_agent.cli.tables import print_json

    health = asyncio.run(_health(settings))
    rows = [
        {"source": s.key, "kind": s.name, "every": s.interval, "health": health.get(s.key)}
        for s in chosen_sources(settings)
    ]
    print_json(rows) if json else _tell(rows)


async def _health(settings: Settings) -> dict[str, Health]:
    from trend_agent.app import open_records

    try:
        async with open_records(settings) as book:
            return {h.source: h for h in await book.health()}
    except Misconfigured:
        return {}  # nothing was collected yet: the list is worth showing all the same


def _tell(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, padding=(0, 1))
    for column in ("source", "kind", "every", "last success", "items", "state"):
        table.add_column(
            column, justify="right" if column in ("every", "items") else "left", no_wrap=column != "state"
        )
    for row in rows:
        health: Health | None = row["health"]
        last = f"{health.last_success:%m-%d %H:%M}" if health and health.last_success else "never"
        state = "[bright_black]not visited yet[/]" if health is None else "[green]fine[/]"
        if health and health.failures:
            state = f"[red]failed {health.failures}×[/] {escape(health.error)}"
        fetched = f"{health.fetched:,}" if health else ""
        table.add_row(
            escape(row["source"]), row["kind"], f"{row['every'] / 60:.0f} min", last, fetched, state
        )
    Console(highlight=False).print(table)


@group.command()
def test(
    name: Annotated[
        str, typer.Argument(help="A source's name as `trend sources` shows it, or a feed's address.")
    ],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Items to show.")] = 5,
    json: AsJson = False,
) -> None:
    """Fetch from a source, show what it would bring, keep nothing."""
    from trend_agent.cli.tables import print_json
    from trend_agent.items import plain

    items = asyncio.run(_fetch(settings_for(), name, number))
    if json:
        print_json([plain(item) for item in items])
        return
    for item in items:
        print(f"{item.happened_at:%Y-%m-%d %H:%M}  {item.source}  {item.title}")  # noqa: T201
    print(f"{name!r} answers" if items else f"{name!r} answers, and has nothing at the moment")  # noqa: T201


async def _fetch(settings: Settings, name: str, number: int) -> list[Any]:
    from trend_agent.app import chosen_source
    from trend_agent.egress import Http
    from trend_agent.items import Cursor, Item

    source = chosen_source(settings, name)
    found: list[Item] = []
    async with Http() as http:
        async for thing in source.collect(http, Cursor(source.key)):
            if isinstance(thing, Item):
                found.append(thing)
            if len(found) >= number:
                break
    return found


@group.command()
def forget(
    name: Annotated[str, typer.Argument(help="A source's name, as items and `trend sources` bear it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    records: RecordsFile = None,
) -> None:
    """Remove everything a source ever said: items, contents of the log, lists that quote it. It cannot be undone."""
    if not yes:
        typer.confirm(f"Remove everything {name!r} ever said?", abort=True)
    number = asyncio.run(_forget(settings_for(records), name))
    print(f"{name}: {number:,} items forgotten; the ledger says so of each")  # noqa: T201


async def _forget(settings: Settings, name: str) -> int:
    from trend_agent.app import chosen_sources, make_pipeline, mend_index, open_records

    meant = [s for s in chosen_sources(settings) if name in (s.key, s.label)]
    label, keys = meant[0].label if meant else name, [s.key for s in meant]
    async with open_records(settings, write=True) as book:
        await make_pipeline(book, settings).drain()
        number = await book.forget(label, keys=keys)
        await make_pipeline(book, settings).publish(limit=settings.top)
        await mend_index(book, settings)
    return number
