"""How executions go, told to everybody who listens: at once what this process does, a second later what others do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from trend_agent.api.executions import Execution
from trend_agent.errors import TrendError
from trend_agent.observability.log import logger

log = logger("workflow")

BETWEEN_LOOKS = 1.0
"""Seconds between two looks at what is remembered, which others write."""

BETWEEN_NUDGES = 0.1
"""Seconds between two looks where something happens here."""

Look = Callable[[datetime, Sequence[str]], Awaitable[Sequence[Execution]]]
"""Gives the executions that are under way, those of these ids, and those that have ended since a moment."""


class Changes:
    """Looks only while somebody listens, once for all of them, on the loop of the first."""

    def __init__(self, look: Look, *, every: float = BETWEEN_LOOKS) -> None:
        self.look = look
        self.every = every
        self._listeners: set[_Listener] = set()
        self._known: Mapping[str, Execution] = {}
        self._under_way: Sequence[str] = ()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._happened = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """Something has happened here; from whatever thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            if self._loop:
                self._loop.call_soon_threadsafe(self._happened.set)

    async def follow(self) -> AsyncIterator[Execution]:
        """Those under way, then each that has changed, as it stands when it is asked for."""
        mine = _Listener()
        mine.told([self._known[key] for key in self._under_way])
        self._listeners.add(mine)
        if self._looking is None:
            self._loop = asyncio.get_running_loop()
            self._looking = asyncio.create_task(self._keep_looking())
        try:
            while True:
                yield await mine.next()
        finally:
            self._listeners.discard(mine)
            if not self._listeners:
                self._rest()

    def _rest(self) -> None:
        if self._looking:
            self._looking.cancel()
        self._looking, self._loop, self._known, self._under_way = None, None, {}, ()

    async def _keep_looking(self) -> None:
        since = datetime.now(UTC)
        while True:
            began = datetime.now(UTC)
            try:
                self._tell(await self.look(since, self._under_way))
                since = began - timedelta(seconds=self.every)
            except TrendError as fault:
                log.warning("could not look how executions go", error=str(fault))
            await self._wait()

    def _tell(self, found: Sequence[Execution]) -> None:
        changed = [one for one in found if self._known.get(one.id) != one]
        self._known = {one.id: one for one in found}
        self._under_way = [one.id for one in found if one.ended is None]
        for listener in self._listeners:
            listener.told(changed)

    async def _wait(self) -> None:
        """Until something happens here, or for as long as others may go unseen."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.every):
                await self._happened.wait()
        await asyncio.sleep(BETWEEN_NUDGES if self._happened.is_set() else 0)
        self._happened.clear()


class _Listener:
    """What one has still to be told: of each execution only the newest."""

    def __init__(self) -> None:
        self._news: dict[str, Execution] = {}
        self._there = asyncio.Event()

    def told(self, changed: Sequence[Execution]) -> None:
        for one in changed:
            self._news.pop(one.id, None)
            self._news[one.id] = one
            self._there.set()

    async def next(self) -> Execution:
        while not self._news:
            self._there.clear()
            await self._there.wait()
        return self._news.pop(next(iter(self._news)))
