"""Asking over HTTP: one request in, one answer or one clear error out, whatever the other side does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict
from yarl import URL

from trend_agent import __version__
from trend_agent.egress.addresses import AddressPolicy, shown
from trend_agent.egress.answers import (
    LONGEST_REFUSAL,
    Explain,
    Response,
    refusal,
    retry_after,
    unpacked,
    validators,
)
from trend_agent.egress.connect import Lookups, PublicResolver, public_socket
from trend_agent.egress.hosts import Hosts
from trend_agent.errors import Rejected, TrendError, Unavailable

USER_AGENT = f"trend-agent/{__version__} (feed reader; honours 429, Retry-After, ETag)"

REDIRECTS = {301, 302, 303, 307, 308}

CONDITIONS = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}

KEPT_ELSEWHERE = {"accept", "accept-language", *map(str.lower, CONDITIONS)}
"""Headers that follow a redirect to another origin; all others could be credentials."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost, in seconds and bytes, and how hosts are spared.

    `deadline` is for the whole exchange with all its redirects. `body` holds for the body as sent and as
    unpacked. `pace` is the least time between two requests to a host.
    """

    deadline: float = 30.0
    connect: float = 10.0
    lookup: float = 5.0
    body: int = 10 << 20
    header: int = 16 << 10
    headers: int = 100
    redirects: int = 3
    together: int = 64
    pace: float = 0.2


class Http:
    """The program's way out, as an async context manager.

    Raises Rejected (an address or answer we will not take), Denied, Missing, Gone or Unavailable.
    Proxies and credentials of the environment are not used; cookies are not kept.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy | None = None,
        limits: Limits | None = None,
        user_agent: str = USER_AGENT,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.policy = policy or AddressPolicy()
        self.limits = limits or Limits()
        self._agent = user_agent
        self._resolver = resolver
        self._hosts = Hosts(pace=self.limits.pace)
        self._slots = asyncio.Semaphore(self.limits.together)

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=PublicResolver(self.policy, self._resolver or Lookups(), seconds=self.limits.lookup),
            socket_factory=public_socket(self.policy),
            use_dns_cache=False,
            limit=0,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._agent, "Accept-Encoding": "gzip"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.limits.connect),
            auto_decompress=False,
            trust_env=False,
            max_line_size=self.limits.header,
            max_field_size=self.limits.header,
            max_headers=self.limits.headers,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        validators: Mapping[str, str] | None = None,
        at_once: int = 1,
        explain: Explain | None = None,
    ) -> Response:
        """The answer to a GET: 200, or 304 where `validators` of an earlier answer are given.

        `at_once` is how many requests this host may have together; more than one only where its
        documentation allows it. `explain` names the error that another answer stands for.
        """
        asked = conditional(headers or {}, validators or {})
        target = self.policy.parsed(url)
        async with self._turn(target, at_once):
            return await self._followed(target, asked, explain)

    async def post(
        self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, explain: Explain | None = None
    ) -> Any:
        """The JSON answered to a POST of JSON. Sent once and not redirected: who asks decides on another try."""
        said = {"Content-Type": "application/json", **(headers or {})}
        return read_json(await self._sent(url, orjson.dumps(body), said, explain))

    async def submit(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        explain: Explain | None = None,
    ) -> Response:
        """The answer, of status 200 to 299, to a POST of a form. Sent once and not redirected."""
        said = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self._sent(url, urlencode(form).encode(), said, explain)

    async def _sent(
        self, url: str, body: bytes, headers: Mapping[str, str], explain: Explain | None
    ) -> Response:
        target = self.policy.parsed(url)
        async with self._turn(target, 1):
            answer = await self._exchanged(target, CIMultiDict(headers), body=body, explain=explain)
        if not isinstance(answer, Response):
            raise Rejected(f"{shown(target)!r} redirects a POST to {shown(answer)!r}")
        return answer

    @asynccontextmanager
    async def _turn(self, target: URL, at_once: int) -> AsyncIterator[None]:
        async with self._hosts.turn(target, at_once=at_once), self._slots:
            try:
                async with asyncio.timeout(self.limits.deadline):
                    yield
            except TimeoutError as fault:
                raise Unavailable(f"{shown(target)!r} took over {self.limits.deadline:g} s") from fault

    async def json(self, url: str, *, headers: Mapping[str, str] | None = None, at_once: int = 1) -> Any:
        """The JSON at an address; Rejected where it is none, is nested over 1,024 deep or holds NaN."""
        return read_json(await self.get(url, headers=headers, at_once=at_once))

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

    async def _followed(self, url: URL, headers: CIMultiDict[str], explain: Explain | None) -> Response:
        first = url
        for _ in range(self.limits.redirects + 1):
            answer = await self._exchanged(url, headers, explain=explain)
            if isinstance(answer, Response):
                return answer
            if answer.origin() != url.origin():
                headers = without_credentials(headers)
            url = answer
        raise Rejected(f"{shown(first)!r} redirects more than {self.limits.redirects} times")

    async def _exchanged(
        self,
        url: URL,
        headers: CIMultiDict[str],
        *,
        body: bytes | None = None,
        explain: Explain | None = None,
    ) -> Response | URL:
        """One request, a POST where it has a body: the answer, or where it redirects to.

        A connection that breaks before it answers a GET is tried once more, by aiohttp.
        """
        ask = self._session.get if body is None else partial(self._session.post, data=body)
        try:
            async with ask(url, headers=headers, allow_redirects=False) as reply:
                if reply.status in REDIRECTS:
                    return self._next(url, reply.headers.get("Location", ""))
                if reply.status == 200 or (reply.status == 304 and known_of(headers)):
                    return await self._answer(url, reply, sent=known_of(headers))
                if body is not None and 200 <= reply.status < 300:
                    return await self._answer(url, reply, sent={})
                raise await self._refusal(url, reply, explain)
        except aiohttp.ClientError as fault:
            raise translated(fault, url) from fault

    def _next(self, url: URL, location: str) -> URL:
        if not location:
            raise Rejected(f"{shown(url)!r} redirects without saying where to")
        return self.policy.parsed(location, base=url)

    async def _answer(self, url: URL, reply: aiohttp.ClientResponse, *, sent: dict[str, str]) -> Response:
        headers = named(reply)
        known = validators(headers)
        if reply.status == 304:
            return Response(304, str(url), headers, validators=sent | known)
        return Response(
            reply.status, str(url), headers, await self._body(url, reply, self.limits.body), known
        )

    async def _refusal(self, url: URL, reply: aiohttp.ClientResponse, explain: Explain | None) -> TrendError:
        """The error it stands for; where its host says for how long it wants to be spared, it is."""
        headers = named(reply)
        wait = retry_after(headers.get("retry-after"), datetime.now(UTC))
        fault = refusal(reply.status, shown(url), wait)
        if explain:
            try:
                body = await self._body(url, reply, LONGEST_REFUSAL)
            except (Rejected, Unavailable, aiohttp.ClientError):
                body = b""  # its status says enough
            fault = explain(Response(reply.status, str(url), headers, body)) or fault
        if wait and reply.status in {429, 503}:
            self._hosts.close(url, wait)
        return fault

    async def _body(self, url: URL, reply: aiohttp.ClientResponse, most: int) -> bytes:
        parts: list[bytes] = []
        size = reply.content_length or 0
        if size <= most:
            size = 0
            async for part in reply.content.iter_any():
                size += len(part)
                parts.append(part)
                if size > most:
                    break
        if size > most:
            raise Rejected(f"{shown(url)!r} answered with over {most} bytes")
        coding = ", ".join(reply.headers.getall("Content-Encoding", [])).strip().lower()
        return unpacked(b"".join(parts), coding, most)


def named(reply: aiohttp.ClientResponse) -> dict[str, str]:
    """Headers by their lower-case names; where one came several times the last counts."""
    return {name.lower(): value for name, value in reply.headers.items()}


def read_json(answer: Response) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as fault:
        raise Rejected(f"{shown(URL(answer.url))!r} answered no JSON ({fault})") from fault


def conditional(headers: Mapping[str, str], known: Mapping[str, str]) -> CIMultiDict[str]:
    """The headers to send, with the validators of an earlier answer."""
    echoed = {header: known[name] for header, name in CONDITIONS.items() if known.get(name)}
    return CIMultiDict({**headers, **echoed})


def known_of(headers: CIMultiDict[str]) -> dict[str, str]:
    """The validators that were sent."""
    return {name: headers[header] for header, name in CONDITIONS.items() if header in headers}


def without_credentials(headers: CIMultiDict[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() in KEPT_ELSEWHERE)


def translated(fault: aiohttp.ClientError, url: URL) -> TrendError:
    """What a failure of the connection means for us."""
    cause = fault.os_error.strerror if isinstance(fault, aiohttp.ClientConnectorError) else None
    said = " ".join((cause or str(fault)).split())[:200] or type(fault).__name__
    if isinstance(fault, aiohttp.InvalidURL | aiohttp.ClientResponseError):
        return Rejected(f"{shown(url)!r} does not speak proper HTTP ({said})")
    if isinstance(fault, aiohttp.ClientSSLError):
        return Unavailable(f"{shown(url)!r} shows no valid certificate ({said})")
    return Unavailable(f"{shown(url)!r} does not answer ({said})")
