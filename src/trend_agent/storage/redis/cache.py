"""The cache in Redis, shared by all processes."""

from __future__ import annotations

import re
from math import ceil
from typing import cast

from trend_agent.storage.address import Address
from trend_agent.storage.redis import connected, our_errors

SCANNED = 500
"""Keys that are looked at, and let go, at once."""

SECONDS = 0.25
"""How long an answer may take: what is slower than computing is of no use."""


class RedisCache:
    """`Cache` on a Redis server, which should be given a `maxmemory` and the policy `allkeys-lru`."""

    def __init__(self, address: Address) -> None:
        seconds = address.number("timeout", SECONDS)
        address.known({"timeout"})
        self.address = address
        self._redis = connected(address, seconds=seconds)

    async def get(self, key: str) -> bytes | None:
        with our_errors(self.address):
            return cast(bytes | None, await self._redis.get(key))

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        with our_errors(self.address):
            await self._redis.set(key, value, px=max(1, ceil(seconds * 1000)))

    async def forget(self, *keys: str) -> None:
        if keys:
            with our_errors(self.address):
                await self._redis.delete(*keys)

    async def clear(self, prefix: str) -> None:
        literal = re.sub(r"([\\*?\[\]])", r"\\\1", prefix)
        with our_errors(self.address):
            found: list[bytes] = []
            async for key in self._redis.scan_iter(match=f"{literal}*", count=SCANNED):
                found.append(key)
                if len(found) >= SCANNED:
                    await self._redis.unlink(*found)
                    found.clear()
            if found:
                await self._redis.unlink(*found)

    async def check(self) -> list[str]:
        with our_errors(self.address):
            await self._redis.ping()
        return []

    async def close(self) -> None:
        with our_errors(self.address):
            await self._redis.aclose()
