"""What changes the world: written into the audit log, and done once however often it is asked for.

An answer is held back until the log has its line, so that what a caller was told of is always in it. With an
`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) the answer is kept in the same transaction and given
again to whoever asks again. A request that was cut off in between stays unanswered: whether it had its effect is for
its sender to look, never for us to guess by doing it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from fastapi import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trend_agent.api.access.bounds import OWN_BOUNDS
from trend_agent.api.access.diary import address_of, answered, request_id_of, shown_by
from trend_agent.api.access.gate import LOGIN, SAFE
from trend_agent.api.access.principal import Principal, principal_of
from trend_agent.errors import TrendError
from trend_agent.observability.log import logger
from trend_agent.storage.access import Deed, Reply
from trend_agent.storage.sql.access import SqlAccess

log = logger("access")

NOTED = "trend_agent.noted"
UNKEPT = "trend_agent.unkept"
LONGEST = 255
LARGEST = 1 << 20
"""Bytes of an answer that are kept to be given again."""

KEY_PATTERN = f'^("[!#-~]{{1,{LONGEST}}}"|[!#-~][!-~]{{0,{LONGEST - 1}}})$'
"""How an Idempotency-Key is written: in quotes, as a text of a structured field is (RFC 9651), or without."""

OPEN = {401, 403, 408, 409, 425, 429, 502, 503}
"""Answers after which the same request may be sent again under the same key: nothing has come of it."""

DONE = (
    "this was done; its answer held a secret, which is not kept: if it did not reach you, have another made"
)
KEPT_HEADERS = {b"content-type", b"location"}

REPEATABLE = {"POST", "PUT", "PATCH", "DELETE"}
"""Methods under which a request may come again under its key; others are their routes' business."""


def note(connection: HTTPConnection, **details: Any) -> None:
    """Let the line of the audit log say this of the request as well; never anything secret."""
    connection.scope.setdefault(NOTED, {}).update(details)


def keep_no_answer(connection: HTTPConnection) -> None:
    """Let nobody be given the answer to this request again: it holds a secret, which is not kept anywhere."""
    connection.scope[UNKEPT] = True


class Writes:
    """Stands around everything that may change something."""

    def __init__(self, app: ASGIApp, store: SqlAccess) -> None:
        self.app = app
        self.store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE or scope["path"].startswith(OWN_BOUNDS):
            await self.app(scope, receive, send)
            return
        scope.setdefault(NOTED, {})
        try:
            once = await self._begun(scope, receive)
        except (HTTPException, TrendError) as fault:
            await answered(fault, scope)(scope, receive, send)
            return
        if once is not None and once.reply is not None:
            await _again(once.reply, send)
            return
        scope = _unpacked(scope) if once else scope
        write = _Write(self.store, scope, send, once)
        try:
            await self.app(scope, once.receive if once else receive, write.send)
        except (Exception, asyncio.CancelledError):  # whatever it was, it is written down and goes on
            await write.broke()
            raise

    async def _begun(self, scope: Scope, receive: Receive) -> _Once | None:
        """What is known of a request that may come again; None where it says no such thing."""
        shown, principal = shown_by(scope), principal_of(scope)
        given = shown.headers.get(b"idempotency-key") if scope["method"] in REPEATABLE else None
        if given is None or "write" not in principal.scopes or scope["path"].startswith(LOGIN):
            return None
        key = _key(given, several=b"idempotency-key" in shown.several)
        body = await _whole(receive)
        found = await self.store.begin(principal.caller, key, _fingerprint(scope, body), datetime.now(UTC))
        once = _Once(principal.caller, key, _fingerprint(scope, body), receive, body, found)
        once.check()
        return once


@dataclass(slots=True)
class _Once:
    """A request under an `Idempotency-Key`, and what was answered to it before, if anything was."""

    caller: str
    key: str
    fingerprint: str
    source: Receive
    body: bytes
    reply: Reply | None
    given: bool = False

    def check(self) -> None:
        if self.reply is None:
            return
        if self.reply.fingerprint != self.fingerprint:
            raise HTTPException(422, f"the Idempotency-Key {self.key!r} was used for another request")
        if self.reply.status is None:
            raise HTTPException(
                409,
                f"a request with the Idempotency-Key {self.key!r} is being answered, or was cut off: "
                "look whether it was done before you send it under another key",
                {"Retry-After": "1"},
            )

    async def receive(self) -> Message:
        if self.given:
            return await self.source()
        self.given = True
        return {"type": "http.request", "body": self.body, "more_body": False}


@dataclass(slots=True)
class _Write:
    """An answer that is held back until it is written down."""

    store: SqlAccess
    scope: Scope
    out: Send
    once: _Once | None
    start: Message | None = None
    body: list[bytes] = field(default_factory=list)
    passing: bool = False

    async def send(self, message: Message) -> None:
        if self.passing:
            await self.out(message)
            return
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body.append(message.get("body", b""))
        large = sum(map(len, self.body)) > LARGEST
        if message.get("more_body", False) and not large and not _streams(self.start):
            return
        assert self.start is not None
        await self._written(self.start["status"], whole=not message.get("more_body", False) and not large)
        self.passing = True
        await self.out(self.start)
        await self.out({**message, "body": b"".join(self.body)})

    async def broke(self) -> None:
        """It ended in a fault of ours, or took too long: what came of it nobody knows, so it is not begun again."""
        if not self.passing:
            await self._written(500, whole=False)

    async def _written(self, status: int, *, whole: bool) -> None:
        reply = self._reply(status) if self.once and whole and status not in OPEN else None
        deed = _deed(self.scope, status)
        try:
            if deed or reply:
                caller, key = (self.once.caller, self.once.key) if self.once else ("", "")
                await self.store.done(deed, caller=caller, key=key, reply=reply)
            if self.once and status in OPEN:
                await self.store.give_up(self.once.caller, self.once.key)
        except TrendError as fault:
            # What was done is done; the log of the process is what is left to tell of it.
            log.error("a write could not be written down", error=str(fault), deed=str(deed))

    def _reply(self, status: int) -> Reply:
        assert self.once is not None and self.start is not None
        body, told = b"".join(self.body), self.start["headers"]
        if UNKEPT in self.scope and status < 300:
            instead = answered(HTTPException(409, DONE), self.scope)
            status, body, told = instead.status_code, bytes(instead.body), instead.raw_headers
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in told if name in KEPT_HEADERS
        }
        return Reply(self.once.fingerprint, status, headers, body)


def _deed(scope: Scope, status: int) -> Deed | None:
    """The line for the audit log; strangers who are turned away get none, or they could fill it."""
    principal: Principal = principal_of(scope)
    details: Mapping[str, Any] = cast(Mapping[str, Any], scope[NOTED])
    graph = scope["path"].startswith("/graphql")
    if not details and (principal.kind == "anonymous" or graph):
        return None
    return Deed(
        number=0,
        at=datetime.now(UTC),
        caller=principal.key_id or principal.kind,
        name=principal.name,
        action=f"{scope['method']} {scope['path']}"[:2000],
        status=status,
        address=address_of(scope),
        request=request_id_of(scope),
        details=details,
    )


def _key(given: bytes, *, several: bool) -> str:
    text = given.decode("latin-1").strip()
    if several or not re.fullmatch(KEY_PATTERN, text):
        raise HTTPException(
            400, f"Idempotency-Key should be 1 to {LONGEST} characters of ASCII without blanks, once"
        )
    return text.strip('"') if text.startswith('"') else text


def _unpacked(scope: Scope) -> Scope:
    """The request with its answer as it is: what is kept is given to whoever asks again, who may not unpack it."""
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}


def _fingerprint(scope: Scope, body: bytes) -> str:
    told = hashlib.sha256(f"{scope['method']} {scope['path']}?".encode() + scope["query_string"] + b"\n")
    told.update(body)
    return told.hexdigest()


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(400, "the request was cut off")
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _streams(start: Message | None) -> bool:
    headers = start["headers"] if start else ()
    return any(n == b"content-type" and v.startswith(b"text/event-stream") for n, v in headers)


async def _again(reply: Reply, send: Send) -> None:
    headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in reply.headers.items()]
    headers += [(b"content-length", str(len(reply.body)).encode()), (b"idempotency-replayed", b"true")]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
