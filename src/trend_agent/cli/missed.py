"""`trend missed`: what the sources did not see, and which of them have gone quiet."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.options import AsJson, AsOf, RecordsFile, moment, settings_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trend_agent.processing.missed import Missed
    from trend_agent.settings import Settings
    from trend_agent.sources.rhythm import Rhythm


def missed(
    hours: Annotated[int, typer.Option("--hours", min=1, max=168, help="How many hours to look back.")] = 24,
    as_of: AsOf = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Estimate how many topics the sources did not see, by language, and name the sources that have gone quiet."""
    found, quiet = asyncio.run(_missed(settings_for(records), moment(as_of), timedelta(hours=hours)))
    if json:
        from trend_agent.cli.tables import print_json

        told = [
            {"source": key, "silence_seconds": beat.silence.total_seconds(), "usual_per_hour": beat.usual}
            for key, beat in quiet.items()
        ]
        print_json({"missed": found, "quiet": told})
        return
    for one in found:
        typer.echo(_line(one))
    for key, beat in quiet.items():
        typer.echo(f"quiet: {key}, nothing new for {beat.silence.total_seconds() / 3600:,.0f} h")


async def _missed(
    settings: Settings, wanted: datetime | None, span: timedelta
) -> tuple[list[Missed], Mapping[str, Rhythm]]:
    from trend_agent.app import open_records
    from trend_agent.processing.missed import missed as estimated
    from trend_agent.sources.rhythm import LOOK_BACK, rhythms

    now = datetime.now(UTC)
    async with open_records(settings) as book:
        at = wanted or await book.clock()
        facts = await book.facts(since=at - span, until=at) if at else []
        beats = rhythms(await book.visits(now - LOOK_BACK), now)
    return estimated(facts), {key: beat for key, beat in beats.items() if beat.quiet}


def _line(one: Missed) -> str:
    seen = f"{one.lang}: {one.topics:,} topics seen by {one.voices} voices"
    if one.missed is None or one.lower is None or one.upper is None or one.share is None:
        return f"{seen}; {one.reason}" if one.reason else seen
    upper = "or more" if one.open_ended else f"{one.upper:,.0f}"
    between = f"{one.lower:,.0f} to {upper}" if not one.open_ended else f"{one.lower:,.0f} {upper}"
    return f"{seen}, about {one.missed:,.0f} missed ({between}; {one.share:.0%} of all)"
