"""Between whoever has numbers to tell and a time series that may be down: nobody waits, and what is lost is counted.

The records hold all that the numbers were made of, so the spool lives in memory: what waits when the process ends
is told again by what is told next, or can be computed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from trend_agent.errors import Rejected, TrendError
from trend_agent.observability import metrics
from trend_agent.observability.log import logger
from trend_agent.storage.ports.timeseries import Point, TimeSeries

log = logger("spool")

MOST = 100_000
"""Points that wait at most, about 50 MB; then the oldest are let go."""

PART = 5_000
"""Points written at once."""

PAUSE = 10.0
LONGEST = 120.0
"""Seconds between two writes; while there are faults, the second at most."""

Name = tuple[str, datetime, tuple[tuple[str, str], ...]]


class Spool:
    """Points on their way to `series`; of the same metric, tags and moment the last one told goes."""

    def __init__(self, series: TimeSeries, *, most: int = MOST) -> None:
        self.series = series
        self.most = most
        self.fault = ""
        self._waiting: dict[Name, Point] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, points: Iterable[Point]) -> None:
        """Have points written some time; never waits and never fails."""
        for point in points:
            name = (point.metric, point.at, tuple(sorted(point.tags.items())))
            self._waiting.pop(name, None)
            self._waiting[name] = point
        excess = list(islice(self._waiting, max(0, len(self) - self.most)))
        for name in excess:
            del self._waiting[name]
        metrics.points("dropped", len(excess), waiting=len(self))

    async def flush(self) -> None:
        """Write what waits, oldest first; what is not written when it fails goes on waiting."""
        while part := dict(islice(self._waiting.items(), PART)):
            try:
                await self.series.write(*part.values())
                outcome: metrics.PointOutcome = "written"
            except Rejected as fault:
                outcome = "rejected"
                log.error("numbers are refused", points=len(part), error=str(fault))
            for name, point in part.items():
                if self._waiting.get(name) is point:  # not told anew meanwhile
                    del self._waiting[name]
            metrics.points(outcome, len(part), waiting=len(self))

    async def run(self, *, pause: float = PAUSE) -> None:
        """Write what comes, for ever; a fault is told once and mends by itself."""
        wait = pause
        while True:
            await asyncio.sleep(wait)
            try:
                await self.flush()
                wait = pause
                if self.fault:
                    log.warning("the time series answers again")
                self.fault = ""
            except TrendError as fault:
                wait = min(2 * wait, LONGEST)
                if not self.fault:
                    log.error("the time series does not answer; numbers wait", error=str(fault))
                self.fault = str(fault)
