"""`trend cost`: what it would take to carry something to each of the first places, and who posts in concert."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.lines import counted
from trend_agent.cli.options import AsJson, AsOf, RecordsFile, moment, settings_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trend_agent.items import Receipt
    from trend_agent.settings import Settings

BEYOND = "over 4096"


@dataclass(frozen=True, slots=True)
class Cost:
    """A trend, the fewest posts that reach its place (None beyond 4,096), and how many of its own are in concert."""

    rank: int
    topic: str
    title: str
    posts: int | None
    """By as many new accounts."""
    posts_with_ageing: int | None
    """By accounts that posted something else on two days before; those posts count as well."""
    aged_accounts: int | None
    coordinated: int


@dataclass(frozen=True, slots=True)
class Costs:
    """What each place costs in posts through `source`, `named` of whose `items` name an author."""

    source: str
    items: int
    named: int
    places: Sequence[Cost]


def cost(
    as_of: AsOf = None,
    top: Annotated[int, typer.Option("--top", min=1, max=50, help="How many places.")] = 10,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """How many posts by made-up accounts would carry something to each place, and how many posts came in concert."""
    found = asyncio.run(_costs(settings_for(records), moment(as_of), top))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(found.places if found else [])
    elif found:
        _tell(found)
    else:
        typer.echo("no trends yet")


def _tell(found: Costs) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    out = Console(highlight=False)
    named = f"{found.named} of its {found.items} items name an author" if found.named else "no item names one"
    out.print(f"[bright_black]posts on a new topic through {escape(found.source)!r}, where {named}[/]\n")
    table = Table(box=None, padding=(0, 1), header_style="bright_black", expand=True)
    for column in ("place", "new accounts", "aged two days"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("held by", ratio=1, overflow="ellipsis", no_wrap=True)
    for row in found.places:
        concert = f"[yellow]{counted(row.coordinated, 'post')} in concert[/] " if row.coordinated else ""
        aged = (
            f"{row.posts_with_ageing} ({counted(row.aged_accounts, 'account')})"
            if row.aged_accounts
            else BEYOND
        )
        table.add_row(str(row.rank), str(row.posts or BEYOND), aged, concert + escape(row.title))
    out.print(table)


async def _costs(settings: Settings, wanted: datetime | None, top: int) -> Costs | None:
    from trend_agent.app import make_pipeline, open_records
    from trend_agent.processing.entry_cost import (
        AGED_ACCOUNTS,
        NEW_ACCOUNTS,
        Contest,
        busiest_source,
        entry_costs,
    )

    async with open_records(settings) as book:
        pipeline = make_pipeline(book, settings)
        ranker = pipeline.ranker
        at = wanted or await book.clock()
        facts = await book.facts(since=at - ranker.settings.window, until=at) if at else []
    if at is None or not facts:
        return None
    contest, source, after = Contest(ranker, facts, at), busiest_source(facts), facts[-1].seq
    fresh, aged = (
        entry_costs(contest, partial(brigade.facts, source=source, at=at, after=after), upto=top)
        for brigade in (NEW_ACCOUNTS, AGED_ACCOUNTS)
    )
    there = [fact.item for fact in facts if fact.item.source == source]
    return Costs(
        source=source,
        items=len(there),
        named=sum(bool(item.author) for item in there),
        places=[
            Cost(
                rank=one.rank,
                topic=one.topic,
                title=one.headline.text,
                posts=fresh[one.rank],
                posts_with_ageing=AGED_ACCOUNTS.cost(accounts) if (accounts := aged[one.rank]) else None,
                aged_accounts=accounts,
                coordinated=in_concert(one.receipt),
            )
            for one in pipeline.summariser(ranker(facts, at, limit=top))
        ],
    )


def in_concert(receipt: Receipt) -> int:
    """How many of a trend's posts came in concert."""
    return int(next(term.inputs["in_concert"] for term in receipt.terms if term.name == "volume"))
