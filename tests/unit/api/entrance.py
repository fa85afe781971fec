"""An application behind its gate, and everybody who may come to it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from small_newsroom import SmallDesk

from trend_agent.api import application
from trend_agent.api.access import secrets
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.serving import Access
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.database import Database

ELSEWHERE = "203.0.113.7"
"""Where requests come from: not from this machine."""


@dataclass
class Clock:
    """Ours for a test, which sets it."""

    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@dataclass
class Entrance:
    """The application, what it knows of who may come in, and a client that shows what one hands it."""

    app: FastAPI
    access: Access
    client: httpx.AsyncClient
    clock: Clock

    @property
    def known(self) -> Known:
        return self.access.known

    async def key(self, scope: str = "admin", name: str = "somebody", **how: Any) -> dict[str, str]:
        """The header with a new key."""
        return bearing((await self.known.make(name, scope, **how))[1])  # type: ignore[arg-type]


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def client_of(app: FastAPI, address: str = ELSEWHERE) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://test.example")


@asynccontextmanager
async def entrance(
    desk: SmallDesk,
    *,
    anonymous: bool = False,
    believed: float = 0.0,
    database: Database | None = None,
    doors: Mapping[str, Any] | None = None,
    **how: Any,
) -> AsyncIterator[Entrance]:
    """The newsroom's application with its gate; `doors` and `how` are what `Doors` and `Access` take besides."""
    clock = Clock()
    store = SqlAccess(database or desk.records.database)
    known = Known(store, clock=clock, believed=believed)
    access = Access(Doors(known, anonymous=anonymous, **(doors or {})), **how)
    app = application(desk, access=access)
    try:
        async with client_of(app) as client:
            yield Entrance(app, access, client, clock)
    finally:
        await access.close()


async def everybody(entrance: Entrance) -> dict[str, dict[str, str]]:
    """What each kind of caller shows: `none` nothing, the last four something that opens nothing."""
    shown = {scope: await entrance.key(scope, scope) for scope in ("read", "write", "admin")}
    key, text = await entrance.known.make("revoked", "admin")
    await entrance.known.revoke(key.id)
    soon = entrance.clock.now + timedelta(seconds=1)
    expired = await entrance.key("admin", "expired", expires_at=soon)
    entrance.clock.on(seconds=1)
    return {
        "none": {},
        **shown,
        "revoked": bearing(text),
        "expired": expired,
        "foreign": bearing(secrets.made().written),
        "broken": bearing(broken(shown["admin"]["Authorization"].removeprefix("Bearer "))),
    }


def broken(key: str) -> str:
    """The same key with a slip of the pen in its secret."""
    place = len("trend_") + secrets.ID + 5
    return key[:place] + ("x" if key[place] != "x" else "y") + key[place + 1 :]


def sealed_anew(key: str) -> str:
    """A key with the right id, another secret and a checksum that fits: what one who guesses would send."""
    found = secrets.read(key)
    assert found is not None
    return replace(secrets.made(), id=found.id).written
