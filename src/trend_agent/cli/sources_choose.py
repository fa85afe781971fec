"""`trend sources add`, `set`, `enable`, `disable`, `reset` and `kinds`: what is collected, chosen while it runs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.errors import Misconfigured, Missing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from trend_agent.settings import Settings
    from trend_agent.sources.choosing import Choosing
    from trend_agent.sources.roster import Listed

Name = Annotated[str, typer.Argument(help="A source's name as `trend sources` shows it.")]
Pairs = Annotated[list[str], typer.Argument(help="Settings as name=value; `${NAME}` stands for a variable.")]


def add(
    what: Annotated[
        str, typer.Argument(help="An address, or a kind of source as `trend sources kinds` shows.")
    ],
    pairs: Annotated[
        list[str] | None, typer.Argument(help="Settings as name=value; `${NAME}` stands for a variable.")
    ] = None,
    every_feed: Annotated[
        bool, typer.Option("--all", help="All feeds that a page names, not the first.")
    ] = False,
    records: RecordsFile = None,
) -> None:
    """Add a source: a feed, a page that names its feeds, a community or a channel by its address, or any kind."""
    from trend_agent.sources.form import settings as read

    async def chosen() -> list[Listed]:
        async with choosing(settings_for(records)) as roster:
            return await roster.add(what, read(pairs or []), every_feed=every_feed)

    for one in asyncio.run(chosen()):
        print(f"added {one.key}")  # noqa: T201


@asynccontextmanager
async def choosing(settings: Settings) -> AsyncIterator[Choosing]:
    """The roster, to be changed by who sits at this machine."""
    from trend_agent.app import configured_sources, open_records
    from trend_agent.egress import Http
    from trend_agent.settings import filled
    from trend_agent.sources.choosing import Choosing

    async with open_records(settings, write=True) as book, Http(contact=settings.contact) as http:
        yield Choosing(book, http, partial(configured_sources, settings), filled, at_home=True)


def set_(name: Name, pairs: Pairs, records: RecordsFile = None) -> None:
    """Change settings of a source; what runs takes them up within half a minute."""
    from trend_agent.sources.form import settings as read

    given = read(pairs)
    asyncio.run(_change(settings_for(records), name, {"settings": given}))
    print(f"{name}: {', '.join(given)} changed")  # noqa: T201


def enable(name: Name, records: RecordsFile = None) -> None:
    """Visit a source again: one that was disabled, or one that had said it was gone."""
    asyncio.run(_change(settings_for(records), name, {"enabled": True}))
    print(f"{name} is visited")  # noqa: T201


def disable(name: Name, records: RecordsFile = None) -> None:
    """Visit a source no more; what it said stays."""
    asyncio.run(_change(settings_for(records), name, {"enabled": False}))
    print(f"{name} is not visited any more")  # noqa: T201


def reset(name: Name, records: RecordsFile = None) -> None:
    """Take back what was chosen of a source: an added one goes, a configured one is as configured."""
    asyncio.run(_reset(settings_for(records), name))
    print(f"{name} is as configured")  # noqa: T201


async def _change(settings: Settings, name: str, change: Mapping[str, Any]) -> None:
    async with choosing(settings) as roster:
        await roster.change(name, **change)


async def _reset(settings: Settings, name: str) -> None:
    async with choosing(settings) as roster:
        await roster.records.unchoose(name)


async def roster_of(settings: Settings) -> list[Listed]:
    """The roster, also where nothing was collected yet."""
    from trend_agent.app import open_records, open_roster

    try:
        async with open_records(settings) as book:
            return await open_roster(settings, book)
    except Misconfigured:
        return await open_roster(settings, None)


def kinds(
    name: Annotated[
        str | None, typer.Argument(help="One kind, with its settings.", show_default=False)
    ] = None,
    json: AsJson = False,
) -> None:
    """List the kinds of sources there are, ours and those of installed packages; or the settings of one."""
    from trend_agent.cli.tables import print_json
    from trend_agent.sources import known
    from trend_agent.sources.form import about, form

    if name is not None and name not in known():
        raise Missing(f"no kind of source called {name!r}; there are {', '.join(sorted(known()))}")
    if json:
        print_json(
            known()[name].model_json_schema()
            if name
            else {
                key: {"about": about(kind), "settings": form(kind)} for key, kind in sorted(known().items())
            }
        )
        return
    rows = (
        [(one.name, _said(asdict(one))) for one in form(known()[name])]
        if name
        else [(key, about(kind)) for key, kind in sorted(known().items())]
    )
    _tell(rows)


def _said(field: Mapping[str, Any]) -> str:
    if field["options"]:
        return f"{field['about']}: {', '.join(option or 'empty' for option in field['options'])}"
    default = "" if field["default"] in (None, "") else f" [{field['default']}]"
    return f"{field['about']}{' (must be given)' if field['required'] else default}"


def _tell(rows: list[tuple[str, str]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(ratio=1)
    for name, words in rows:
        table.add_row(escape(name), escape(words))
    Console(highlight=False).print(table)
