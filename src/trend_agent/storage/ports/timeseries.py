"""The port of the time series: numbers over time, told apart by tags."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Literal, Protocol

from trend_agent.errors import Rejected

How = Literal["count", "sum", "mean", "min", "max"]
"""How the points of one step become one."""

SURROGATE = re.compile(r"[\ud800-\udfff]")
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = {"time", "value", "name"}
LONGEST = 500
"""Characters of a tag's value."""


@dataclass(frozen=True, slots=True)
class Point:
    """One number at one moment, which is held to the millisecond.

    Metric and the tags' names are ours: lower case, digits and underscores. The tags' values are any text
    without NUL; an empty one is the same as none.
    """

    metric: str
    at: datetime
    value: float
    tags: Mapping[str, str] = field(default_factory=dict)


Wanted = Mapping[str, str | Sequence[str]]
"""Tags with the value, or any of the values, they must have; an empty value stands for no such tag."""


class TimeSeries(Protocol):
    """Every method raises Rejected for a name or number it cannot keep, Unavailable or Denied for the
    backend's faults. What `write` returned from is kept."""

    async def write(self, *points: Point) -> None:
        """Store points; one of the same metric, tags and millisecond replaces the one before it."""
        ...

    async def query(
        self, metric: str, *, since: datetime, until: datetime, tags: Wanted | None = None
    ) -> list[Point]:
        """The points of [since, until), oldest first."""
        ...

    async def downsample(
        self,
        metric: str,
        *,
        since: datetime,
        until: datetime,
        every: timedelta,
        how: How = "sum",
        by: Sequence[str] = (),
        tags: Wanted | None = None,
    ) -> list[Point]:
        """The points of [since, until) as one per step and combination of the tags named in `by`.

        A point is at the start of its step; steps are counted from 1970 and empty ones left out. Written
        back under another metric, the answer is a coarser series.
        """
        ...

    async def forget(self, *, before: datetime, metric: str = "") -> None:
        """Retention: delete what is older, of one metric or of all."""
        ...

    async def check(self) -> list[str]:
        """What is wrong with the backend, in words; empty when it can be used."""
        ...

    async def close(self) -> None: ...


def named(name: str) -> str:
    """The name of a metric or a tag, or Rejected."""
    if not NAME.fullmatch(name) or name in RESERVED:
        raise Rejected(f"no name for a metric or tag: {name[:80]!r}; lower case, digits and _ were expected")
    return name


def fit(point: Point) -> Point:
    """The point without its empty tags, or Rejected."""
    named(point.metric)
    if not isfinite(point.value):
        raise Rejected(f"no number to keep for {point.metric!r}: {point.value!r}")
    for tag, value in point.tags.items():
        named(tag)
        _fit_value(tag, value)
    if all(point.tags.values()):
        return point
    return Point(point.metric, point.at, point.value, {k: v for k, v in point.tags.items() if v})


def alternatives(tags: Wanted | None) -> dict[str, list[str]]:
    """The values each wanted tag may have, or Rejected where it may have none."""
    found = {
        named(tag): [value] if isinstance(value, str) else list(value) for tag, value in (tags or {}).items()
    }
    for tag, values in found.items():
        if not values:
            raise Rejected(f"the tag {tag!r} can have none of no values; one at least was expected")
        for value in values:
            _fit_value(tag, value)
    return found


def _fit_value(tag: str, value: str) -> None:
    if len(value) > LONGEST or "\0" in value or SURROGATE.search(value):
        raise Rejected(
            f"no value for the tag {tag!r}: {value[:80]!r}; {LONGEST} characters without NUL are the most"
        )


def step_of(every: timedelta) -> int:
    """The width of a step in milliseconds, or Rejected."""
    width = every // timedelta(milliseconds=1)
    if width < 1:
        raise Rejected(f"a step of {every!r} is too small; a millisecond is the least")
    return width
