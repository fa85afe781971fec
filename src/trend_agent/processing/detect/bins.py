"""Rows of series, at, count gathered into bins of time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from trend_agent.errors import Misconfigured, Rejected
from trend_agent.items import utc

SHOWN = 120
"""Characters of a row that a complaint shows: enough to find it by."""

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(width: str) -> float:
    """A width such as 15m, 1h or 300s in seconds; it must go into a day without remainder."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", width.strip())
    size = float(found[1]) * UNITS[found[2] or "s"] if found else 0.0
    if not size or 86400 % size:
        raise Misconfigured(
            f"{width!r} is no width of a bin; expected a part of a day such as 15m, 1h or 300s"
        )
    return size


def moment(row: Mapping[str, Any]) -> float:
    """Seconds since 1970 of a row's `at`: ISO 8601, without a zone in UTC."""
    try:
        return utc(datetime.fromisoformat(row["at"])).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Rejected(f"row {shown(row)}: expected a time in 'at'") from None


def amount(row: Mapping[str, Any]) -> float:
    count = row.get("count")
    if isinstance(count, bool) or not isinstance(count, int | float) or not 0 <= count < math.inf:
        raise Rejected(f"row {shown(row)}: expected a number of at least 0 in 'count'")
    return float(count)


def name(row: Mapping[str, Any]) -> str:
    series = row.get("series")
    if not isinstance(series, str | int):
        raise Rejected(f"row {shown(row)}: expected a name in 'series'")
    return str(series)


def shown(row: Mapping[str, Any]) -> str:
    text = repr(dict(row))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


class Bins:
    """Iterates `(bin since 1970, items per series)` over rows in order of time; empty bins are left out.

    A row that cannot be read, or that comes after its bin was closed, is given to `refuse` and skipped.
    """

    def __init__(
        self, rows: Iterable[Mapping[str, Any]], width: float, refuse: Callable[[str], None]
    ) -> None:
        self.rows, self.width, self.refuse = rows, width, refuse
        self.aligned = True

    def __iter__(self) -> Iterator[tuple[int, dict[str, float]]]:
        current: int | None = None
        counts: dict[str, float] = {}
        for row in self.rows:
            try:
                series, at, count = name(row), moment(row), amount(row)
            except Rejected as fault:
                self.refuse(str(fault))
                continue
            index = math.floor(at / self.width)
            if current is not None and index < current:
                self.refuse(f"row {shown(row)}: expected rows in order of time")
                continue
            if current is not None and index > current:
                yield current, counts
                counts = {}
            current = index
            self.aligned = self.aligned and at % self.width == 0
            counts[series] = counts.get(series, 0.0) + count
        if current is not None:
            yield current, counts

    def stamp(self, index: int) -> str:
        """The time to put on what is concluded from a bin, as ISO 8601.

        Where all rows stand at the beginning of a bin, they are bins already and keep their name; where
        they stand between, a bin is known at its end and not before.
        """
        at = (index if self.aligned else index + 1) * self.width
        return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
