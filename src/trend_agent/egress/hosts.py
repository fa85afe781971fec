"""Manners: how many requests a host gets at once, how soon after another, and when it wants none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from yarl import URL

from trend_agent.errors import Unavailable

LANES = 4096
"""Hosts remembered; beyond it the idle ones are forgotten."""


@dataclass(slots=True)
class Lane:
    """The state of one host and port. Moments are of the monotonic clock, in seconds."""

    busy: int = 0
    next_start: float = 0.0
    closed_until: float = 0.0
    freed: asyncio.Event = field(default_factory=asyncio.Event)

    def idle(self, now: float) -> bool:
        return not self.busy and max(self.next_start, self.closed_until) <= now


class Hosts:
    """Keeps requests to the same host apart; `pace` is the least time between two starts, in seconds."""

    def __init__(self, *, pace: float) -> None:
        self.pace = pace
        self._lanes: dict[tuple[str, int], Lane] = {}

    @asynccontextmanager
    async def turn(self, url: URL, *, at_once: int) -> AsyncIterator[None]:
        """Holds one of the host's places; waits while `at_once` are taken. Unavailable while it is closed."""
        lane = self._lane(url)
        while lane.busy >= at_once:
            await lane.freed.wait()
        lane.busy += 1
        try:
            await self._start(lane, url, at_once)
            yield
        finally:
            lane.busy -= 1
            lane.freed.set()  # wakes all who wait, who ask again in their order
            lane.freed = asyncio.Event()

    async def _start(self, lane: Lane, url: URL, at_once: int) -> None:
        now = monotonic()
        if (rest := lane.closed_until - now) > 0:
            raise Unavailable(f"{url.host!r} asked not to be called for {rest:.0f} s", retry_after=rest)
        wait = max(lane.next_start - now, 0.0)
        lane.next_start = now + wait + self.pace / at_once
        await asyncio.sleep(wait)

    def close(self, url: URL, seconds: float) -> None:
        """The host wants no request for so long."""
        lane = self._lane(url)
        lane.closed_until = max(lane.closed_until, monotonic() + seconds)

    def _lane(self, url: URL) -> Lane:
        if len(self._lanes) >= LANES:
            now = monotonic()
            self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.idle(now)}
        return self._lanes.setdefault((url.host or "", url.port or 0), Lane())
