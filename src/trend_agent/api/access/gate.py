"""Who comes in: says who a request is from, counts it, and turns away who may not even read.

What each route asks beyond that, it says itself.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from trend_agent.api.access import secrets
from trend_agent.api.access.bounds import OWN_BOUNDS, Body, Bounds, check
from trend_agent.api.access.diary import address_of, answered, shown_by, told_with
from trend_agent.api.access.knowing import Known, token_of
from trend_agent.api.access.limits import Limiter
from trend_agent.api.access.principal import DEGRADED, PLACE, READER, Principal
from trend_agent.api.access.shown import Shown, counted, loopback
from trend_agent.errors import TrendError

SAFE = {"GET", "HEAD", "OPTIONS"}
UNCOUNTED = ("/healthz", "/readyz", "/assets/", "/static/", *OWN_BOUNDS)
"""Paths that are nobody's: who calls there is not asked and not counted."""

GUARDED = ("/api/", "/graphql", "/feeds", "/metrics", "/openapi.json")
"""Nothing below these is answered to who may not read."""

FEEDS = "/feeds"
LOGIN = "/api/v1/session"
POLICY = 1008
"""With what a WebSocket is closed that is not let in (RFC 6455)."""

NOBODY = Principal("anonymous")
CHALLENGE = 'Bearer realm="trend"'


@dataclass(frozen=True, slots=True)
class Doors:
    """`anonymous` readers need no key. Who has a token for a WebSocket but no way to send headers shows it later,
    by `known`. `reads` counts every request, `writes` those that may change something as well."""

    known: Known
    anonymous: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    reads: Limiter | None = None
    writes: Limiter | None = None


class Gate:
    """Puts the principal into the scope of each request, or answers it."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self.app = app
        self.doors = doors
        self.stranger = READER if doors.anonymous else NOBODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            receive = await self._let_in(scope, receive)
        except (HTTPException, TrendError) as fault:
            if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
                await send({"type": "websocket.close", "code": POLICY})
            else:
                await answered(fault, scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive) -> Receive:
        path, shown = scope["path"], shown_by(scope)
        method = scope.setdefault("method", "GET") if scope["type"] == "http" else "GET"
        if scope["type"] == "http":
            check(scope, shown, self.doors.bounds)
            if method not in SAFE and not path.startswith(OWN_BOUNDS):
                receive = Body(receive, self.doors.bounds)
        if path.startswith(UNCOUNTED):
            scope[PLACE] = self.stranger
            return receive
        try:
            principal = await self._principal(scope, shown, method)
        except HTTPException:
            await self._count(scope, self.stranger, method)
            raise
        scope[PLACE] = principal
        await self._count(scope, principal, method)
        _may_enter(principal, path, method)
        return receive

    async def _principal(self, scope: Scope, shown: Shown, method: str) -> Principal:
        shown_to_all = scope["path"], scope["query_string"].decode("latin-1")
        if any("trend_" in part and secrets.MENTIONED.search(part) for part in shown_to_all):
            raise _unknown("a key does not belong into an address, which others get to see; revoke it")
        authorization = shown.headers.get(b"authorization")
        if authorization is not None:
            return await self._holder(shown, authorization, feeds=scope["path"].startswith(FEEDS))
        cookie = shown.cookie() if b"cookie" in shown.headers else ""
        found = await self.doors.known.by_cookie(cookie) if cookie else None
        if found is not None:
            _meant(scope, shown, method, cookie)
            return found
        if (
            scope["path"] == "/metrics"
            and loopback(address_of(scope))
            and b"x-forwarded-for" not in shown.headers
        ):
            return READER
        return self.stranger

    async def _holder(self, shown: Shown, authorization: bytes, *, feeds: bool) -> Principal:
        """Who holds the key that is shown. One answer for all that is wrong with it, and none says what."""
        kind, _, key = authorization.partition(b" ")
        if feeds and kind.lower() == b"basic":
            kind, key = b"bearer", _password(key)
        if b"authorization" not in shown.several and kind.lower() == b"bearer" and key.isascii():
            found = await self.doors.known.by_key(key.strip().decode())
            if found is not None:
                return found
        raise _unknown("this key opens nothing here; `Authorization: Bearer trend_…` is how one is shown")

    async def _count(self, scope: MutableMapping[str, Any], principal: Principal, method: str) -> None:
        """Count the request and say in its answer what is left; 429 where nothing is."""
        caller = principal.caller or counted(address_of(scope))
        limiters = (self.doors.reads, self.doors.writes if method not in SAFE else None)
        for limiter in limiters:
            if limiter is None:
                continue
            admitted = await limiter.admits(caller)
            told_with(scope, (b"ratelimit-policy", limiter.policy.encode()))
            told_with(scope, (b"ratelimit", limiter.standing(caller).encode()))
            if limiter.degraded:
                scope[DEGRADED] = True
            if not admitted:
                raise HTTPException(429, limiter.words, {"Retry-After": str(limiter.wait())})


def _password(told: bytes) -> bytes:
    """That of basic authentication, which is what readers of feeds know (RFC 7617)."""
    try:
        return b64decode(told, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def _may_enter(principal: Principal, path: str, method: str) -> None:
    if not path.startswith(GUARDED) or path.startswith(LOGIN):
        return
    if "read" not in principal.scopes or (
        principal.kind == "anonymous" and method not in SAFE and path.startswith("/api/")
    ):
        raise HTTPException(
            401,
            "this needs a key, as `Authorization: Bearer trend_…`, or a login",
            {"WWW-Authenticate": CHALLENGE},
        )


def _meant(scope: Scope, shown: Shown, method: str, cookie: str) -> None:
    """That a page of ours sent this, not one of a stranger's to which the browser added the cookie."""
    if scope["type"] == "websocket":
        if shown.get(b"origin").partition(b"://")[2] != shown.get(b"host"):
            raise HTTPException(403, "a page of another origin cannot use this login")
    elif (method, scope["path"]) == ("POST", LOGIN):
        return  # whoever logs in shows a key
    elif method not in SAFE and not secrets.same(shown.get(b"x-csrf-token"), token_of(cookie)):
        raise HTTPException(403, "this needs the header X-CSRF-Token, which `GET /api/v1/session` tells")


def _unknown(why: str) -> HTTPException:
    return HTTPException(401, why, {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'})
