"""`trend sources opml`: lists of feeds, in and out."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.lines import complain
from trend_agent.cli.options import RecordsFile, settings_for
from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.sources.choosing import Taken

group = typer.Typer(help="Lists of feeds as other readers write them, in and out.", no_args_is_help=True)

LARGEST = 10 << 20
"""Bytes of a list."""


@group.command("import")
def import_(
    where: Annotated[
        str, typer.Argument(metavar="FILE|ADDRESS", help="A file, `-` for stdin, or an address.")
    ],
    records: RecordsFile = None,
) -> None:
    """Add the feeds of a list; those that are collected already stay as they are."""
    taken = asyncio.run(_taken(settings_for(records), _document(where)))
    print(f"{taken.new} feeds added, {taken.known} known already")  # noqa: T201
    for why in taken.refused:
        complain(why)
    if taken.refused:
        raise typer.Exit(3)


def _document(where: str) -> bytes:
    if "://" in where:
        return asyncio.run(_fetched(where))
    try:
        body = sys.stdin.buffer.read(LARGEST + 1) if where == "-" else Path(where).read_bytes()
    except OSError as fault:
        raise Rejected(f"cannot read {where!r}: {fault.strerror}") from fault
    if len(body) > LARGEST:
        raise Rejected(f"{where!r} has over {LARGEST} bytes")
    return body


async def _fetched(address: str) -> bytes:
    from trend_agent.egress import Http
    from trend_agent.settings import load

    async with Http(contact=load().contact) as http:
        return (await http.get(address)).body


async def _taken(settings: Settings, document: bytes) -> Taken:
    from trend_agent.cli.sources_choose import choosing

    async with choosing(settings) as roster:
        return await roster.take_in(document)


@group.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; stdout without.")] = None,
    records: RecordsFile = None,
) -> None:
    """Write the feeds that are collected as OPML."""
    from trend_agent.cli.sources_choose import roster_of
    from trend_agent.sources.choosing import written

    roster = asyncio.run(roster_of(settings_for(records)))
    body = written(roster, title="Feeds collected by Trend Agent")
    if file is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        file.write_bytes(body)
