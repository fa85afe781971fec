"""Names to addresses, and addresses to sockets: where the policy is applied, to what is connected to."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from trend_agent.egress.addresses import AddressPolicy
from trend_agent.errors import Rejected, Unavailable

THREADS = 32
"""Names looked up at once."""

TRIED = 4
"""Addresses of one name that are tried at most."""


class Lookups(AbstractResolver):
    """The system's resolver, in threads of its own: names that hang hold up nobody but themselves."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(hostname=host, host=str(where[0]), port=port, family=kind, proto=protocol, flags=0)
            for kind, _, protocol, _, where in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class PublicResolver(AbstractResolver):
    """Resolves a name through `inner`, and refuses it as a whole where any of its addresses is not public."""

    def __init__(self, policy: AddressPolicy, inner: AbstractResolver, *, seconds: float) -> None:
        self._policy = policy
        self._inner = inner
        self._seconds = seconds

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        try:
            async with asyncio.timeout(self._seconds):
                answers = await self._inner.resolve(host, port, family)
        except TimeoutError as fault:
            raise Unavailable(f"the name {host!r} did not resolve within {self._seconds:g} s") from fault
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
