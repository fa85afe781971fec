"""Asking over HTTP: one request in, one answer or one clear error out, whatever the other side does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Set
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

import orjson
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict
from yarl import URL

from trend_agent import __version__
from trend_agent.egress.addresses import AddressPolicy, shown
from trend_agent.egress.answers import Explain, Response, meaning, rest_wanted, unpacked, validators
from trend_agent.egress.hosts import PATIENCE, Hosts, Memory, place
from trend_agent.egress.robots import Robots
from trend_agent.egress.wire import Limits, Reply, Transport, Wire
from trend_agent.errors import Denied, Rejected, Unavailable


def agent(contact: str = "") -> str:
    """Who we are, to those we ask; `contact` is where they can reach the operator."""
    return f"trend-agent/{__version__} ({f'{contact}; ' if contact else ''}feed reader; honours Retry-After, ETag)"


REDIRECTS = {301, 302, 303, 307, 308}

DONE = frozenset(range(200, 300))
"""What a request that changes something may answer when it went well."""

CONDITIONS = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}

KEPT_ELSEWHERE = {"accept", "accept-language", *map(str.lower, CONDITIONS)}
"""Headers that follow a redirect to another origin; all others could be credentials."""

Query = Mapping[str, str | int]


class Http:
    """The program's way out, as an async context manager.

    Raises Rejected (an address or answer we will not take), Denied, Missing, Gone or Unavailable. `memory` is where
    it is kept which hosts want to be left alone.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy | None = None,
        limits: Limits | None = None,
        contact: str = "",
        resolver: AbstractResolver | None = None,
        transport: Transport | None = None,
        memory: Memory | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.policy = policy or AddressPolicy()
        self.limits = limits or Limits()
        self._always = {"User-Agent": agent(contact), "Accept-Encoding": "gzip"}
        self._transport = transport or Wire(self.policy, self.limits, resolver=resolver)
        self._memory = memory
        self._now = now
        self._hosts = Hosts(pace=self.limits.pace)
        self._slots = asyncio.Semaphore(self.limits.together)
        self._robots = Robots(self.get)

    async def __aenter__(self) -> Self:
        known = await self._memory.rests(self._now()) if self._memory else {}
        for where, until in known.items():
            self._hosts.close(where, (until - self._now()).total_seconds())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.close()

    async def get(
        self,
        url: str,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        validators: Mapping[str, str] | None = None,
        at_once: int = 1,
        robots: bool = False,
        explain: Explain | None = None,
    ) -> Response:
        """The answer to a GET: 200, or 304 where `validators` of an earlier answer are given.

        `query` is added to the address. `at_once` is how many requests this host may have together; more than one
        only where its documentation allows it. With `robots` a page that the host's robots.txt keeps from us is
        Denied: for pages found on the way; a feed or an API is there to be read by programs.
        """
        asked = conditional(headers or {}, validators or {})
        target = self._parsed(url, query)
        return await self._followed(target, asked, at_once=at_once, robots=robots, explain=explain)

    async def json(
        self,
        url: str,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        at_once: int = 1,
        explain: Explain | None = None,
    ) -> Any:
        """The JSON at an address; Rejected where it is none, is nested over 1,024 deep or holds NaN."""
        return (await self.get(url, query=query, headers=headers, at_once=at_once, explain=explain)).json()

    async def jsons(self, urls: Iterable[str], *, at_once: int) -> AsyncIterator[Any]:
        """The JSON at each address, in order, `at_once` requests together; the first error ends it."""
        waiting = list(urls)
        while waiting:
            batch, waiting = waiting[:at_once], waiting[at_once:]
            tasks = [asyncio.ensure_future(self.json(url, at_once=at_once)) for url in batch]
            try:
                for task in tasks:
                    yield await task
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def post(
        self,
        url: str,
        body: Any,
        *,
        headers: Mapping[str, str] | None = None,
        explain: Explain | None = None,
    ) -> Any:
        """The JSON answered to a POST of JSON."""
        said = {"Content-Type": "application/json", **(headers or {})}
        return (await self.send(url, orjson.dumps(body), headers=said, explain=explain)).json()

    async def submit(
        self,
        url: str,
        form: Query,
        *,
        headers: Mapping[str, str] | None = None,
        explain: Explain | None = None,
    ) -> Response:
        """The answer, of a status from 200 to 299, to a POST of a form, as for OAuth tokens and WebSub hubs."""
        said = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self.send(url, urlencode(form).encode(), headers=said, explain=explain)

    async def send(
        self,
        url: str,
        body: bytes,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        at_once: int = 1,
        explain: Explain | None = None,
    ) -> Response:
        """The answer, of a status from 200 to 299, to a request with a body.

        Sent once and not redirected: who asks decides on another try.
        """
        target = self._parsed(url, None)
        said = CIMultiDict(headers or {})
        async with self._hosts.turn(target, at_once=at_once), self._slots:
            reply = await self._exchanged(method, target, said, _Clock(self.limits.deadline), body)
        if reply.status in REDIRECTS:
            raise Rejected(f"{shown(target)!r} redirects a {method}, which is not followed")
        return self._answer(target, reply, DONE, explain)

    async def rest(self, url: str, seconds: float) -> None:
        """Leave the host of an address alone for so long, as its answers ask: by their headers, or in their words
        (`backoff`). Kept in the memory, so that it holds over a restart."""
        where = place(URL(url))
        self._hosts.close(where, seconds)
        if self._memory and seconds > PATIENCE:
            await self._memory.rest(where, self._now() + timedelta(seconds=seconds))

    def _parsed(self, url: str, query: Query | None) -> URL:
        target = self.policy.parsed(url)
        return target.update_query(query) if query else target

    async def _followed(
        self, url: URL, headers: CIMultiDict[str], *, at_once: int, robots: bool, explain: Explain | None
    ) -> Response:
        """Each hop takes its own host's turn, and leaves the one before first: nobody waits for each other."""
        first, clock, moved = url, _Clock(self.limits.deadline), True
        for _ in range(self.limits.redirects + 1):
            if robots and not await self._robots.allow(url):
                raise Denied(f"the robots.txt of {str(url.origin())!r} keeps {shown(url)!r} from us")
            async with self._hosts.turn(url, at_once=at_once), self._slots:
                reply = await self._exchanged("GET", url, headers, clock)
            if reply.status not in REDIRECTS:
                answer = self._answer(url, reply, {200}, explain, sent=known_of(headers))
                return replace(answer, moved=moved and url is not first)
            moved = moved and reply.status in {301, 308}
            url, headers = self._next(url, reply, headers)
        raise Rejected(f"{shown(first)!r} redirects more than {self.limits.redirects} times")

    def _next(self, url: URL, reply: Reply, headers: CIMultiDict[str]) -> tuple[URL, CIMultiDict[str]]:
        if not (location := reply.headers.get("location", "")):
            raise Rejected(f"{shown(url)!r} redirects without saying where to")
        target = self.policy.parsed(location, base=url)
        return target, headers if target.origin() == url.origin() else without_credentials(headers)

    async def _exchanged(
        self, method: str, url: URL, headers: CIMultiDict[str], clock: _Clock, body: bytes | None = None
    ) -> Reply:
        said = CIMultiDict(self._always)
        said.update(headers)
        async with clock.running(url):
            reply = await self._transport.ask(method, url, headers=said, body=body)
        if wait := rest_wanted(reply.status, reply.headers, self._now()):
            await self.rest(str(url), wait)
        return reply

    def _answer(
        self,
        url: URL,
        reply: Reply,
        hoped: Set[int],
        explain: Explain | None,
        sent: Mapping[str, str] | None = None,
    ) -> Response:
        known = validators(reply.headers)
        if reply.status == 304 and sent:
            return Response(304, str(url), reply.headers, validators={**sent, **known})
        if reply.status not in hoped:
            raise meaning(url, reply, explain, self._now())
        body = unpacked(reply.body, reply.coding, self.limits.body)
        return Response(reply.status, str(url), reply.headers, body, known)


class _Clock:
    """The time an exchange has left; it stands still while a host's turn is waited for."""

    def __init__(self, seconds: float) -> None:
        self._whole = self._left = seconds

    @asynccontextmanager
    async def running(self, url: URL) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._left):
                yield
        except TimeoutError as fault:
            raise Unavailable(f"{shown(url)!r} took over {self._whole:g} s") from fault
        self._left -= loop.time() - began


def conditional(headers: Mapping[str, str], known: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers to send, with the validators of an earlier answer."""
    echoed = {header: known[name] for header, name in CONDITIONS.items() if known.get(name)}
    return CIMultiDict({**headers, **echoed})


def known_of(headers: CIMultiDict[str]) -> dict[str, str]:
    """The validators that were sent."""
    return {name: headers[header] for header, name in CONDITIONS.items() if header in headers}


def without_credentials(headers: CIMultiDict[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() in KEPT_ELSEWHERE)
