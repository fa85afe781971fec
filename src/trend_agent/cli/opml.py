"""`trend sources opml`: lists of feeds, in and out."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.options import RecordsFile, settings_for
from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.sources.opml import Outline
    from trend_agent.storage import Choice

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
    from trend_agent.sources.opml import read

    new, known = asyncio.run(_add(settings_for(records), read(_document(where))))
    print(f"{new} feeds added, {known} known already")  # noqa: T201


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


async def _add(settings: Settings, feeds: list[Outline]) -> tuple[int, int]:
    from trend_agent.app import open_records, open_roster

    async with open_records(settings, write=True) as book:
        known = {one.key for one in await open_roster(settings, book)}
        new = [choice for choice in map(_choice, feeds) if choice.source not in known]
        for choice in new:
            await book.choose(choice)
    return len(new), len(feeds) - len(new)


def _choice(feed: Outline) -> Choice:
    from trend_agent.sources.roster import added

    told = {"category": feed.category, "language": feed.language, "publisher": feed.title}
    return added("rss", {"url": feed.url, **{name: text for name, text in told.items() if text}})


@group.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; stdout without.")] = None,
    records: RecordsFile = None,
) -> None:
    """Write the feeds that are collected as OPML."""
    from trend_agent.sources.opml import write

    body = write(asyncio.run(_feeds(settings_for(records))), title="Feeds collected by Trend Agent")
    if file is None:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        file.write_bytes(body)


async def _feeds(settings: Settings) -> list[Outline]:
    from trend_agent.cli.sources_choose import roster_of
    from trend_agent.sources.roster import visited
    from trend_agent.sources.rss import Rss

    return [_outline(one) for one in visited(await roster_of(settings)) if isinstance(one, Rss)]


def _outline(feed: Any) -> Outline:
    from trend_agent.sources.opml import Outline

    return Outline(feed.url, feed.publisher or feed.called, feed.category, feed.language)
