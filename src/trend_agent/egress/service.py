"""Asking a service of the operator's own, such as a database that speaks HTTP.

Its address comes from the settings and may be a private one, which no address from outside ever may be here. So
a `Service` is bound to that one origin: it follows no redirect and has no way to ask anywhere else.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
from yarl import URL

from trend_agent import __version__
from trend_agent.errors import Unavailable

LARGEST = 64 << 20
"""Bytes of an answer."""


Query = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Service:
    """One origin. Proxies and credentials of the environment are not used."""

    def __init__(
        self,
        name: str,
        *,
        tls: bool,
        host: str,
        port: int,
        user: str = "",
        password: str = "",
        seconds: float,
    ) -> None:
        self.name = name
        self.seconds = seconds
        self._origin = URL.build(scheme="https" if tls else "http", host=host, port=port)
        self._headers = {"User-Agent": f"trend-agent/{__version__}"}
        if user:
            told = b64encode(f"{user}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {told}"
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, path: str, *, query: Query | None = None, body: bytes | None = None
    ) -> Reply:
        """The answer, whatever its status; Unavailable when there is none in time."""
        try:
            async with (
                asyncio.timeout(self.seconds),
                self._opened().request(
                    method, self._origin.with_path(path), params=query, data=body, allow_redirects=False
                ) as answer,
            ):
                return Reply(answer.status, await self._read(answer), dict(answer.headers))
        except TimeoutError as fault:
            raise Unavailable(f"{self.name} did not answer within {self.seconds:g} s") from fault
        except (aiohttp.ClientError, OSError) as fault:
            raise Unavailable(f"{self.name} does not answer: {fault or type(fault).__name__}") from fault

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for piece in answer.content.iter_chunked(1 << 16):
            body += piece
            if len(body) > LARGEST:
                raise Unavailable(f"{self.name} answers with more than {LARGEST} bytes")
        return bytes(body)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None
