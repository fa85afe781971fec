"""`trend top`: the trends of now, or of a moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from trend_agent.cli.lines import complain
from trend_agent.cli.options import (
    AsJson,
    AsOf,
    Export,
    HorizonName,
    RecordsFile,
    Top,
    at_pace,
    moment,
    settings_for,
)

if TYPE_CHECKING:
    from datetime import datetime

    from trend_agent.items import Trend
    from trend_agent.settings import Settings


def top(
    top: Top = 20,
    as_of: AsOf = None,
    horizon: HorizonName = None,
    export: Export = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """The trends now, or as of a past moment."""
    from trend_agent.cli.tables import print_json, print_trends

    settings = settings_for(records)
    paced = at_pace(settings, horizon)
    stands = paced.horizon == settings.horizon and export is None
    trends = asyncio.run(_trends(paced, moment(as_of), top, export, published=stands))
    if json:
        print_json(trends)
    elif trends:
        print_trends(trends, title=f"Trends as of {trends[0].at:%Y-%m-%d %H:%M} UTC")
    else:
        print("no trends at that moment" if as_of else "no trends yet")  # noqa: T201


async def _trends(
    settings: Settings, at: datetime | None, limit: int, export: Path | None, *, published: bool
) -> list[Trend]:
    """The list; the one that was published saves computing it, where it is what is asked for."""
    from trend_agent.app import make_pipeline, open_records

    async with open_records(settings) as book:
        if at is None and published:
            return await book.trends(limit=limit)
        for gap in await book.gaps():
            if gap.what.startswith("source:") and at and at < gap.before:
                complain(
                    f"what {gap.what[7:]!r} said was removed on {gap.at:%Y-%m-%d}; the answer is without it"
                )
        at = at or await book.clock()
        pipeline = make_pipeline(book, settings)
        if export:
            write_export(export, await pipeline.export(at=at, limit=limit))
        return await pipeline.trends(at=at, limit=limit)


def write_export(file: Path, rows: list[dict[str, object]]) -> None:
    """Write the rows of an export; `Rejected` where the file cannot be written."""
    from trend_agent.errors import Rejected
    from trend_agent.processing.rank.export import written

    try:
        file.write_bytes(written(rows))
    except OSError as fault:
        raise Rejected(f"cannot write {str(file)!r}: {fault.strerror}") from fault
