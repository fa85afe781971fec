"""Manners: how many requests a host gets at once, how soon after another, and when it wants none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from yarl import URL

from trend_agent.errors import Unavailable

PATIENCE = 5.0
"""Seconds of rest that are waited for; who wants more is called another time."""

LANES = 4096
"""Hosts remembered; beyond it the idle ones are forgotten."""


class Memory(Protocol):
    """Where it is kept, over a restart, which hosts want to be left alone: by name and port, until when."""

    async def rests(self, at: datetime) -> Mapping[str, datetime]: ...

    async def rest(self, where: str, until: datetime) -> None: ...


@dataclass(slots=True)
class Lane:
    """The state of one host and port. Moments are of the event loop's clock, in seconds."""

    next_start: float
    busy: int = 0
    closed_until: float = 0.0
    freed: asyncio.Event = field(default_factory=asyncio.Event)

    def idle(self, now: float) -> bool:
        return not self.busy and max(self.next_start, self.closed_until) <= now


class Hosts:
    """Keeps requests to the same host apart; `pace` is the least time between two starts, in seconds.

    Nobody knows whom the process before this one asked last: every host is taken for just asked at the beginning.
    """

    def __init__(self, *, pace: float) -> None:
        self.pace = pace
        self._began: float | None = None
        self._lanes: dict[str, Lane] = {}

    @asynccontextmanager
    async def turn(self, url: URL, *, at_once: int) -> AsyncIterator[None]:
        """Holds one of the host's places; waits while `at_once` are taken. Unavailable while it is closed."""
        lane = self._lane(place(url))
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
        now = self._now()
        if (rest := lane.closed_until - now) > PATIENCE:
            raise Unavailable(f"{url.host!r} asked not to be called for {rest:.0f} s", retry_after=rest)
        wait = max(lane.next_start - now, rest, 0.0)
        lane.next_start = now + wait + self.pace / at_once
        await asyncio.sleep(wait)

    def close(self, where: str, seconds: float) -> None:
        """The host at a `place` wants no request for so long."""
        lane = self._lane(where)
        lane.closed_until = max(lane.closed_until, self._now() + seconds)

    def _lane(self, where: str) -> Lane:
        now = self._now()
        if len(self._lanes) >= LANES:
            self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.idle(now)}
        if where not in self._lanes:
            self._lanes[where] = Lane(next_start=self._first())
        return self._lanes[where]

    def _first(self) -> float:
        """When a host we have not asked yet may be."""
        if self._began is None:
            self._began = self._now()
        return self._began + self.pace

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def place(url: URL) -> str:
    """A host and its port: what has one limit on requests."""
    return f"{url.host or ''}:{url.port or 0}"
