"""`trend sources`: what is collected, how it does, and whether it answers."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli import opml, sources_choose
from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.errors import Misconfigured

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.sources.moves import Move
    from trend_agent.sources.rhythm import Rhythm
    from trend_agent.sources.roster import Listed
    from trend_agent.storage import Health

group = typer.Typer(help="List, choose and test what is collected.", invoke_without_command=True)
for command in (
    sources_choose.add,
    sources_choose.set_,
    sources_choose.enable,
    sources_choose.disable,
    sources_choose.reset,
    sources_choose.kinds,
):
    group.command(command.__name__.rstrip("_"))(command)
group.add_typer(opml.group, name="opml")


@dataclass(frozen=True, slots=True)
class Row:
    """A source of the list, with what is known of it."""

    listed: Listed
    health: Health | None
    rhythm: Rhythm
    move: Move | None = None

    @property
    def state(self) -> str:
        """How it is, in one word."""
        from trend_agent.sources.listing import state_of

        return state_of(self.listed, self.health, self.rhythm)

    @property
    def words(self) -> str:
        """What is wrong with it; empty where nothing is."""
        from trend_agent.sources.listing import words_of

        return words_of(self.listed, self.health, self.rhythm, self.move)

    def told(self) -> dict[str, Any]:
        source = self.listed.source
        from trend_agent.sources.form import shown

        return {
            "source": self.listed.key,
            "kind": self.listed.kind,
            "enabled": self.listed.enabled,
            "chosen": self.listed.chosen,
            "every": source.interval if source else None,
            "settings": shown(source) if source else {},
            "state": self.state,
            "words": self.words,
            "per_hour": self.rhythm.per_hour,
            "usual_per_hour": self.rhythm.usual,
            "quiet": self.rhythm.quiet,
            "silence_seconds": self.rhythm.silence.total_seconds(),
            "moved": {"to": self.move.to, "at": self.move.at} if self.move else None,
            "health": asdict(self.health) if self.health else None,
        }


@group.callback()
def sources(context: typer.Context, json: AsJson = False, records: RecordsFile = None) -> None:
    """List the sources and how they do."""
    if context.invoked_subcommand is not None:
        return
    from trend_agent.cli.tables import print_json

    rows = asyncio.run(_rows(settings_for(records)))
    print_json([row.told() for row in rows]) if json else _tell(rows)


async def _rows(settings: Settings) -> list[Row]:
    from trend_agent.app import open_records, open_roster
    from trend_agent.sources.moves import taken_up
    from trend_agent.sources.rhythm import LOOK_BACK, Rhythm, rhythms

    now = datetime.now(UTC)
    roster = await open_roster(settings, None)
    health: dict[str, Health] = {}
    beats: dict[str, Rhythm] = {}
    moved: dict[str, Move | None] = {}
    try:
        async with open_records(settings) as book:
            roster = await open_roster(settings, book)
            health = {h.source: h for h in await book.health()}
            beats = dict(rhythms(await book.visits(now - LOOK_BACK), now))
            moved = {key: taken_up(cursor.value) for key, cursor in (await book.cursors()).items()}
    except Misconfigured:
        pass  # nothing was collected yet: the list is worth showing all the same
    return [Row(one, health.get(one.key), beats.get(one.key, Rhythm()), moved.get(one.key)) for one in roster]


COLOURS = {"fine": "green", "failing": "red", "gone": "red", "misconfigured": "red", "quiet": "yellow"}


def _tell(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(box=None, padding=(0, 1), expand=True)
    table.add_column("source", ratio=1, overflow="fold")
    for column in ("last", "items", "per h", "usual"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for row in rows:
        colour = COLOURS.get(row.state, "bright_black")
        table.add_row(escape(_short(row.listed.key)), *_figures(row), f"[{colour}]{row.state}[/]")
    console.print(table)
    for row in rows:
        if row.words:
            console.print(
                f"[{COLOURS.get(row.state, 'bright_black')}]{escape(row.listed.key)}[/] {escape(row.words)}"
            )


def _short(key: str) -> str:
    """A feed by its address alone, as people know it."""
    return key.removeprefix("rss:").removeprefix("https://")


def _figures(row: Row) -> tuple[str, str, str, str]:
    from trend_agent.cli.tables import ago
    from trend_agent.sources.listing import rate

    health, rhythm = row.health, row.rhythm
    last = ago(health.last_success, datetime.now(UTC)) if health and health.last_success else "never"
    items = f"{health.fetched:,}" if health else ""
    return last if health else "", items, rate(rhythm.per_hour), rate(rhythm.usual)


@group.command()
def test(
    name: Annotated[
        str, typer.Argument(help="A source's name as `trend sources` shows it, or a feed's address.")
    ],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Items to show.")] = 5,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Fetch from a source, show what it would bring, keep nothing."""
    from trend_agent.cli.tables import print_json
    from trend_agent.items import plain

    items = asyncio.run(_fetch(settings_for(records), name, number))
    if json:
        print_json([plain(item) for item in items])
        return
    for item in items:
        print(f"{item.happened_at:%Y-%m-%d %H:%M}  {item.source}  {item.title}")  # noqa: T201
    print(f"{name!r} answers" if items else f"{name!r} answers, and has nothing at the moment")  # noqa: T201


async def _fetch(settings: Settings, name: str, number: int) -> list[Any]:
    from trend_agent.app import named_source
    from trend_agent.egress import Http
    from trend_agent.items import Cursor, Item
    from trend_agent.sources.full_text import Pages

    source = named_source(await sources_choose.roster_of(settings), name)
    found: list[Item] = []
    async with Http(contact=settings.contact) as http:
        async for thing in source.collect(http, Cursor(source.key)):
            if isinstance(thing, Item):
                found.append(thing)
            if len(found) >= number:
                break
        return await Pages(http, source.key).filled(found) if source.full_text else found


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
    from trend_agent.app import make_pipeline, mend_index, open_records, open_roster

    async with open_records(settings, write=True) as book:
        known = [one.source for one in await open_roster(settings, book) if one.source]
        meant = [one for one in known if name in (one.key, one.label)]
        label, keys = meant[0].label if meant else name, [one.key for one in meant]
        await make_pipeline(book, settings).drain()
        number = await book.forget(label, keys=keys)
        await make_pipeline(book, settings).publish(limit=settings.top)
        await mend_index(book, settings)
    return number
