"""ETag and 304 for whatever is sent in one piece, and HEAD for whatever can be got."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TAGGED = (
    "application/json", "text/html",
    "application/atom+xml", "application/rss+xml", "application/feed+json", "application/graphql-response+json",
    "text/x-opml",
)  # fmt: skip


class Bare:
    """Answers HEAD like GET and keeps the body to itself. It stands outside whatever looks at bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, bare)


class Conditional:
    """Names each answer by a hash of its body, and sends no body to who has it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        reply = _Reply(send, known=Headers(scope=scope).get("if-none-match", ""))
        await self.app(scope, receive, reply.send)


class _Reply:
    """One answer on its way out. Its start is held back until its body shows what it is."""

    def __init__(self, send: Send, *, known: str) -> None:
        self.out = send
        self.known = known
        self.held: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.held = message
            return
        if message["type"] == "http.response.body" and self.held and not message.get("more_body", False):
            message = self._tagged(self.held, message)
        if self.held:
            await self.out(self.held)
            self.held = None
        await self.out(message)

    def _tagged(self, start: Message, message: Message) -> Message:
        headers = MutableHeaders(scope=start)
        kind = headers.get("content-type", "")
        if start["status"] != 200 or "etag" in headers or not kind.startswith(TAGGED):
            return message
        # Weak, because a proxy may compress the body on its way.
        tag = f'W/"{hashlib.blake2b(message.get("body", b""), digest_size=12).hexdigest()}"'
        headers["etag"] = tag
        if not _knows(self.known, tag):
            return message
        start["status"] = 304
        del headers["content-length"]
        del headers["content-type"]
        return {**message, "body": b""}


def _knows(header: str, tag: str) -> bool:
    """Whether If-None-Match names the tag, compared weakly (RFC 9110, 8.8.3.2)."""
    names = (name.strip().removeprefix("W/") for name in header.split(","))
    return header.strip() == "*" or tag.removeprefix("W/") in names
