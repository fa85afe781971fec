"""`trend scorecard`: how good the calls were that this installation made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from trend_agent.cli.lines import counted
from trend_agent.cli.options import AsJson, AsOf, RecordsFile, moment, settings_for

if TYPE_CHECKING:
    from datetime import datetime

    from trend_agent.processing.scorecard import Scorecard
    from trend_agent.settings import Settings


def scorecard(as_of: AsOf = None, json: AsJson = False, records: RecordsFile = None) -> None:
    """How many calls of a rise held, how early they were, and how much their confidence tells."""
    found = asyncio.run(_score(settings_for(records), moment(as_of)))
    print_scorecard(found, json=json)


async def _score(settings: Settings, at: datetime | None) -> Scorecard:
    from trend_agent.app import open_records
    from trend_agent.processing.scorecard import as_known
    from trend_agent.processing.scorecard import scorecard as score

    async with open_records(settings) as book:
        made = await book.calls()
    return score(as_known(made, at) if at else made)


def print_scorecard(found: Scorecard, *, json: bool) -> None:
    if json:
        from trend_agent.cli.tables import print_json

        print_json(found)
        return
    for line in told(found):
        typer.echo(line)


def told(found: Scorecard) -> list[str]:
    """The measures in words, each with its number of cases."""
    lines = [f"{counted(found.calls, 'call')} of a rise, {found.resolved:,} of them resolved"]
    if found.held is None:
        return lines
    lines.append(
        f"held, bringing more in the six hours after than before: {found.held:.0%} (n = {found.resolved})"
    )
    lines += [
        f"precision at {k}: {share:.2f} (n = {found.moments} moments)" for k, share in found.precision.items()
    ]
    lines.append(f"Brier score: {found.brier:.3f}, of the base rate {found.brier_of_base_rate:.3f}")
    if found.lead_hours is not None:
        lines.append(f"lead over the median source: {found.lead_hours:+.1f} h (n = {found.led})")
    return lines
