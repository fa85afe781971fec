"""`trend why`: a trend's receipt in words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.options import AsJson, AsOf, HorizonName, RecordsFile, at_pace, moment, settings_for

if TYPE_CHECKING:
    from datetime import datetime

    from trend_agent.items import Trend
    from trend_agent.processing.rank.change import Change
    from trend_agent.settings import Settings


def why(
    topic: Annotated[str, typer.Argument(help="The topic's id, or its rank on the list.")],
    as_of: AsOf = None,
    horizon: HorizonName = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Why a trend is where it is: the terms of its score, and the smallest change that would alter its place."""
    found = asyncio.run(_find(at_pace(settings_for(records), horizon), topic, moment(as_of)))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(found.trend.receipt)
    else:
        _tell(found)


@dataclass(frozen=True)
class Found:
    """A trend, its neighbours on the list of the moment, and what would exchange it with them."""

    trend: Trend
    above: Trend | None
    below: Trend | None
    lifts: Change | None
    drops: Change | None


async def _find(settings: Settings, key: str, at: datetime | None) -> Found:
    """The trend on the list of a moment, computed as `trend top` does; `Missing` where it is not on it."""
    from trend_agent.app import make_pipeline, open_records
    from trend_agent.errors import Missing

    async with open_records(settings) as book:
        pipeline = make_pipeline(book, settings)
        at = at or await book.clock()
        ranked = await pipeline.standings(at=at, limit=1000)
        topic = key if key.isdecimal() and len(key) <= 4 else (await book.topic(key)).id
        place = next((n for n, t in enumerate(ranked) if topic in (str(t.rank), t.topic)), None)
        if place is None or at is None:
            raise Missing(f"{key!r} is not among the {len(ranked)} trends of that moment")
        near = {t.rank: t for t in pipeline.summariser(ranked[max(0, place - 1) : place + 2])}
        trend = near[place + 1]
        changes = await pipeline.changes(trend.topic, at)
        return Found(trend, near.get(place), near.get(place + 2), *changes)


def _tell(found: Found) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from trend_agent.processing.rank.words import confidence, in_words, likely, would

    trend = found.trend
    out = Console(highlight=False)
    out.print(f"[bold]{escape(trend.headline.text)}[/]")
    out.print(
        f"[bright_black]rank {trend.rank} as of {trend.at:%Y-%m-%d %H:%M} UTC, topic {trend.topic}[/]\n"
    )
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(justify="right")
    table.add_column(style="bold")
    table.add_column()
    for term in trend.receipt.terms:
        table.add_row(f"{term.value:+.3f}", term.name, escape(in_words(term)))
    table.add_row(f"[bold]{trend.receipt.score:+.3f}[/]", "score", f"from {len(trend.receipt.items)} items")
    out.print(table)
    out.print(f"\n{confidence(trend)}")
    out.print(likely(trend))
    for change, other, way in ((found.lifts, found.above, "above"), (found.drops, found.below, "below")):
        if other:
            out.print(escape(would(change, other, way, trend)))
    out.print(f"[bright_black]configuration {trend.receipt.configuration}[/]")
