"""`trend show`: one trend with all that is known of it; or the fate of one item."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.errors import Missing

if TYPE_CHECKING:
    from trend_agent.items import Lineage, Topic, Trend
    from trend_agent.settings import Settings
    from trend_agent.storage import Fact, Told


def show(
    what: Annotated[
        str, typer.Argument(help="A topic's id or its rank on the list, an item's id, or an address.")
    ],
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """One trend and its items; or what became of an item, by its id or address."""
    from trend_agent.cli.tables import print_json

    kind, found = asyncio.run(_find(settings_for(records), what))
    if json:
        print_json(_plain(found))
    elif kind == "topic":
        _tell_topic(*found)
    else:
        for told in found:
            _tell_fate(told)


async def _find(settings: Settings, what: str) -> tuple[str, Any]:
    from trend_agent.app import open_records
    from trend_agent.text.address import canonical

    async with open_records(settings) as book:
        if "://" in what:
            return "item", await book.fate(address=canonical(what))
        if what.isdecimal() and len(what) <= 4:
            ranked = [t.topic for t in await book.trends(limit=1000) if t.rank == int(what)]
            what = ranked[0] if ranked else what
        try:
            topic = await book.topic(what)
        except Missing:
            try:
                return "item", await book.fate(item=what)
            except Missing:
                raise Missing(f"there is no topic and no item {what!r}") from None
        try:
            trend: Trend | None = await book.trend(topic.id)
        except Missing:
            trend = None
        return "topic", (topic, trend, await book.members(topic.id, limit=500), await book.lineage(topic.id))


def _plain(found: Any) -> Any:
    if isinstance(found, tuple):
        topic, trend, facts, changes = found
        return {"topic": topic, "trend": trend, "items": [asdict(f) for f in facts], "lineage": changes}
    return [asdict(told) for told in found]


def _tell_topic(topic: Topic, trend: Trend | None, facts: list[Fact], changes: list[Lineage]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from trend_agent.cli.tables import sparkline, state_text
    from trend_agent.processing.families import wire

    out = Console(highlight=False)
    if trend:
        out.print(f"[bold]{escape(trend.headline.text)}[/]")
        out.print(
            state_text(trend),
            f"  rank {trend.rank} · score {trend.score:.2f} · ×{len(trend.sources)} sources · "
            f"{' '.join(trend.languages)} · {trend.velocity:.1f} items/h now",
        )
        out.print(f"[cyan]{sparkline(trend.series)}[/] [bright_black]last 24 h[/]\n")
        for sentence in trend.summary:
            out.print(f"  {escape(sentence.text)} [bright_black]({escape(', '.join(sentence.items))})[/]")
        out.print()
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(style="bright_black", no_wrap=True)
    table.add_column(style="bright_black", no_wrap=True, max_width=24, overflow="ellipsis")
    table.add_column()
    for fact in facts:
        agency = wire(fact.item)
        marks = (f"copy of {fact.copy_of}" if fact.copy_of else "", f"report of {agency}" if agency else "")
        said = ", ".join(filter(None, marks))
        mark = f" [bright_black]({escape(said)})[/]" if said else ""
        table.add_row(
            f"{fact.item.happened_at:%m-%d %H:%M}", escape(fact.item.source), escape(fact.item.title) + mark
        )
    out.print(table)
    history = [f"{c.at:%m-%d %H:%M} {c.topic} {c.change} {c.other or ''}" for c in changes]
    out.print(f"\n[bright_black]topic {topic.id} · {topic.items} items · {'; '.join(history)}[/]")


def _tell_fate(told: Told) -> None:
    from rich.console import Console
    from rich.markup import escape

    out = Console(highlight=False)
    fate = told.fate
    words = "waiting to be processed"
    if fate:
        words = ", ".join(part for part in (fate.verdict, fate.reason, fate.detail) if part)
    out.print(f"[bold]{escape(told.item.title or told.item.id)}[/]")
    out.print(
        f"  id       {escape(told.item.id)}\n  source   {escape(told.item.source)}\n  fate     {escape(words)}"
    )
    if fate and fate.of:
        out.print(f"  copy of  {escape(fate.of)}")
    for membership in told.history:
        out.print(f"  topic    {membership.topic} since {membership.since:%Y-%m-%d %H:%M}")
