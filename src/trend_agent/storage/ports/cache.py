"""The port of the cache: answers kept for a while. Whatever it loses is only computed again."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """May forget anything at any time. Every method raises Unavailable or Denied for the backend's faults;
    `storage/keeping.py` stands between it and whoever wants an answer."""

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Keep the value for at most so long."""
        ...

    async def forget(self, *keys: str) -> None: ...

    async def clear(self, prefix: str) -> None:
        """Forget everything under keys that begin so."""
        ...

    async def check(self) -> list[str]:
        """What is wrong with the backend, in words; empty when it can be used."""
        ...

    async def close(self) -> None: ...
