"""Asking a service of the operator's own, such as a database that speaks HTTP.

Its address comes from the settings and may be a private one, which no address from outside ever may be here. So
a `Service` is bound to that one origin: it follows no redirect and has no way to ask anywhere else.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence

from yarl import URL

from trend_agent import __version__
from trend_agent.egress.addresses import NamedOrigin
from trend_agent.egress.wire import Limits, Reply, Wire
from trend_agent.errors import Unavailable

LIMITS = Limits(body=64 << 20, large=64)
"""What it answers may be large: it is ours."""

Query = Mapping[str, str] | Sequence[tuple[str, str]] | str


class Service:
    """One origin, asked without pause; its `Reply` is handed out whatever its status."""

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
        self._wire = Wire(NamedOrigin(str(self._origin)), LIMITS)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The answer, whatever its status; Unavailable when there is none in time."""
        url = self._origin.with_path(path).with_query(query)
        try:
            async with asyncio.timeout(self.seconds):
                return await self._wire.ask(
                    method, url, headers={**self._headers, **(headers or {})}, body=body
                )
        except TimeoutError as fault:
            raise Unavailable(f"{self.name} did not answer within {self.seconds:g} s") from fault
        except Unavailable as fault:
            raise Unavailable(f"{self.name} does not answer: {fault}") from fault

    async def close(self) -> None:
        await self._wire.close()
