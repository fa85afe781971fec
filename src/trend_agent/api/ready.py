"""The hot list as it lies ready: whole answers, kept for as long as the records stand as they are.

What is asked most is asked alike, thousands of times between two changes. Such an answer is made once by its route
and then sent as it is. Who asks, whether they may, and how often, is settled before anything comes here.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from time import perf_counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trend_agent.api.access.principal import principal_of
from trend_agent.api.conditional import knows
from trend_agent.api.desk import Desk
from trend_agent.errors import TrendError
from trend_agent.observability.metrics import REQUEST_SECONDS

HOT = frozenset({"/api/v1/trends"})
"""Paths whose answers follow from the records and the address alone: not from who asks, nor from the clock."""

KEPT = 256
"""Answers that are kept; those that were not asked for longest go first."""

LARGEST = 1 << 20
"""Bytes of a body above which an answer is not kept."""

WITHOUT = (b"if-none-match", b"accept-encoding")
"""Headers that say how an answer is sent, not what it is."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as its route gave it."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    tag: str


class Ready:
    """Answers hot paths from what is kept, and keeps what it had to ask for. `HEAD` is turned into `GET` further out,
    and bodies are packed there."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app = app
        self.desk = desk
        self._kept: OrderedDict[tuple[str, bytes], Reply] = OrderedDict()
        self._edition = ""
        self._look_now: asyncio.Task[str] | None = None
        self._look_next: asyncio.Task[str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in HOT or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        if "read" not in principal_of(scope).scopes or not await self._standing():
            await self.app(scope, receive, send)
            return
        asked = scope["path"], scope["query_string"]
        reply = self._kept.get(asked)
        if reply is None:
            await self._fill(asked, scope, receive, send)
            return
        self._kept.move_to_end(asked)
        REQUEST_SECONDS.labels("GET", scope["path"]).observe(perf_counter() - began)
        await _answer(reply, scope, send)

    async def _standing(self) -> bool:
        """Whether what is kept can be relied on; it goes when the records have changed."""
        try:
            edition = await self._look()
        except TrendError:
            return False
        if edition != self._edition:
            self._kept.clear()
            self._edition = edition
        return True

    async def _look(self) -> str:
        """The edition of the records. One look is under way at a time, and all who come meanwhile share the next
        one: the look under way may miss a change that they have seen."""
        if self._look_next is None:
            self._look_next = asyncio.create_task(self._edition_after(self._look_now))
        return await asyncio.shield(self._look_next)

    async def _edition_after(self, before: asyncio.Task[str] | None) -> str:
        if before is not None:
            await asyncio.wait([before])
        self._look_now, self._look_next = self._look_next, None
        return await self.desk.records.edition()

    async def _fill(self, asked: tuple[str, bytes], scope: Scope, receive: Receive, send: Send) -> None:
        """Have the route answer, and keep that where nothing has changed meanwhile."""
        edition = self._edition
        caught = _Caught(send)
        plain = [pair for pair in scope["headers"] if pair[0] not in WITHOUT]
        await self.app({**scope, "headers": plain}, receive, caught.send)
        if caught.reply is None:
            return
        if edition == self._edition and len(caught.reply.body) <= LARGEST:
            self._kept[asked] = caught.reply
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        await _answer(caught.reply, scope, send)


class _Caught:
    """Holds a good answer that comes in one piece back; any other passes."""

    def __init__(self, send: Send) -> None:
        self.out = send
        self.start: Message | None = None
        self.reply: Reply | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            self.start = message
            return
        if self.start is not None and message["type"] == "http.response.body":
            start, self.start = self.start, None
            tag = Headers(raw=start["headers"]).get("etag", "")
            if tag and not message.get("more_body", False):
                self.reply = Reply(tuple(start["headers"]), message.get("body", b""), tag)
                return
            await self.out(start)
        await self.out(message)


async def _answer(reply: Reply, scope: Scope, send: Send) -> None:
    known = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
    if known and knows(known.decode("latin-1"), reply.tag):
        rest = [pair for pair in reply.headers if pair[0] not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": rest})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": list(reply.headers)})
    await send({"type": "http.response.body", "body": reply.body})
