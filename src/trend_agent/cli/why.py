"""`trend why`: a trend's receipt in words."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trend_agent.items import Term, Trend
    from trend_agent.settings import Settings


def why(
    topic: Annotated[str, typer.Argument(help="The topic's id, or its rank on the current list.")],
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Why a trend is where it is: the terms of its score, and what would change its place."""
    trend, above = asyncio.run(_find(settings_for(records), topic))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(trend.receipt)
    else:
        _tell(trend, above)


async def _find(settings: Settings, key: str) -> tuple[Trend, Trend | None]:
    from trend_agent.app import open_records

    async with open_records(settings) as book:
        trends = await book.trends(limit=1000)
        by_rank = {str(t.rank): t for t in trends}
        trend = by_rank.get(key) or await book.trend(key)
        return trend, by_rank.get(str(trend.rank - 1))


def _tell(trend: Trend, above: Trend | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

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
    if above:
        gap = above.score - trend.score
        out.print(f"{gap:.3f} more would lift it above “{escape(above.headline.text)}”.")
    out.print(f"[bright_black]configuration {trend.receipt.configuration}[/]")


def in_words(term: Term) -> str:
    """What a term was computed from, as a sentence."""
    i: Mapping[str, float] = term.inputs
    match term.name:
        case "volume":
            return f"{i['weighted_items']:.1f} independent items, recent ones counting more"
        case "rise":
            return f"{i['per_hour_now']:.2f} items an hour now, {i['per_hour_before']:.2f} before"
        case "acceleration":
            return f"{i['late']:.1f} items in the last {i['hours']:g} h, {i['early']:.1f} in those before"
        case "surprise" if "observed" in i:
            return (
                f"{i['observed']:.1f} items in {i['hours']:g} h where {i['expected']:.2f} were to be expected"
            )
        case "surprise":
            return "no dated item lately, so nothing to be surprised by"
        case "breadth":
            return f"worth {i['effective_sources']:.1f} independent sources"
        case "engagement":
            share = i["percentile_in_source"]
            return (
                f"its loudest item is above {share:.0%} of its source's"
                if share
                else "no source tells of any"
            )
        case "mix":
            return f"{i['above']} of {i['category']} above it, {i['wanted_share']:.0%} of the page are wanted"
        case "category":
            return f"{i['above']} of {i['category']} above it, more than their share"
        case "similarity":
            return f"shares {i['shared_words']:.0%} of its words with topic {i['beside']} above it"
        case "balance":
            return f"{i['led_by']} leads {i['lists_before']} trends above it"
        case _:
            return ", ".join(f"{key} {value}" for key, value in i.items())


def confidence(trend: Trend) -> str:
    chance = 1 - trend.confidence
    if chance >= 0.2:
        return "A rise like this may well be chance."
    return f"A rise like this comes by chance about once in {1 / max(chance, 1e-9):,.0f} looks."
