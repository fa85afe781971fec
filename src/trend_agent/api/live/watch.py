"""One watcher however many listen: it looks whether the records have changed, and listeners are told what did.

A listener is not sent everything that happens. It has a place, the list it knows, and is told what is different
between that and the newest one whenever it can take it; so a slow one gets changes merged into one another, and costs
no more memory than its place. Only so many lists are kept: who fell behind further has to begin anew.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends
from pydantic import TypeAdapter
from starlette.requests import HTTPConnection

from trend_agent.api.desk import Desk
from trend_agent.api.executions import Execution, Executions
from trend_agent.api.live.changes import EVERY, Changes, Picture, changes, moment_of, picture
from trend_agent.api.parameters import MOST, reachable
from trend_agent.errors import TrendError, Unavailable
from trend_agent.items import Trend, digest
from trend_agent.observability.log import logger
from trend_agent.processing.filtering import Filter
from trend_agent.storage import Health

log = logger("live")
PAUSE = 0.3
"""Seconds between two looks at the edition of the records."""

SOURCES_PAUSE = 2.0
"""Seconds between two looks at how the sources are doing."""

REMEMBERED = 16
"""Lists that changes can be told from, the newest included."""

EXECUTIONS = 256
"""Executions of workflows that are remembered."""

SHARED = 256
"""Messages kept to be sent again to others who know and want the same."""

PATIENCE = 10.0
"""Seconds a listener waits for the first look."""

_trend = TypeAdapter(Trend)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a listener is told at once. `reset`: it is to load the list anew, as nobody knows any more what it knows.

    `place` names what it knows afterwards.
    """

    place: str
    trends: Changes | None = None
    sources: Sequence[Health] = ()
    workflows: Sequence[Execution] = ()
    reset: bool = False


@dataclass(slots=True)
class _Sources:
    """How the sources are doing, and at which count of changes each changed last."""

    health: Mapping[str, Health]
    turned: Mapping[str, int]
    turn: int = 0
    mark: str = ""

    def after(self, found: Sequence[Health]) -> _Sources:
        """A later state. The moment of a visit alone is no change: every visit has one."""
        new = {one.source: replace(one, last_try=None, last_success=None) for one in found}
        if new == self.health:
            return self
        turn = self.turn + 1
        turned = {key: turn if one != self.health.get(key) else self.turned[key] for key, one in new.items()}
        return _Sources(new, turned, turn, digest(*map(repr, new.values())))


@dataclass(slots=True)
class Work:
    """Executions of workflows by the turn at which each changed last, the latest last."""

    turn: int = 0
    known: OrderedDict[str, tuple[int, Execution]] = field(default_factory=OrderedDict)

    def heard(self, execution: Execution) -> None:
        self.turn += 1
        self.known[execution.id] = self.turn, execution
        self.known.move_to_end(execution.id)
        while len(self.known) > EXECUTIONS:
            self.known.popitem(last=False)

    def since(self, turn: int) -> list[Execution]:
        return [one for at, one in self.known.values() if at > turn]


class Live:
    """The watcher. It works while somebody listens; `wake` makes it look at once."""

    def __init__(
        self,
        desk: Desk,
        *,
        most: int = 2_000,
        per_address: int = 100,
        pause: float = PAUSE,
        sources_pause: float = SOURCES_PAUSE,
        executions: Executions | None = None,
    ) -> None:
        self.desk = desk
        self.most = most
        self.per_address = per_address
        self.pause = pause
        self.sources_pause = sources_pause
        self.now = picture([])
        self.sources = _Sources({}, {})
        self.executions = executions
        self.work = Work()
        self._full_health: Mapping[str, Health] = {}
        self._known: OrderedDict[str, Picture] = OrderedDict()
        self._texts: Sequence[str] = ()
        self._listeners: set[Listener] = set()
        self._addresses: Counter[str] = Counter()
        self._made: dict[tuple[object, ...], bytes] = {}
        self._woken = asyncio.Event()
        self._looked = asyncio.Event()
        self._watching: list[asyncio.Task[None]] = []
        self._closed = False

    @contextmanager
    def listen(self, *, address: str = "", among: Filter = EVERY) -> Iterator[Listener]:
        """Listen for as long as the block lasts. `Unavailable` where too many do, in all or from one address."""
        if self._closed:
            raise Unavailable("the process is about to end")
        if len(self._listeners) >= self.most:
            raise Unavailable(f"over {self.most} listen already", retry_after=30)
        if address and self._addresses[address] >= self.per_address:
            raise Unavailable(f"over {self.per_address} listen from one address already", retry_after=30)
        listener = Listener(self, among)
        self._listeners.add(listener)
        self._addresses[address] += 1
        self._begin()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            self._addresses[address] -= 1
            self._addresses += Counter()  # lets go of those that are at nought
            if not self._listeners:
                self._rest()

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def wake(self) -> None:
        """Something was published: look now."""
        self._woken.set()

    def close(self) -> None:
        """End everybody's listening, for good."""
        self._closed = True
        self._rest()
        for listener in self._listeners:
            listener.end()

    async def ready(self) -> None:
        """Wait until the newest list is known."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._looked.wait()
        except TimeoutError:
            raise Unavailable("the records do not answer", retry_after=5) from None

    def shared(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """What `make` returns; for who asks for the same, until something changes, the very same bytes."""
        found = self._made.get(key)
        if found is None:
            found = make()
            if len(self._made) < SHARED:
                self._made[key] = found
        return found

    async def known(self, place: str) -> Picture | None:
        """The list that a place names: remembered, or read from the records if it is kept there as it was."""
        mark, _, _ = place.partition(".")
        at = moment_of(mark)
        if at is None:
            return await self._of_moment(place)
        if remembered := self.remembered(mark):
            return remembered
        kept = picture(await self.desk.records.published(at))
        return kept if kept.mark == mark else None

    async def _of_moment(self, text: str) -> Picture | None:
        """The list of a moment, for who knows it from elsewhere than from here."""
        try:
            at = reachable(datetime.fromisoformat(text))
        except ValueError:
            return None
        remembered = [p for p in self._known.values() if p.at == at]
        if remembered:
            return remembered[-1]
        kept = await self.desk.records.published(at)
        return picture(kept) if kept else None

    def remembered(self, mark: str) -> Picture | None:
        return self._known.get(mark.partition("-")[2])

    def healths(self, since: int) -> list[Health]:
        """The sources that changed after so many changes."""
        return [self._full_health[key] for key, turn in self.sources.turned.items() if turn > since]

    def _begin(self) -> None:
        if not self._watching:
            self._looked.clear()
            self._watching = [asyncio.create_task(self._watch()), asyncio.create_task(self._watch_work())]
            for task in self._watching:
                task.add_done_callback(self._ended)

    def _rest(self) -> None:
        for task in self._watching:
            task.cancel()
        self._watching = []

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A watcher that dies of a fault of ours must not leave listeners waiting for ever."""
        if task.cancelled():
            return
        self._rest()
        log.error("watching stopped", error=repr(task.exception()))
        for listener in self._listeners:
            listener.end()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        edition, sources_at, wait = "", 0.0, self.pause
        while True:
            self._woken.clear()
            try:
                newest = await self.desk.records.edition()
                if newest != edition or not self._looked.is_set():
                    await self._look()
                    edition = newest
                if loop.time() >= sources_at:
                    await self._look_at_sources()
                    sources_at = loop.time() + self.sources_pause
                self._looked.set()
                wait = self.pause
            except TrendError as fault:
                wait = min(wait * 2, 10.0)
                log.warning("the records cannot be watched", error=str(fault), again_in=wait)
            await self._pause(wait)

    async def _watch_work(self) -> None:
        """Hear of every execution of a workflow that changes, where they are run."""
        while self.executions is not None:
            try:
                async for execution in self.executions.changes():
                    self.work.heard(execution)
                    self._tell()
            except TrendError as fault:
                log.warning("the workflows cannot be watched", error=str(fault))
            await asyncio.sleep(5 * self.pause)
        await asyncio.Event().wait()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _look(self) -> None:
        listed = await self.desk.listed(MOST, 0)
        if listed.trends == self._texts:
            return
        new = picture([_trend.validate_json(text) for text in listed.trends])
        self._texts = listed.trends
        alike = new.seen == self.now.seen
        self.now = replace(new, mark=self.now.mark) if alike else new
        if not alike or new.seen not in self._known:
            self._remember(new.slim())
            self._tell()

    def _remember(self, slim: Picture) -> None:
        self._known[slim.seen] = slim
        self._known.move_to_end(slim.seen)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _look_at_sources(self) -> None:
        found = await self.desk.collected.health()
        self._full_health = {one.source: one for one in found}
        later = self.sources.after(found)
        if later is not self.sources:
            self.sources = later
            self._tell()

    def _tell(self) -> None:
        self._made.clear()
        for listener in self._listeners:
            listener.moved.set()


class Listener:
    """One who listens, at a place of its own: the name of the list it knows."""

    def __init__(self, live: Live, among: Filter) -> None:
        self.live = live
        self.among = among
        self.moved = asyncio.Event()
        self.ended = False
        self._mark = ""
        self._turn = 0
        self._work = 0
        self._from: Picture | None = None  # an old list out of the records, until it has been compared

    async def start(self, since: str = "", *, everything: bool = False) -> str:
        """Take one's place: at the newest list, or at the one that `since` names. Returns the name of the place. What
        is known of workflows is told to who comes back, or wants `everything`."""
        await self.live.ready()
        self.pass_on()
        self.moved.clear()
        if since or everything:
            self._work = 0
            self.moved.set()
        if since:
            self._from = await self.live.known(since)
            self._mark = self._from.mark if self._from else ""
            if since.partition(".")[2] != self.live.sources.mark:
                self._turn = 0
        return self.place

    @property
    def place(self) -> str:
        return f"{self._mark or self.live.now.mark}.{self.live.sources.mark}"

    def take(self) -> Moved | None:
        """What is different from what this listener knows; it knows it from now on. None where nothing is."""
        live = self.live
        old, known = self._old(), self._mark == live.now.mark
        sources, work = live.healths(self._turn), live.work.since(self._work)
        self.pass_on()
        if not known and old is None:
            return Moved(self.place, sources=sources, workflows=work, reset=True)
        different = changes(old, live.now, self.among) if old and not known else None
        if not (different or sources or work):
            return None
        return Moved(self.place, different or None, sources, work)

    def pass_on(self) -> None:
        """Know what is newest, having been told of it already."""
        live = self.live
        self._mark, self._turn, self._work, self._from = (
            live.now.mark,
            live.sources.turn,
            live.work.turn,
            None,
        )

    def key(self) -> tuple[object, ...]:
        """What the next `take` depends on, for sharing what is made of it."""
        live = self.live
        return (
            self._mark,
            self._turn,
            self._work,
            self._old() is None,
            live.now.mark,
            live.sources.turn,
            live.work.turn,
            repr(self.among),
        )

    async def wait(self, seconds: float) -> bool:
        """Wait for something to take; False when the seconds are over before."""
        try:
            async with asyncio.timeout(seconds):
                await self.moved.wait()
        except TimeoutError:
            return False
        self.moved.clear()
        return True

    def end(self) -> None:
        self.ended = True
        self.moved.set()

    def _old(self) -> Picture | None:
        """The list this listener knows; None where it is remembered no more."""
        return self._from or self.live.remembered(self._mark)


def _live(connection: HTTPConnection) -> Live:
    return cast(Live, connection.app.state.live)


AtLive = Annotated[Live, Depends(_live)]
"""The application's watcher, as a parameter of a route."""
