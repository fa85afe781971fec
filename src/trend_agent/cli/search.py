"""`trend search`: the items that hold what is asked for."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.options import AsJson, RecordsFile, moment, settings_for

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.storage import Fact


def search(
    words: Annotated[
        list[str],
        typer.Argument(help='Words that must all occur; "a phrase", begin*; after `--` also -without.'),
    ],
    since: Annotated[
        str | None, typer.Option("--since", help="Seen at or after this moment.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Seen at or before it.", show_default=False)
    ] = None,
    source: Annotated[str, typer.Option("--source", help="Of this source only.", show_default=False)] = "",
    lang: Annotated[str, typer.Option("--lang", help="In this language only.", show_default=False)] = "",
    number: Annotated[int, typer.Option("--number", "-n", min=1, max=1000, help="How many at most.")] = 20,
    keyword: Annotated[bool, typer.Option("--keyword", help="By the words themselves.")] = True,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Find items by the words in their titles and bodies, the newest first."""
    from trend_agent.cli.tables import print_json

    narrowed: dict[str, Any] = {
        "since": moment(since, option="--since"),
        "until": moment(until, option="--until"),
        "source": source,
        "lang": lang,
        "limit": number,
    }
    found = asyncio.run(_search(settings_for(records), " ".join(words), narrowed))
    print_json([asdict(fact) for fact in found]) if json else _tell(found)


async def _search(settings: Settings, text: str, narrowed: dict[str, Any]) -> list[Fact]:
    from trend_agent.app import open_records

    async with open_records(settings) as book:
        return await book.search(text, **narrowed)


def _tell(found: list[Fact]) -> None:
    for fact in found:
        item = fact.item
        print(f"{item.seen_at:%Y-%m-%d %H:%M}  {item.source}  {item.lang}  {fact.topic}  {item.title}")  # noqa: T201
    if not found:
        print("nothing holds all of that")  # noqa: T201
