"""`trend why`: a trend's receipt in words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.options import AsJson, AsOf, HorizonName, RecordsFile, at_pace, moment, settings_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trend_agent.items import Term, Trend
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


def would(change: Change | None, other: Trend, way: str, trend: Trend) -> str:
    """What would bring a trend above or below its neighbour, with the items by id."""
    neighbour = f"“{other.headline.text}”"
    if change is None:
        return f"No change of a few items would bring it {way} {neighbour}."
    number = len(change.items)
    whose = "its" if (change.kind == "missing") == (change.upper == trend.topic) else "the other's"
    what = f"{number} of {whose} items" if number > 1 else f"one of {whose} items"
    happened = "were missing" if change.kind == "missing" else "had been told once more by somebody else"
    if number == 1 and change.kind == "missing":
        happened = "was missing"
    return f"It would stand {way} {neighbour} if {what} {happened}: {', '.join(change.items)}"


def in_words(term: Term) -> str:
    """What a term was computed from, as a sentence."""
    i: Mapping[str, float] = term.inputs
    match term.name:
        case "volume":
            crowd = "posts of newcomers without known accounts beside them weigh less than one together"
            concert = f"; {i['in_concert']:g} {crowd}" if i.get("in_concert") else ""
            return f"{i['weighted_items']:.1f} independent items, recent ones counting more{concert}"
        case "rise":
            return f"{i['per_hour_now']:.2f} items an hour now, {i['per_hour_before']:.2f} before"
        case "acceleration":
            return f"{i['late']:.1f} items in the last {i['hours']:g} h, {i['early']:.1f} in those before"
        case "surprise" if "observed" in i and i["observed"] <= i["expected"]:
            return "no more items than usual lately"
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
            return (
                f"{i['above']} of {i['category']} above it; {i['wanted_share']:.0%} of the page would be fair"
            )
        case "category":
            return f"{i['above']} of {i['category']} above it, more than their share"
        case "similarity":
            return f"shares {i['shared_words']:.0%} of its words with topic {i['beside']} above it"
        case "balance":
            return f"{i['led_by']} leads {i['lists_before']} trends above it"
        case _:
            return ", ".join(f"{key} {value}" for key, value in i.items())


def likely(trend: Trend) -> str:
    """How likely it goes on, and what says so."""
    inputs = next(term.inputs for term in trend.receipt.terms if term.name == "rise")
    return (
        f"The next six hours bring more than the last six with a probability of {inputs['likely_more']:.0%}, "
        f"as {inputs['past_rises']:.0f} past rises of this stream teach."
    )


def confidence(trend: Trend) -> str:
    """How often chance brings as much, and whether it passed the dial."""
    inputs = next(term.inputs for term in trend.receipt.terms if term.name == "surprise")
    if not trend.alarm and inputs.get("observed", 0.0) <= inputs.get("expected", 0.0):
        return "It brings no more than usual lately, and has not passed the dial."
    often = inputs["chance_a_day"]
    number = f"{often:.0f}" if often >= 10 else f"{often:.2g}"
    chance = f"By chance {number} rises a day are as surprising as this one."
    if trend.alarm:
        return f"{chance} It passed the dial at {trend.alarm:%Y-%m-%d %H:%M} UTC."
    return f"{chance} It has not passed the dial."
