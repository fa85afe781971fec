"""`trend backtest`: walk recorded items forward and score the calls that would have been made."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.lines import readable
from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from trend_agent.processing.scorecard import Scorecard
    from trend_agent.settings import Settings


def backtest(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines, one item a line; .gz is read as it is.")],
    every: Annotated[float, typer.Option(min=0.1, help="hours between the moments that are looked at")] = 1.0,
    top: Annotated[int, typer.Option(min=1, max=1000, help="how long the list of a moment is")] = 50,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Walk recorded items forward, without looking ahead: lead time, precision at k and Brier score of our calls."""
    for file in files:
        readable(file, again=True)
    from trend_agent.app import run_settings
    from trend_agent.cli.scorecard import print_scorecard

    settings = settings_for(records)
    settings = settings if records else run_settings(settings, files)
    found, bad = asyncio.run(_walked(settings, files, timedelta(hours=every), top))
    print_scorecard(found, json=json)
    raise typer.Exit(3 if bad else 0)


async def _walked(settings: Settings, files: list[Path], every: timedelta, top: int) -> tuple[Scorecard, int]:
    from trend_agent.app import make_pipeline, open_records
    from trend_agent.cli.run import take_in
    from trend_agent.processing.backtest import walk
    from trend_agent.processing.scorecard import scorecard

    async with open_records(settings, write=True) as book:
        pipeline = make_pipeline(book, settings)
        for file in files:
            await take_in(file, book, pipeline, lambda _: None)
        balance, first, last = await book.balance(), await book.beginning(), await book.clock()
        if first is None or last is None:
            raise Rejected(f"there is no item to walk in {', '.join(map(str, files))}")
        made = await walk(pipeline, first + every, last, every=every, top=top)
        return scorecard(made), balance.verdicts["quarantined"]
