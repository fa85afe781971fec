"""Access to one installation, and how an application is put behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, FastAPI, Request
from starlette.middleware.cors import CORSMiddleware

from trend_agent.api.access.diary import Diary, Logged
from trend_agent.api.access.gate import Doors, Gate
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.shown import Networks
from trend_agent.api.access.writes import Writes
from trend_agent.errors import Missing
from trend_agent.storage.sql.access import SqlAccess

if TYPE_CHECKING:
    from trend_agent.api.access.oidc import SignOn

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ASKED_WITH = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "X-Request-ID",
)
TOLD_WITH = ("ETag", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID")


@dataclass(frozen=True, slots=True)
class Access:
    """Who comes in and on what terms.

    `secure`: cookies go over TLS alone. `origins`: whose pages may read answers, exactly; they never get a cookie's
    login. `seconds` is how long an answer may take to begin, `logged` which requests are logged, `proxies` whose
    word on where a request comes from is believed.
    """

    doors: Doors
    secure: bool = False
    origins: Sequence[str] = ()
    seconds: float = 60
    logged: Logged = "some"
    proxies: Networks = ()
    sign_on: SignOn | None = None

    @property
    def known(self) -> Known:
        return self.doors.known

    @property
    def store(self) -> SqlAccess:
        return self.doors.known.store

    def parts(self) -> Mapping[str, str]:
        """How it is with the counting of requests over all processes, where that is done; as of those asked last."""
        shared = [one for one in (self.doors.reads, self.doors.writes) if one and one.counter is not None]
        alone = any(one.degraded for one in shared)
        told = "counted by each process alone; administration is closed" if alone else "fine"
        return {"rates": told} if shared else {}

    async def close(self) -> None:
        await self.known.close()
        for limiter in (self.doors.reads, self.doors.writes):
            if limiter is not None and limiter.counter is not None:
                await limiter.counter.close()
        if self.sign_on is not None:
            await self.sign_on.close()


def guard(app: FastAPI, access: Access) -> None:
    """Let every request come in by the diary, then the gate, then what is written down of it."""
    app.state.access = access
    app.add_middleware(Writes, store=access.store)
    app.add_middleware(Gate, doors=access.doors)
    if access.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(access.origins),
            allow_methods=METHODS,
            allow_headers=ASKED_WITH,
            expose_headers=TOLD_WITH,
        )
    app.add_middleware(Diary, seconds=access.seconds, logged=access.logged, proxies=access.proxies)


def _access(request: Request) -> Access:
    found = getattr(request.app.state, "access", None)
    if found is None:
        raise Missing("no keys are kept here")
    return cast(Access, found)


AtAccess = Annotated[Access, Depends(_access)]
"""The application's access, as a parameter of a route."""
