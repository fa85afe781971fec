"""Trends as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from trend_agent.items import Trend

WIDE = 100
"""Columns of a terminal from which on there is room beside what a person reads first."""

LEVELS = "▁▂▃▄▅▆▇█"
STATES = {
    "new": ("bright_cyan", "✦"),
    "rising": ("bright_green", "▲"),
    "peaking": ("bright_yellow", "◆"),
    "fading": ("bright_black", "▽"),
    "steady": ("white", "●"),
}


def sparkline(series: Sequence[float]) -> str:
    """One character per value; empty hours stay empty."""
    top = max(series, default=0.0)
    return "".join(" " if v <= 0 else LEVELS[min(7, int(8 * v / top - 1e-9))] for v in series)


def ago(moment: datetime, now: datetime) -> str:
    """How long before `now`, in one unit."""
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


def state_text(trend: Trend) -> Text:
    colour, sign = STATES[trend.state]
    return Text(f"{sign} {trend.state}", style=colour)


def print_trends(trends: Sequence[Trend], *, title: str, console: Console | None = None) -> None:
    """The list as a table that fits the terminal."""
    console = console or Console()
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, padding=(0, 1), expand=True
    )
    table.add_column("#", justify="right", style="bright_black")
    table.add_column("trend", ratio=1, overflow="ellipsis", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("sources", justify="right", no_wrap=True)
    wide = console.width >= WIDE
    if wide:
        table.add_column("lang", no_wrap=True, style="bright_black", max_width=11)
        table.add_column("last 24 h", no_wrap=True, style="cyan", width=24)
        table.add_column("begun", justify="right", style="bright_black")
    table.add_column("score", justify="right")
    for trend in trends:
        extra = [" ".join(trend.languages[:4]), sparkline(trend.series), ago(trend.first_seen, trend.at)]
        table.add_row(
            str(trend.rank),
            escape(trend.headline.text),
            state_text(trend),
            f"×{len(trend.sources)}",
            *(extra if wide else []),
            f"{trend.score:.2f}",
        )
    console.print(table)


def print_json(value: Any) -> None:
    """The same as JSON, for programs."""
    import sys

    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()
