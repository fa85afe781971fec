"""`/graphql` over a WebSocket, by the protocol graphql-transport-ws (of the library graphql-ws), with bounds."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

import orjson
from graphql import OperationType
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from trend_agent.api.access import Principal
from trend_agent.api.access.principal import PLACE
from trend_agent.api.graphql.http import Unreadable, asked_of, context_of, is_trusted
from trend_agent.api.graphql.reading import Asked, Operation
from trend_agent.api.graphql.running import Answer, Running, followed
from trend_agent.api.graphql.running import refused as refusal
from trend_agent.api.live.allowed import came_from, refused
from trend_agent.errors import TrendError

PROTOCOL = "graphql-transport-ws"
LARGEST = 64 << 10
"""Characters of a message."""

SUBSCRIPTIONS = 20
"""Operations of one socket that are under way at once."""

PATIENCE = 10.0
"""Seconds in which a socket has to say who it is."""

MESSAGES, WITHIN = 100, 10.0
"""So many messages are taken in so many seconds."""


class Closed(Exception):
    """That a socket is to be closed, with a code and why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


class Socket:
    """One connection."""

    def __init__(
        self, running: Running, scope: Scope, receive: Receive, send: Send, *, patience: float = PATIENCE
    ) -> None:
        self.running = running
        self.scope = dict(scope)
        self.receive = receive
        self.out = send
        self.patience = patience
        self.acknowledged = asyncio.Event()
        self.key = ""
        self.operations: dict[str, asyncio.Task[None]] = {}
        self.times: deque[float] = deque(maxlen=MESSAGES)
        self.turn = asyncio.Lock()

    async def run(self) -> None:
        if (await self.receive())["type"] != "websocket.connect":
            return
        if not _of_our_pages(self.scope):
            await self.out({"type": "websocket.close", "code": 4403, "reason": "Forbidden"})
            return
        offered = PROTOCOL in self.scope.get("subprotocols", ())
        await self.out({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        try:
            _check_protocol(offered=offered)
            with self.scope["app"].state.live.listen(address=came_from(self.scope)) as listener:
                await self._talk(listener)
        except Closed as closed:
            await self._close(closed.code, closed.why)
        except TrendError as fault:  # too many listen already, or the process is about to end
            await self._close(1013, str(fault)[:100])
        finally:
            await self._end_all()

    async def _talk(self, listener: Any) -> None:
        """Take messages in until the reader leaves, breaks a rule, may no more, or the process ends."""
        ending = asyncio.create_task(_until_ended(listener))
        taking = asyncio.create_task(self._take_in())
        standing: asyncio.Task[None] | None = None
        try:
            standing = asyncio.create_task(self._until_refused())
            done, _ = await asyncio.wait({ending, taking, standing}, return_when=asyncio.FIRST_COMPLETED)
            if taking in done:
                taking.result()
            elif ending in done:
                raise Closed(1001, "the process is about to end")
            else:
                raise Closed(4403, "Forbidden")
        finally:
            tasks = [task for task in (ending, taking, standing) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_refused(self) -> None:
        await self.acknowledged.wait()
        await refused(self.scope, self.scope["app"].state.access, key=self.key)

    async def _take_in(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience
        while True:
            try:
                async with asyncio.timeout_at(None if self.acknowledged.is_set() else deadline):
                    message = await self.receive()
            except TimeoutError:
                raise Closed(4408, "Connection initialisation timeout") from None
            if message["type"] == "websocket.disconnect":
                return
            self._count(loop.time())
            await self._heard(_read(message))

    def _count(self, now: float) -> None:
        if len(self.times) == MESSAGES and now - self.times[0] < WITHIN:
            raise Closed(4429, "Too many messages")
        self.times.append(now)

    async def _heard(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._initialise(message.get("payload"))
            case {"type": "ping"}:
                await self._say({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(name), "payload": payload} if 0 < len(name) <= 200:
                await self._begin(name, payload)
            case {"type": "complete", "id": str(name)}:
                if task := self.operations.pop(name, None):
                    task.cancel()
            case _:
                raise Closed(4400, "Invalid message")

    async def _initialise(self, payload: object) -> None:
        if self.acknowledged.is_set():
            raise Closed(4429, "Too many initialisation requests")
        key = _key_of(payload)
        access = self.scope["app"].state.access
        if key and access is not None:
            found: Principal | None = await access.known.by_key(key)
            if found is None:
                raise Closed(4403, "Forbidden")
            self.scope[PLACE], self.key = found, key
        self.acknowledged.set()
        await self._say({"type": "connection_ack"})

    async def _begin(self, name: str, payload: object) -> None:
        if not self.acknowledged.is_set():
            raise Closed(4401, "Unauthorized")
        if name in self.operations:
            raise Closed(4409, f"Subscriber for {name} already exists")
        if len(self.operations) >= SUBSCRIPTIONS:
            raise Closed(4429, "Too many subscriptions")
        try:
            asked = asked_of(payload)
        except Unreadable as fault:
            raise Closed(4400, str(fault)) from None
        task = self.operations[name] = asyncio.create_task(self._answer(name, asked))
        task.add_done_callback(lambda done: self._done(name, done))

    def _done(self, name: str, task: asyncio.Task[None]) -> None:
        if self.operations.get(name) is task:
            del self.operations[name]

    async def _answer(self, name: str, asked: Asked) -> None:
        context, trusted = context_of(self.scope), is_trusted(self.scope)
        operation = await self._beyond(context.principal) or self.running.operation(
            asked, context.principal, trusted=trusted
        )
        if isinstance(operation, Operation) and operation.kind is OperationType.MUTATION:
            # Each is one line of the audit log, which a request has.
            operation = refusal("what changes something is asked for with POST", 405)
        if isinstance(operation, Answer):
            await self._say({"type": "error", "id": name, "payload": orjson.loads(operation.body)["errors"]})
            return
        if operation.kind is OperationType.QUERY:
            answer = await self.running.answer(asked, context, trusted=trusted)
            await self._next(name, answer.body)
        else:
            async for body in followed(operation, asked, context, trusted=trusted):
                await self._next(name, body)
        await self._say({"type": "complete", "id": name})

    async def _beyond(self, principal: Principal) -> Answer | None:
        """Why nothing more may be asked for now: an operation counts as a request does."""
        access = self.scope["app"].state.access
        limiter = access.doors.reads if access is not None else None
        if limiter is None or await limiter.admits(principal.caller or came_from(self.scope)):
            return None
        return refusal(limiter.words, 429)

    async def _next(self, name: str, body: bytes) -> None:
        await self._say({"type": "next", "id": name, "payload": orjson.Fragment(body)})

    async def _say(self, message: object) -> None:
        async with self.turn:
            await self.out({"type": "websocket.send", "text": orjson.dumps(message).decode()})

    async def _close(self, code: int, why: str) -> None:
        await self._end_all()
        await self.out({"type": "websocket.close", "code": code, "reason": why[:100]})

    async def _end_all(self) -> None:
        tasks = list(self.operations.values())
        self.operations.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _check_protocol(*, offered: bool) -> None:
    if not offered:
        raise Closed(4406, "Subprotocol not acceptable")


async def _until_ended(listener: Any) -> None:
    while not listener.ended:
        await listener.moved.wait()
        listener.moved.clear()


def _read(message: Mapping[str, Any]) -> Mapping[str, Any]:
    text = message.get("text")
    if text is None:
        raise Closed(4400, "Messages are texts")
    if len(text) > LARGEST:
        raise Closed(4413, f"A message has at most {LARGEST} characters")
    try:
        told = orjson.loads(text)
    except ValueError:
        raise Closed(4400, "Invalid message") from None
    if not isinstance(told, dict):
        raise Closed(4400, "Invalid message")
    return told


def _key_of(payload: object) -> str:
    """The key that who cannot send headers shows in the first message."""
    if payload is not None and not isinstance(payload, dict):
        raise Closed(4400, "Invalid message")
    shown = (payload or {}).get("Authorization") or (payload or {}).get("authorization") or ""
    kind, _, key = str(shown).partition(" ")
    if shown and kind.lower() != "bearer":
        raise Closed(4403, "Forbidden")
    return key.strip()


def _of_our_pages(scope: dict[str, Any]) -> bool:
    """Whether a page of ours asks, or no page at all: a browser lets every page open a socket to everywhere."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host") or _named(scope, origin)


def _named(scope: dict[str, Any], origin: str) -> bool:
    access = scope["app"].state.access
    return access is not None and origin in access.origins
