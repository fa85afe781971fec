"""Smaller answers for who can unpack them: zstd or gzip, by what Accept-Encoding prefers (RFC 9110, 12.5.3).

Only what is sent in one piece is packed; a stream goes out as it comes. The tag of an answer is weak and stays the
same however it is packed, so that 304 is told of the plain answer. What was packed lately is kept: the hot list is
packed once.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import Literal

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Way = Literal["zstd", "gzip"]
WAYS: tuple[Way, ...] = ("zstd", "gzip")
"""Where several are preferred alike, the first of them."""

LEAST = 1024
"""Bytes below which packing is not worth it."""
MOST = 8 << 20
"""Bytes above which an answer would hold up all others while it is packed."""
KEPT = 64
"""Packed answers that are kept."""
REMEMBERED = 1 << 20
"""Bytes above which a packed answer is not kept."""
ZSTD_LEVEL, GZIP_LEVEL = 3, 5
PACKED = ("application/json", "application/problem+json", "application/x-ndjson", "application/feed+json",
          "application/atom+xml", "application/rss+xml", "application/xml", "application/javascript", "text/",
          "image/svg+xml")  # fmt: skip
STREAMED = "text/event-stream"


class Compression:
    """Packs the bodies of answers. It stands outside whatever tags them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = preferred(Headers(scope=scope).get("accept-encoding", "")) if scope["type"] == "http" else None
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Packing(send, way).send)


class _Packing:
    """One answer on its way out. Its start is held back until its body shows whether it is packed."""

    def __init__(self, send: Send, way: Way | None) -> None:
        self.out = send
        self.way = way
        self.held: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.held = message
            return
        if message["type"] == "http.response.body" and self.held is not None:
            start, self.held = self.held, None
            if not message.get("more_body", False):
                message = self._packed(start, message)
            await self.out(start)
        await self.out(message)

    def _packed(self, start: Message, message: Message) -> Message:
        headers = MutableHeaders(scope=start)
        body: bytes = message.get("body", b"")
        if not _worth_it(headers, body):
            return message
        headers.add_vary_header("Accept-Encoding")
        if self.way is None:
            return message
        small = packed(body, self.way) if len(body) <= REMEMBERED else pack(body, self.way)
        if len(small) >= len(body):
            return message
        headers["content-encoding"] = self.way
        headers["content-length"] = str(len(small))
        return {**message, "body": small}


def _worth_it(headers: MutableHeaders, body: bytes) -> bool:
    kind = headers.get("content-type", "")
    return (
        LEAST <= len(body) <= MOST
        and kind.startswith(PACKED)
        and not kind.startswith(STREAMED)
        and "content-encoding" not in headers
        and "content-range" not in headers
    )


@lru_cache(maxsize=256)
def preferred(accepted: str) -> Way | None:
    """The way of packing that a header prefers; None where it wants none of ours."""
    worth = {name: quality for name, quality in map(_read, accepted.lower().split(",")) if name}
    found = [(worth.get(way, worth.get("*", 0.0)), way) for way in WAYS]
    quality, way = max(found, key=lambda one: one[0])
    return way if quality > 0 and quality >= worth.get("identity", 0.0) else None


def _read(part: str) -> tuple[str, float]:
    name, _, rest = part.partition(";")
    sign, _, value = rest.strip().partition("=")
    try:
        return name.strip(), float(value) if sign.strip() == "q" else 1.0
    except ValueError:
        return name.strip(), 0.0


@lru_cache(maxsize=KEPT)
def packed(body: bytes, way: Way) -> bytes:
    return pack(body, way)


def pack(body: bytes, way: Way) -> bytes:
    if way == "zstd":
        return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(body)
    return gzip.compress(body, GZIP_LEVEL, mtime=0)
