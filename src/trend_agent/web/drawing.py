"""Counts as columns: the paths of our small pictures, in SVG user units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HIGH = 100.0
"""Height of every picture; the style sheet scales it."""

MOST_COLUMNS = 96
WIDTHS = tuple(timedelta(minutes=m) for m in (15, 30, 60, 180, 360, 720, 1440, 10080, 40320))


def columns(values: Sequence[float], *, top: float = 0.0, below: Sequence[float] = ()) -> str:
    """A path with one column, 3 wide and 1 apart, per value; `top` is the value of full height.

    Columns stand on the ground or on the columns of `below`. What is not nothing is at least 4 high.
    """
    top = top or max(values, default=0.0)
    grounds = below or [0.0] * len(values)
    parts = []
    for place, (value, ground) in enumerate(zip(values, grounds, strict=True)):
        if value > 0 and top > 0:
            height = max(4.0, HIGH * value / top)
            foot = HIGH - HIGH * ground / top
            parts.append(f"M{4 * place} {foot:.1f}v{-height:.1f}h3v{height:.1f}z")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Original items and copies over time, as stacked columns of equal width in time."""

    start: datetime
    end: datetime
    width: timedelta
    originals: Sequence[int]
    copies: Sequence[int]

    @property
    def top(self) -> int:
        return max((o + c for o, c in zip(self.originals, self.copies, strict=True)), default=0)

    @property
    def paths(self) -> tuple[str, str]:
        """The columns of the originals, and those of the copies on top of them."""
        low = columns(self.originals, top=self.top)
        return low, columns(self.copies, top=self.top, below=self.originals)

    @property
    def unit(self) -> str:
        """The width of a column in words."""
        minutes = int(self.width.total_seconds() // 60)
        if minutes < 60:
            return f"{minutes} min"
        return f"{minutes // 60} h" if minutes < 1440 else f"{minutes // 1440} days".replace("1 days", "day")


def timeline(rows: Sequence[tuple[datetime, str, str, int, int]], until: datetime) -> Timeline | None:
    """The timeline of a topic's series up to a moment; None where there is nothing to draw."""
    rows = [row for row in rows if row[0] <= until]
    if not rows:
        return None
    first = min(row[0] for row in rows)
    span = max(until - first, timedelta(hours=6))
    width = next((w for w in WIDTHS if span / w < MOST_COLUMNS), span / (MOST_COLUMNS - 1))
    number = int(span / width) + 1
    start = until - number * width if until - first < span else first
    originals, copies = [0] * number, [0] * number
    for begin, _, _, items, repeated in rows:
        place = min(number - 1, max(0, int((begin - start) / width)))
        originals[place] += items - repeated
        copies[place] += repeated
    return Timeline(start, start + number * width, width, originals, copies)
