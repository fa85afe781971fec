"""Sources chosen while the program runs: found by an address, tried, changed, removed.

Who asks from outside may not name variables: `${NAME}` in a setting would read this machine's environment.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from trend_agent.egress import Http
from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Rejected, TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources import Source, known
from trend_agent.sources.discovery import Found, discover
from trend_agent.sources.form import FormField, about, form
from trend_agent.sources.full_text import Pages
from trend_agent.sources.opml import Outline, read, write
from trend_agent.sources.roster import Fill, Listed, added, changed, joined, pick, visited
from trend_agent.sources.rss import Rss
from trend_agent.storage import Choice, Records

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
TOGETHER = 64
"""Choices that go to the disk at once."""

REFUSED = 20
"""Feeds of a list whose faults are told."""

PATIENCE = 30.0
"""Seconds in which an address has to say what it leads to, and a source that is tried has to answer."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a source brings that is asked once, with nothing kept; `fault` says why it brings nothing."""

    source: str
    answers: bool
    fault: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a list of feeds: how many are new, how many were collected already, and why others are not."""

    new: int
    known: int
    refused: Sequence[str]


@dataclass(frozen=True, slots=True)
class Plugin:
    """A kind of source: what it is, the package it comes from, what can be set of a source of it, how many there are,
    and whether any of them is visited."""

    name: str
    about: str
    package: str
    enabled: bool
    sources: int
    settings: Sequence[FormField]


class Choosing:
    """The roster of an installation: `configured` gives its configured sources, `fill` puts in the variables that
    those name. `at_home` is said by who sits at this machine, may name variables and lead secrets where they like,
    and hears of each fault as it is."""

    def __init__(
        self,
        records: Records,
        http: Http,
        configured: Callable[[], Sequence[Source]],
        fill: Fill,
        *,
        at_home: bool = False,
    ) -> None:
        self.records = records
        self.http = http
        self.configured = configured
        self.fill = fill
        self.at_home = at_home

    async def roster(self) -> list[Listed]:
        return joined(self.configured(), await self.records.choices(), self.fill)

    async def listed(self, name: str) -> Listed:
        """The source of this key, or a feed by its address. `Missing` says what is near."""
        return pick(await self.roster(), name)

    async def add(
        self, address: str, settings: Mapping[str, Any], *, every_feed: bool = False
    ) -> list[Listed]:
        """Choose what an address leads to, or a kind of source by its name. `Missing` where it leads to nothing we
        can read, `Conflict` where the settings do not fit what it leads to or all of it is collected already."""
        self._admit({"address": address, **settings})
        there = {one.key for one in await self.roster()}
        with self._telling(address):
            found = await self._meant(address)
            fill = self.fill if self.at_home else dict
            made = [added(one.kind, {**one.settings, **settings}, fill) for one in found]
        new = [choice for choice in made if choice.source not in there]
        if not new:
            raise Conflict(f"{made[0].source!r} is collected already")
        return await self._choose(new if every_feed else new[:1])

    async def change(
        self, name: str, *, settings: Mapping[str, Any] | None = None, enabled: bool | None = None
    ) -> Listed:
        """Change settings of a source, or whether it is visited. `Conflict` where they do not fit it."""
        self._admit(settings or {})
        listed = await self.listed(name)
        if not self.at_home:
            _stays_where_it_asks(listed, settings or {})
        before = await self._choice(listed.key)
        try:
            choice = changed(listed, before, settings=settings, enabled=enabled, fill=self.fill)
        except Rejected as fault:
            if self.at_home:
                raise
            raise Conflict(str(fault)) from fault
        chosen = (await self._choose([choice]))[0]
        if enabled:
            await self.records.resume(chosen.key)
        return chosen

    async def remove(self, name: str) -> None:
        """Take back what was chosen of a source: an added one goes, a configured one is as configured. `Conflict`
        where nothing was chosen of it."""
        listed = await self.listed(name)
        if not listed.chosen:
            raise Conflict(
                f"{listed.key!r} is configured, not chosen: disable it, or take it out of the configuration"
            )
        await self.records.unchoose(listed.key)

    async def try_out(self, name: str, *, number: int = 5) -> Tried:
        """Ask a source once, and keep nothing."""
        listed = await self.listed(name)
        if listed.source is None:
            return Tried(listed.key, answers=False, fault=listed.fault, items=())
        items: list[Item] = []
        try:
            async with asyncio.timeout(PATIENCE):
                items.extend([item async for item in _some(listed.source, self.http, number)])
        except TrendError as fault:
            return Tried(listed.key, answers=False, fault=str(fault), items=items)
        except TimeoutError:
            return Tried(listed.key, answers=False, fault=f"no answer within {PATIENCE:g} s", items=items)
        return Tried(listed.key, answers=True, fault="", items=items)

    async def take_in(self, document: bytes) -> Taken:
        """Choose the feeds of an OPML document. Rejected where it is none."""
        feeds = await asyncio.to_thread(read, document)
        there = {one.key for one in await self.roster()}
        made: dict[str, Choice] = {}
        refused = []
        for feed in feeds:
            try:
                choice = self._feed(feed)
            except (Rejected, Misconfigured, Missing, Conflict) as fault:
                refused.append(str(fault))
            else:
                made.setdefault(choice.source, choice)
        new = [choice for key, choice in made.items() if key not in there]
        await self._choose(new)
        return Taken(len(new), len(made) - len(new), refused[:REFUSED])

    async def written(self, *, title: str) -> bytes:
        """The feeds that are collected, as OPML."""
        return written(await self.roster(), title=title)

    async def plugins(self) -> list[Plugin]:
        """Every kind of source there is, chosen or not."""
        roster = await self.roster()
        return [_plugin(kind, roster) for _, kind in sorted(known().items())]

    async def plugin(self, name: str) -> Plugin:
        return _plugin(_kind(name), await self.roster())

    async def switch(self, name: str, *, enabled: bool) -> Plugin:
        """Visit all sources of a kind, or none of them any more. A kind of which there is no source gets one under
        its default settings; `Conflict` where it has to be given some."""
        kind = _kind(name)
        there = [one for one in await self.roster() if one.kind == name]
        for one in there:
            if one.enabled != enabled:
                await self.change(one.key, enabled=enabled)
        if enabled and not there:
            if needed := [one.name for one in form(kind) if one.required]:
                raise Conflict(
                    f"a source of kind {name!r} has to be given {', '.join(needed)}: add it as one"
                )
            await self.add(name, {})
        return await self.plugin(name)

    async def _meant(self, address: str) -> list[Found]:
        if address in known():
            return [Found(address, {})]
        if "." not in address:
            raise Missing(
                f"no kind of source called {address!r}; there are {', '.join(sorted(known()))}, or an address"
            )
        async with asyncio.timeout(PATIENCE):
            return await discover(self.http, address if "://" in address else f"https://{address}")

    def _feed(self, feed: Outline) -> Choice:
        told = {"category": feed.category, "language": feed.language, "publisher": feed.title}
        settings = {"url": feed.url, **{name: text for name, text in told.items() if text}}
        _plain(settings)  # a list is a stranger's, whoever hands it in
        with self._telling(feed.url):
            return added("rss", settings)

    def _admit(self, settings: Mapping[str, Any]) -> None:
        if not self.at_home:
            _plain(settings)

    def _telling(self, address: str) -> AbstractContextManager[None]:
        return nullcontext() if self.at_home else _told_of(address)

    async def _choose(self, choices: Sequence[Choice]) -> list[Listed]:
        for some in range(0, len(choices), TOGETHER):
            await asyncio.gather(*map(self.records.choose, choices[some : some + TOGETHER]))
        made = {choice.source for choice in choices}
        return [one for one in await self.roster() if one.key in made] if made else []

    async def _choice(self, key: str) -> Choice | None:
        return next((one for one in await self.records.choices() if one.source == key), None)


def written(roster: Sequence[Listed], *, title: str) -> bytes:
    """The feeds of a roster that are collected, as OPML."""
    feeds = [one for one in visited(roster) if isinstance(one, Rss)]
    return write(
        [Outline(one.url, one.publisher or one.called, one.category, one.language) for one in feeds],
        title=title,
    )


def _stays_where_it_asks(listed: Listed, settings: Mapping[str, Any]) -> None:
    """`Conflict` where a source that holds a secret would be led elsewhere with it."""
    if listed.source is None:
        return
    secrets = {one.name for one in form(type(listed.source)) if one.secret}
    held = {name for name in secrets if name not in settings and getattr(listed.source, name)}
    moved = [name for name, value in settings.items() if isinstance(value, str) and "://" in value]
    if held and moved:
        raise Conflict(
            f"{listed.key!r} holds {', '.join(sorted(held))}: give that anew to change {', '.join(moved)}"
        )


def _kind(name: str) -> type[Source]:
    found = known().get(name)
    if found is None:
        raise Missing(f"no kind of source called {name!r}; there are {', '.join(sorted(known()))}")
    return found


def _plugin(kind: type[Source], roster: Sequence[Listed]) -> Plugin:
    of_it = [one for one in roster if one.kind == kind.name]
    return Plugin(
        name=kind.name,
        about=about(kind),
        package=kind.__module__.partition(".")[0],
        enabled=any(one.enabled for one in of_it),
        sources=len(of_it),
        settings=form(kind),
    )


async def _some(source: Source, http: Http, number: int) -> AsyncIterator[Item]:
    """The first items of a source, with the text of their pages where it is set so."""
    found: list[Item] = []
    async for thing in source.collect(http, Cursor(source.key)):
        if isinstance(thing, Item):
            found.append(thing)
        if len(found) >= number:
            break
    for item in await Pages(http, source.key).filled(found) if source.full_text else found:
        yield item


def _plain(settings: Mapping[str, Any]) -> None:
    """Rejected where a value names a variable of this machine, or holds what no store keeps."""
    for name, value in settings.items():
        if isinstance(value, str) and "${" in value:
            raise Rejected(f"{name!r} may not name a variable; only the file of sources may")
        if isinstance(value, str) and CONTROL.search(value):
            raise Rejected(f"{name!r} should hold no control characters, found {value[:80]!r}")


@contextmanager
def _told_of(address: str) -> Iterator[None]:
    """What hinders us is told to whoever named the address: another one may do."""
    try:
        yield
    except Misconfigured as fault:
        raise Conflict(str(fault)) from fault
    except Rejected as fault:
        raise Missing(str(fault)) from fault
    except (Unavailable, Denied) as fault:
        raise Missing(f"{address!r} does not let itself be read: {fault}") from fault
    except TimeoutError as fault:
        raise Missing(f"{address!r} did not answer within {PATIENCE:g} s") from fault
