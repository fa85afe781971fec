"""`trend cost`: what it would take to carry something to each of the first places, and who posts in concert."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.options import AsJson, AsOf, RecordsFile, moment, settings_for

if TYPE_CHECKING:
    from trend_agent.items import Receipt
    from trend_agent.settings import Settings


@dataclass(frozen=True, slots=True)
class Cost:
    """A trend, the fewest posts by new accounts that reach its place (None beyond 4,096), and those in concert."""

    rank: int
    topic: str
    title: str
    posts: int | None
    coordinated: int


def cost(
    as_of: AsOf = None,
    top: Annotated[int, typer.Option("--top", min=1, max=50, help="How many places.")] = 10,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """How many posts by new accounts would carry something to each place, and how many posts came in concert."""
    found = asyncio.run(_costs(settings_for(records), moment(as_of), top))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(found)
        return
    for row in found:
        price = f"{row.posts} posts" if row.posts else "over 4096 posts"
        concert = f"   {row.coordinated} posts in concert" if row.coordinated else ""
        typer.echo(f"{row.rank:3}  {price:>16}  {row.title}{concert}")


async def _costs(settings: Settings, wanted: datetime | None, top: int) -> list[Cost]:
    from trend_agent.app import make_pipeline, open_records
    from trend_agent.processing.entry_cost import busiest_source, entry_costs

    async with open_records(settings) as book:
        ranker = make_pipeline(book, settings).ranker
        at = wanted or await book.clock()
        facts = await book.facts(since=at - ranker.settings.window, until=at) if at else []
    if at is None or not facts:
        return []
    costs = entry_costs(
        lambda some, when: {s.topic: s.rank for s in ranker(some, when)},
        facts,
        at,
        upto=top,
        source=busiest_source(facts),
    )
    return [
        Cost(
            standing.rank,
            standing.topic,
            standing.facts[0].item.title,
            costs[standing.rank],
            in_concert(standing.receipt),
        )
        for standing in ranker(facts, at, limit=top)
    ]


def in_concert(receipt: Receipt) -> int:
    """How many of a trend's posts came in concert."""
    return int(next(term.inputs["in_concert"] for term in receipt.terms if term.name == "volume"))
