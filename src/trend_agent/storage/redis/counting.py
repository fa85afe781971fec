"""Counting in Redis, for limits that hold over all processes."""

from __future__ import annotations

from math import ceil
from typing import cast

from trend_agent.storage.address import Address
from trend_agent.storage.redis import connected, our_errors

SECONDS = 1.0
"""How long an answer may take: a request waits for it."""

ADD = """
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return count
"""


class RedisCounter:
    """Counts under `prefix`, which tells installations on one Redis apart."""

    def __init__(self, address: Address, *, prefix: str) -> None:
        seconds = address.number("timeout", SECONDS)
        address.known({"timeout"})
        self.address = address
        self.prefix = prefix
        self._redis = connected(address, seconds=seconds)
        self._add = self._redis.register_script(ADD)

    async def add(self, name: str, amount: int, *, seconds: float) -> int:
        with our_errors(self.address):
            args = [amount, ceil(seconds * 1000)]
            return cast(int, await self._add(keys=[f"{self.prefix}:{name}"], args=args))

    async def close(self) -> None:
        with our_errors(self.address):
            await self._redis.aclose()
