"""What a request is called, how long it may take, and what is written of it into the log.

Nothing of a query, a header or a body is ever logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from time import perf_counter
from typing import Any, Literal, cast

from fastapi import HTTPException, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from trend_agent.api.access.principal import principal_of
from trend_agent.api.access.secrets import MENTIONED
from trend_agent.api.access.shown import Networks, Shown, address
from trend_agent.api.errors import REQUEST_ID, answer
from trend_agent.observability.log import logger

log = logger("access")

Logged = Literal["all", "some", "none"]
SHOWN = "trend_agent.shown"
ADDRESS = "trend_agent.address"
TOLD = "trend_agent.told"
SLOW = 1.0
"""Seconds after which an answer is one of the `some` that are logged."""


def shown_by(asgi: Mapping[str, Any]) -> Shown:
    return cast(Shown, asgi[SHOWN])


def address_of(asgi: Mapping[str, Any]) -> str:
    """Where a request comes from, past proxies that are trusted."""
    return cast(str, asgi.get(ADDRESS, ""))


def request_id_of(asgi: Mapping[str, Any]) -> str:
    return cast(str, asgi.get(REQUEST_ID, ""))


def told_with(asgi: MutableMapping[str, Any], header: tuple[bytes, bytes]) -> None:
    """Let the answer carry a header, whoever makes it."""
    cast(list[tuple[bytes, bytes]], asgi.setdefault(TOLD, [])).append(header)


def answered(fault: Exception, asgi: Mapping[str, Any]) -> Response:
    """A fault as the answer to this request."""
    return answer(fault, request=request_id_of(asgi))


class Diary:
    """Names requests, ends those that take longer than `seconds` to be answered, and logs those `logged` names."""

    def __init__(
        self, app: ASGIApp, *, seconds: float = 60, logged: Logged = "some", proxies: Networks = ()
    ) -> None:
        self.app = app
        self.seconds = seconds
        self.logged = logged
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        shown = scope[SHOWN] = Shown(scope)
        name = scope[REQUEST_ID] = shown.request_id()
        scope[ADDRESS] = address(scope, shown, self.proxies)
        told = scope[TOLD] = [(b"x-request-id", name.encode())]
        bind_contextvars(request_id=name)
        reply = _Reply(send, told)
        try:
            await self._answer(scope, receive, reply)
        finally:
            self._write(scope, reply.status or 500, (reply.began or perf_counter()) - began)

    async def _answer(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        if scope["type"] == "websocket":
            await self.app(scope, receive, reply.send)
            return
        try:
            async with asyncio.timeout(self.seconds) as limit:
                reply.limit = limit
                await self.app(scope, receive, reply.send)
        except TimeoutError:
            if reply.status or not limit.expired():
                raise
            reply.limit = None
            late = HTTPException(503, f"this took longer than {self.seconds:g} s", {"Retry-After": "5"})
            await answered(late, scope)(scope, receive, reply.send)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        if self.logged == "none":
            return
        method = scope.get("method", "WEBSOCKET")
        if self.logged == "some" and method in ("GET", "HEAD") and status < 400 and seconds < SLOW:
            return
        principal = principal_of(scope)
        (log.warning if status >= 500 else log.info)(
            "answered",
            method=method,
            path=MENTIONED.sub("trend_…", scope["path"]),
            status=status,
            ms=round(seconds * 1000, 1),
            address=address_of(scope),
            caller=principal.key_id or principal.kind,
        )


class _Reply:
    """An answer on its way out, which carries what was put into the request's `told`."""

    __slots__ = ("began", "limit", "out", "status", "told")

    def __init__(self, out: Send, told: list[tuple[bytes, bytes]]) -> None:
        self.out = out
        self.told = told
        self.status = 0
        self.began = 0.0
        self.limit: asyncio.Timeout | None = None

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start" or (kind.startswith("websocket.") and not self.status):
            self._start(message)
        await self.out(message)

    def _start(self, message: Message) -> None:
        self.status = message.get("status", 101 if message["type"] == "websocket.accept" else 403)
        self.began = perf_counter()
        if message["type"] != "websocket.close":
            message["headers"] = [*message.get("headers", ()), *self.told]
        if self.limit is not None:
            self.limit.reschedule(None)  # a stream may go on for as long as somebody listens
