"""`trend forecast`: counts of many series in, their next 24 hours out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def forecast(
    files: Annotated[
        list[Path] | None, typer.Argument(help="JSON Lines of series, at, count; none or - is stdin")
    ] = None,
    coverage: Annotated[float, typer.Option(help="share of outcomes the interval shall hold")] = 0.8,
    as_of: Annotated[
        datetime | None,
        typer.Option(help="forecast from this hour on; else from the hour after the last row"),
    ] = None,
) -> None:
    """The next 24 hours of each series by the hour, with an interval; nothing where too little is known."""
    from trend_agent.cli.lines import Lines, complain, write
    from trend_agent.errors import Misconfigured
    from trend_agent.items import utc
    from trend_agent.processing.detect.bins import Bins
    from trend_agent.processing.forecast import Hours, forecasts

    if not 0 < coverage < 1:
        raise Misconfigured(f"--coverage is {coverage!r}; expected a share between 0 and 1")
    lines = Lines(files or ())

    def refuse(why: str) -> None:
        lines.bad += 1
        complain(why)

    bins = Bins(lines, 3600.0, refuse)
    hours = Hours(until=int(utc(as_of).timestamp() // 3600) if as_of else None)
    for hour, counts in bins:
        hours.add(hour, counts)
    names, past = hours.past()
    for series, found in zip(names, forecasts(past, coverage=coverage), strict=True):
        for at, mean, lower, upper in hours.ahead(found):
            write({"series": series, "at": at, "mean": mean, "lower": lower, "upper": upper})
    raise typer.Exit(3 if lines.bad else 0)
