"""Who calls, and what a route asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from trend_agent.api.access.asked import only_known_parameters
from trend_agent.errors import Unavailable
from trend_agent.storage.access import SCOPES, Scope

PLACE = "trend_agent.principal"
"""Where the principal stands in the scope of a request (ASGI)."""

DEGRADED = "trend_agent.degraded"
"""Stands there while requests cannot be counted over all processes."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. `scopes` holds all that is allowed, the contained ones as well."""

    kind: Literal["anonymous", "key", "session"]
    key_id: str = ""
    name: str = ""
    scopes: frozenset[Scope] = frozenset()

    @property
    def caller(self) -> str:
        """What tells one caller from another: their key, or the name another service gave them; else nothing."""
        return self.key_id or (f"{self.kind} {self.name}" if self.name else "")

    @property
    def owner(self) -> str:
        """Under what is kept that is theirs alone. Strangers are told from everybody who is known."""
        return self.caller or self.kind


READER = Principal("anonymous", scopes=frozenset({"read"}))
"""Somebody without a key, where reading needs none."""


def contained(scope: Scope) -> frozenset[Scope]:
    """The scope with all that it contains."""
    return frozenset(SCOPES[: SCOPES.index(scope) + 1])


def principal_of(asgi: Mapping[str, Any]) -> Principal:
    """Who made this request."""
    return cast(Principal, asgi.get(PLACE, READER))


@dataclass(frozen=True, slots=True)
class Needs:
    """Lets only those through who have the scope: 401 for who is not known, 403 for who is and may not."""

    scope: Scope

    async def __call__(self, connection: HTTPConnection) -> None:
        if self.scope == "admin" and DEGRADED in connection.scope:
            raise Unavailable("requests cannot be counted over all processes: administration is closed")
        self.check(principal_of(connection.scope))
        if connection.scope["type"] == "http":
            only_known_parameters(connection.scope)

    def check(self, principal: Principal) -> None:
        if self.scope in principal.scopes:
            return
        if principal.kind == "anonymous":
            raise HTTPException(
                401,
                f"this needs a key with the scope {self.scope}, as `Authorization: Bearer trend_…`",
                {"WWW-Authenticate": f'Bearer realm="trend", scope="{self.scope}"'},
            )
        raise HTTPException(403, f"this needs the scope {self.scope}, which {principal.name!r} has not")


async def _caller(connection: HTTPConnection) -> Principal:
    return principal_of(connection.scope)


Caller = Annotated[Principal, Depends(_caller)]
"""Who called, as a parameter of a route."""

READ = Depends(Needs("read"))
WRITE = Depends(Needs("write"))
ADMIN = Depends(Needs("admin"))
