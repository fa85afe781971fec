"""`trend top`: the trends of now, or of a moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trend_agent.cli.lines import complain
from trend_agent.cli.options import AsJson, AsOf, RecordsFile, Top, moment, settings_for

if TYPE_CHECKING:
    from datetime import datetime

    from trend_agent.items import Trend
    from trend_agent.settings import Settings


def top(top: Top = 20, as_of: AsOf = None, json: AsJson = False, records: RecordsFile = None) -> None:
    """The trends now, or as of a past moment."""
    from trend_agent.cli.tables import print_json, print_trends

    trends = asyncio.run(_trends(settings_for(records), moment(as_of), top))
    if json:
        print_json(trends)
    elif trends:
        print_trends(trends, title=f"Trends as of {trends[0].at:%Y-%m-%d %H:%M} UTC")
    else:
        print("no trends yet")  # noqa: T201


async def _trends(settings: Settings, at: datetime | None, limit: int) -> list[Trend]:
    from trend_agent.app import make_pipeline, open_records

    async with open_records(settings) as book:
        if at is None:
            return await book.trends(limit=limit)
        for gap in await book.gaps():
            if gap.what.startswith("source:") and at < gap.before:
                complain(
                    f"what {gap.what[7:]!r} said was removed on {gap.at:%Y-%m-%d}; the answer is without it"
                )
        return await make_pipeline(book, settings).trends(at=at, limit=limit)
