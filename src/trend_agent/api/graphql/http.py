"""`/graphql` over HTTP (GraphQL over HTTP, draft of the GraphQL Foundation; subscriptions as graphql-sse has them).

A POST has to say that its body is JSON, which no form and no page of another origin can do without being asked about
first. A GET changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import orjson
from graphql import OperationType
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from trend_agent.api.access import principal_of
from trend_agent.api.access.shown import loopback
from trend_agent.api.access.writes import NOTED
from trend_agent.api.graphql.context import Context
from trend_agent.api.graphql.reading import Asked, Operation
from trend_agent.api.graphql.running import Answer, Running, followed, refused
from trend_agent.api.live.allowed import came_from
from trend_agent.api.live.allowed import refused as no_longer_allowed

OWN = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
LARGEST = 64 << 10
"""Bytes of a request."""

PING = 12.0
"""Seconds of silence after which one who follows is told that nothing is wrong."""

STALLED = 60.0


NOT_ACCEPTABLE = refused(f"answers are of {OWN}, {JSON} or {EVENTS}", 406)


class Unreadable(Exception):
    """A request that is none of GraphQL, and the answer to it."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.answer = refused(why, status)


async def over_http(running: Running, scope: Scope, receive: Receive, send: Send) -> None:
    headers = Headers(scope=scope)
    kind = _kind(headers.get("accept", ""))
    try:
        asked = await _asked(running, scope, headers, receive)
        if kind == EVENTS:
            await _events(running, asked, scope, receive, send)
            return
        answer = await _answered(running, asked, scope) if kind else NOT_ACCEPTABLE
    except Unreadable as fault:
        answer = fault.answer
    await _send(answer, kind or OWN, scope, receive, send)


async def _answered(running: Running, asked: Asked | Sequence[Asked], scope: Scope) -> Answer:
    context, trusted, safe = context_of(scope), is_trusted(scope), scope["method"] == "GET"
    if isinstance(asked, Asked):
        return await running.answer(asked, context, trusted=trusted, safe=safe)
    if too_much := running.check_batch(asked, context.principal, trusted=trusted):
        return too_much
    made = [await running.answer(one, context, trusted=trusted) for one in asked]
    return Answer(b"[" + b",".join(one.body for one in made) + b"]")


async def _send(answer: Answer, kind: str, scope: Scope, receive: Receive, send: Send) -> None:
    # Who reads plain JSON is told what is wrong with a document by its errors alone.
    status = 200 if kind == JSON and answer.of_document else answer.status
    headers = {"Vary": "Accept", **({"Allow": "GET, POST"} if status == 405 else {})}
    await Response(answer.body, status, headers, media_type=kind)(scope, receive, send)


async def _asked(
    running: Running, scope: Scope, headers: Headers, receive: Receive
) -> Asked | Sequence[Asked]:
    if scope["method"] == "GET":
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        values = given.get("variables")
        return asked_of({**given, "variables": _json(values.encode()) if values else None})
    if scope["method"] != "POST":
        raise Unreadable("GraphQL is asked with GET or POST", 405)
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Unreadable(f"the body should be of {JSON}", 415)
    told = _json(await _body(receive))
    if not isinstance(told, list):
        return asked_of(told)
    most = running.limits.batch
    if not 1 <= len(told) <= most:
        raise Unreadable(f"a batch should have 1 to {most} operations, found {len(told)}")
    return [asked_of(one) for one in told]


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unreadable("the body ended early")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST:
            raise Unreadable(f"a request has at most {LARGEST} bytes", 413)
    return body


def asked_of(told: object) -> Asked:
    """What a request asks. `Unreadable` where it is none."""
    if not isinstance(told, dict):
        raise Unreadable("a request should be an object with a 'query'")
    text, values, name = told.get("query"), told.get("variables"), told.get("operationName")
    if not isinstance(text, str) or not text:
        raise Unreadable("a request should have a 'query', which is a text")
    if values is not None and not isinstance(values, dict):
        raise Unreadable("'variables' should be an object")
    if name is not None and not isinstance(name, str):
        raise Unreadable("'operationName' should be a text")
    return Asked(text, values or {}, name or None)


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except ValueError:
        raise Unreadable("this is no JSON") from None


def context_of(scope: Mapping[str, Any]) -> Context:
    state = scope["app"].state
    return Context(
        state.desk,
        state.live,
        principal_of(scope),
        came_from(scope),
        state.hands,
        state.watches,
        state.executions,
        scope.get(NOTED, {}),
    )


def is_trusted(scope: Mapping[str, Any]) -> bool:
    """Whether the schema is shown: to who has a key, and on this very machine."""
    passed_on = any(name == b"x-forwarded-for" for name, _ in scope["headers"])
    here = bool(scope.get("client")) and loopback(scope["client"][0]) and not passed_on
    return here or principal_of(scope).kind != "anonymous"


def _kind(accept: str) -> str:
    """The media type that a reader likes best; empty where it likes none of ours."""
    if not accept.strip():
        return OWN
    best, found = 0.0, ""
    for part in accept.split(","):
        name, *more = (piece.strip().lower() for piece in part.split(";"))
        likes = next((_number(piece[2:]) for piece in more if piece.startswith("q=")), 1.0)
        offered = {"*/*": OWN, "application/*": OWN, OWN: OWN, JSON: JSON, EVENTS: EVENTS}.get(name, "")
        if offered and likes > best:
            best, found = likes, offered
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


async def _events(
    running: Running, asked: Asked | Sequence[Asked], scope: Scope, receive: Receive, send: Send
) -> None:
    """One operation, each of its answers an event."""
    if not isinstance(asked, Asked):
        raise Unreadable("a batch is not followed; ask for its operations one by one")
    context, trusted = context_of(scope), is_trusted(scope)
    operation = running.operation(asked, context.principal, trusted=trusted)
    if isinstance(operation, Answer):
        await _send(operation, OWN, scope, receive, send)
        return
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"text/event-stream; charset=utf-8"),
                (b"cache-control", b"no-cache, no-transform"),
                (b"x-accel-buffering", b"no"),
            ],
        }
    )
    with suppress(TimeoutError):  # one who takes nothing in is let go
        async for part in _told(running, operation, asked, context, scope, receive, trusted=trusted):
            async with asyncio.timeout(STALLED):
                await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _told(
    running: Running,
    operation: Operation,
    asked: Asked,
    context: Context,
    scope: Scope,
    receive: Receive,
    *,
    trusted: bool,
) -> AsyncIterator[bytes]:
    yield b":\n\n"  # so that the reader knows it is heard
    if operation.kind is not OperationType.SUBSCRIPTION:
        answer = await running.answer(asked, context, trusted=trusted, safe=scope["method"] == "GET")
        yield _event(answer.body)
        yield b"event: complete\ndata:\n\n"
        return
    ends = {
        asyncio.create_task(_left(receive)),
        asyncio.create_task(no_longer_allowed(scope, scope["app"].state.access)),
    }
    source = followed(operation, asked, context, trusted=trusted)
    coming: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            coming = coming or asyncio.create_task(_next(source))
            done, _ = await asyncio.wait({coming, *ends}, timeout=PING, return_when=asyncio.FIRST_COMPLETED)
            if done & ends:
                return
            if coming not in done:
                yield b":\n\n"
                continue
            body, coming = coming.result(), None
            if body is None:
                yield b"event: complete\ndata:\n\n"
                return
            yield _event(body)
    finally:
        waiting = [*ends, *([coming] if coming else [])]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await source.aclose()


async def _next(source: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(source, None)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(body: bytes) -> bytes:
    return b"event: next\ndata: " + body + b"\n\n"
