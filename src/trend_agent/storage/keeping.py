"""Between a cache and whoever wants an answer: a cache that is broken or flushed makes things slower, never wrong.

An answer is kept under a key that names all it depends on, a version first of all; so nothing ever has to be
made invalid. What comes back is compared with its checksum, which takes in the key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from time import monotonic

from trend_agent.errors import TrendError
from trend_agent.observability import metrics
from trend_agent.observability.log import logger
from trend_agent.storage.ports.cache import Cache

log = logger("cache")
CHECKSUM = 16
PAUSE = 5.0
"""Seconds a cache is left alone after a fault, so that not every answer waits for it."""

Make = Callable[[], Awaitable[bytes]]


class Keeping:
    """Answers from a cache, or made and kept. Whoever asks for what is just being made waits for that one."""

    def __init__(self, cache: Cache, *, prefix: str = "trend", pause: float = PAUSE) -> None:
        self.cache = cache
        self.prefix = prefix
        self.pause = pause
        self.fault = ""
        self._again_at = 0.0
        self._making: dict[str, asyncio.Task[bytes]] = {}

    async def answer(self, *parts: str, make: Make, seconds: float) -> bytes:
        """The bytes kept under these parts of a key; otherwise what `make` returns, kept for `seconds`."""
        key = self._key(parts)
        found = await self._found(key)
        if found is not None:
            return found
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._made(key, make, seconds))
            task.add_done_callback(lambda _: self._making.pop(key, None))
        # One who stops waiting must not stop it for the others.
        return await asyncio.shield(task)

    async def clear(self) -> None:
        """Forget every answer that is kept. Unavailable or Denied where the cache does not let us."""
        await self.cache.clear(f"{self.prefix}:")

    def _key(self, parts: tuple[str, ...]) -> str:
        """A short key, whatever the parts hold: lengths keep ("a", "bc") and ("ab", "c") apart."""
        seen = blake2b(digest_size=20)
        for part in parts:
            seen.update(b"%d:" % len(part) + part.encode("utf-8", "surrogatepass"))
        return f"{self.prefix}:{seen.hexdigest()}"

    async def _found(self, key: str) -> bytes | None:
        if monotonic() < self._again_at:
            metrics.cache_read("fault")
            return None
        try:
            kept = await self.cache.get(key)
        except TrendError as fault:
            self._broken(fault)
            metrics.cache_read("fault")
            return None
        self._mended()
        value, outcome = _judged(key, kept)
        metrics.cache_read(outcome)
        return value

    async def _made(self, key: str, make: Make, seconds: float) -> bytes:
        value = await make()
        if monotonic() >= self._again_at:
            try:
                await self.cache.put(key, _checksum(key, value) + value, seconds=seconds)
            except TrendError as fault:
                self._broken(fault)
        return value

    def _broken(self, fault: TrendError) -> None:
        if not self.fault:
            log.error("the cache is broken; answers are made anew", error=str(fault))
        self.fault = str(fault)
        self._again_at = monotonic() + self.pause

    def _mended(self) -> None:
        if self.fault:
            log.warning("the cache answers again")
        self.fault = ""


def _judged(key: str, kept: bytes | None) -> tuple[bytes | None, metrics.CacheOutcome]:
    if kept is None:
        return None, "miss"
    value = kept[CHECKSUM:]
    return (value, "hit") if kept[:CHECKSUM] == _checksum(key, value) else (None, "damaged")


def _checksum(key: str, value: bytes) -> bytes:
    return blake2b(value, digest_size=CHECKSUM, key=key.encode()[-64:]).digest()
