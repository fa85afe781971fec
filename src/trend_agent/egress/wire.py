"""One request on the wire and its answer, within bounds: every connection of the program is made in here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from trend_agent.egress.addresses import AddressPolicy, shown
from trend_agent.egress.connect import Lookups, PublicResolver, public_socket
from trend_agent.errors import Rejected, TrendError, Unavailable

BODILESS = {301, 302, 303, 304, 307, 308}
"""Statuses whose body nobody wants: it is not read."""

COMPLAINT = 64 << 10
"""Bytes the body of an error may have to be listened to; no more is read."""

HEADS = 20
"""Heads of an answer: the one that counts and the `100 Continue` and `103 Early Hints` before it."""

LARGE = 1 << 20
"""A body over so many bytes takes one of the places for large ones."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost, in seconds and bytes, and how hosts are spared.

    `deadline` is for the whole exchange with all its redirects, without the wait for a host's turn. `body` holds
    for the body as sent and as unpacked; `large` bodies of over 1 MiB are received at once. `together` requests
    are open at once. `pace` is the least time between two requests to a host.
    """

    deadline: float = 20.0
    connect: float = 10.0
    lookup: float = 5.0
    body: int = 10 << 20
    header: int = 16 << 10
    headers: int = 100
    redirects: int = 3
    together: int = 128
    large: int = 8
    pace: float = 0.2


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `headers` have lower-case names; where one came several times the last counts.

    `body` is as sent, its codings in `coding`. Of an error it is cut behind 64 KiB, of a redirect there is none.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    coding: str = ""


class Transport(Protocol):
    """What carries a request to its host and brings the answer back."""

    async def ask(
        self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        """The answer, whatever its status; Rejected or Unavailable where there is none we could take."""

    async def close(self) -> None: ...


class Wire:
    """HTTP/1.1 to whom `policy` lets be asked. Opens when first asked and belongs to that event loop.

    Proxies and credentials of the environment are not used, cookies are not kept, nothing is followed.
    """

    def __init__(
        self, policy: AddressPolicy, limits: Limits, *, resolver: AbstractResolver | None = None
    ) -> None:
        self._policy = policy
        self._limits = limits
        self._resolver = resolver
        self._large = asyncio.Semaphore(limits.large)
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        """A connection that breaks before it answers a GET is tried once more, by aiohttp."""
        try:
            async with self._opened().request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                return Reply(
                    answer.status,
                    {name.lower(): value for name, value in answer.headers.items()},
                    b"" if answer.status in BODILESS else await self._body(url, answer),
                    ", ".join(answer.headers.getall("Content-Encoding", [])).strip().lower(),
                )
        except (aiohttp.ClientError, OSError) as fault:
            raise translated(fault, url) from fault

    async def _body(self, url: URL, answer: aiohttp.ClientResponse) -> bytes:
        fine = 200 <= answer.status < 300
        most = self._limits.body if fine else COMPLAINT
        if fine and (answer.content_length or 0) > most:
            raise too_large(url, most)
        parts, size, held = [], 0, False
        try:
            async for part in answer.content.iter_any():
                parts.append(part)
                size += len(part)
                if size > most:
                    break
                if size > LARGE and not held:
                    held = await self._large.acquire()
        finally:
            if held:
                self._large.release()
        if fine and size > most:
            raise too_large(url, most)
        return b"".join(parts)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            limits, policy = self._limits, self._policy
            names = PublicResolver(policy, self._resolver or Lookups(), seconds=limits.lookup)
            self._session = aiohttp.ClientSession(
                connector=_Connector(
                    limits.body,
                    resolver=names,
                    socket_factory=public_socket(policy),
                    use_dns_cache=False,
                    limit=0,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers={"Accept-Encoding", "Content-Type"},
                max_line_size=limits.header,
                max_field_size=limits.header,
                max_headers=limits.headers,
            )
        return self._session

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None


class _Connector(aiohttp.TCPConnector):
    """Connections whose answers are metered; aiohttp has no argument for it."""

    def __init__(self, body: int, **settings: Any) -> None:
        super().__init__(**settings)
        room = body + body // 4 + (256 << 10)
        self._factory = partial(_Metered, asyncio.get_running_loop(), room=room)  # type: ignore[assignment]


class _Metered(ResponseHandler):
    """Ends a connection whose answer takes more than `room` bytes with all its framing, or has too many heads.

    A limit on bodies alone does not bound the work: chunks of one byte and interim answers without end pass by it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, room: int) -> None:
        super().__init__(loop)
        self._most = self._room = room
        self._heads = HEADS

    def set_response_params(self, **settings: Any) -> None:
        self._room, self._heads = self._most, HEADS
        super().set_response_params(**settings)

    def data_received(self, data: bytes) -> None:
        self._room -= len(data)
        if self._room < 0:
            self._end("its framing is larger than what it frames")
        else:
            super().data_received(data)

    def feed_data(self, data: Any, size: int = 0) -> None:
        self._heads -= 1
        if self._heads < 0:
            self._end(f"over {HEADS} heads of answers")
        else:
            super().feed_data(data, size)

    def _end(self, reason: str) -> None:
        fault = aiohttp.ClientPayloadError(reason)
        self.set_exception(fault)
        if self._payload is not None:
            self._payload.set_exception(fault)
        if self.transport is not None:
            self.transport.abort()


def too_large(url: URL, most: int) -> Rejected:
    return Rejected(f"{shown(url)!r} answered with over {most} bytes")


def translated(fault: aiohttp.ClientError | OSError, url: URL) -> TrendError:
    """What a failure of the connection means for us."""
    cause = fault.os_error.strerror if isinstance(fault, aiohttp.ClientConnectorError) else None
    said = " ".join((cause or str(fault)).split())[:200] or type(fault).__name__
    if isinstance(fault, aiohttp.InvalidURL | aiohttp.ClientResponseError):
        return Rejected(f"{shown(url)!r} does not speak proper HTTP ({said})")
    if isinstance(fault, aiohttp.ClientSSLError):
        return Unavailable(f"{shown(url)!r} shows no valid certificate ({said})")
    return Unavailable(f"{shown(url)!r} does not answer ({said})")
