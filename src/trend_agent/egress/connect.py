"""Names to addresses, and addresses to sockets: where the policy is applied, to what is connected to."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from trend_agent.egress.addresses import AddressPolicy
from trend_agent.errors import Rejected, Unavailable

LOOKUP = 5.0
"""Seconds a name may take to resolve."""

TRIED = 4
"""Addresses of one name that are tried at most."""


class PublicResolver(AbstractResolver):
    """Resolves a name through `inner`, and refuses it as a whole where any of its addresses is not public."""

    def __init__(self, policy: AddressPolicy, inner: AbstractResolver | None = None) -> None:
        self._policy = policy
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        try:
            async with asyncio.timeout(LOOKUP):
                answers = await self._inner.resolve(host, port, family)
        except TimeoutError as fault:
            raise Unavailable(f"the name {host!r} did not resolve within {LOOKUP:.0f} s") from fault
        except OSError as fault:
            raise Unavailable(f"the name {host!r} does not resolve ({fault.strerror or fault})") from fault
        for answer in answers:
            if not self._policy.public(answer["host"]):
                raise Rejected(f"will not ask {host!r}: it resolves to {answer['host']}, which is not public")
        return answers[:TRIED]

    async def close(self) -> None:
        await self._inner.close()


def public_socket(policy: AddressPolicy) -> Any:
    """Makes sockets, but none towards an address the policy refuses: the last check before connecting."""

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, (host, port, *_) = info
        if not (policy.public(host) and policy.port(port)):
            raise Rejected(f"will not connect to {host} port {port}: it is not public")
        return socket.socket(family=family, type=kind, proto=protocol)

    return make
