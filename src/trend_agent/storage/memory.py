"""The cache in this process's memory: the default, which needs no service."""

from __future__ import annotations

from time import monotonic

from cachetools import TLRUCache

from trend_agent.storage.address import Address

MEGABYTES = 64.0


class MemoryCache:
    """`Cache` of at most `megabytes`; what has been asked for longest ago goes first."""

    def __init__(self, address: Address) -> None:
        address.known({"megabytes"})
        most = int(address.number("megabytes", MEGABYTES) * 1e6)
        self._kept: TLRUCache[str, tuple[bytes, float]] = TLRUCache(
            most, ttu=_until, timer=monotonic, getsizeof=_bytes
        )

    async def get(self, key: str) -> bytes | None:
        found = self._kept.get(key)
        return found[0] if found else None

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        if _bytes((value, seconds)) <= self._kept.maxsize:
            self._kept[key] = (value, seconds)

    async def forget(self, *keys: str) -> None:
        for key in keys:
            self._kept.pop(key, None)

    async def clear(self, prefix: str) -> None:
        for key in [key for key in self._kept if key.startswith(prefix)]:
            self._kept.pop(key, None)

    async def check(self) -> list[str]:
        return []

    async def close(self) -> None:
        self._kept.clear()


def _until(_: str, kept: tuple[bytes, float], now: float) -> float:
    return now + kept[1]


def _bytes(kept: tuple[bytes, float]) -> int:
    """What a value takes, its key and the bookkeeping counted at 300 bytes."""
    return len(kept[0]) + 300
