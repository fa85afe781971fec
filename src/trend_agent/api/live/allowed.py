"""Whether who opened something long may go on with it: a key may be revoked meanwhile, a login end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from trend_agent.api.access import principal_of
from trend_agent.api.access.diary import address_of
from trend_agent.api.access.serving import Access
from trend_agent.api.access.shown import COOKIE, counted
from trend_agent.errors import TrendError

EVERY = 0.4
"""Seconds between two looks. What is found is believed for half a second; within one a revoked key is refused."""


def came_from(asgi: Mapping[str, Any]) -> str:
    """Under what address who opened this is counted."""
    client = asgi.get("client")
    return counted(address_of(asgi) or (client[0] if client else ""))


async def refused(asgi: Mapping[str, Any], access: Access | None, *, key: str = "") -> None:
    """Return when what was shown, or the `key` that was shown later, opens nothing any more."""
    cookie = "" if key else _cookie(asgi)
    key = key or _key(asgi)
    if access is None or not (key or cookie) or principal_of(asgi).kind == "anonymous":
        await asyncio.Event().wait()
    assert access is not None
    while True:
        await asyncio.sleep(EVERY)
        try:
            found = await (access.known.by_key(key) if key else access.known.by_cookie(cookie))
        except TrendError:  # the records are away: it may go on until they say otherwise
            continue
        if found is None:
            return


def _key(asgi: Mapping[str, Any]) -> str:
    shown = next((value for name, value in asgi["headers"] if name == b"authorization"), b"")
    kind, _, key = shown.partition(b" ")
    return key.strip().decode("latin-1") if kind.lower() == b"bearer" else ""


def _cookie(asgi: Mapping[str, Any]) -> str:
    shown = b"; ".join(value for name, value in asgi["headers"] if name == b"cookie").decode("latin-1")
    parts = (part.strip().partition("=") for part in shown.split(";"))
    return next((value for name, _, value in parts if name == COOKIE), "")
