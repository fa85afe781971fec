"""How much a request may be: its address, its headers, its body, and how long all that may take to arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException
from starlette.types import Message, Receive

from trend_agent.api.access.shown import Shown

ADDRESS = 8_192
"""Bytes of a path with its query."""

PARAMETERS = 100
RANGES = 16
KNOWN = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
NEVER = {"TRACE", "TRACK", "CONNECT"}
"""Methods that no path knows."""

OWN_BOUNDS = ("/websub/", "/objects/")
"""Paths that take more and count it themselves."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`body` is in bytes; `piece_seconds` is how long the next piece of a body may take."""

    body: int = 1 << 20
    piece_seconds: float = 15.0


def check(asgi: Mapping[str, Any], shown: Shown, bounds: Bounds) -> None:
    """Refuse what is too much before any of it is read."""
    if asgi["method"] in NEVER:
        raise HTTPException(405, "no path knows this method", {"Allow": KNOWN})
    query = asgi["query_string"]
    if len(asgi["raw_path"] or b"") + len(query) > ADDRESS:
        raise HTTPException(414, f"a path with its query has at most {ADDRESS} bytes")
    if len(query) > 2 * PARAMETERS and query.count(b"&") >= PARAMETERS:
        raise HTTPException(400, f"a query has at most {PARAMETERS} parameters")
    headers = shown.headers
    if b"range" in headers and headers[b"range"].count(b",") >= RANGES:
        raise HTTPException(416, f"at most {RANGES} ranges are sent at once")
    if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"identity", b""):
        raise HTTPException(415, "bodies are taken as they are, not compressed")
    if b"content-length" in headers and not asgi["path"].startswith(OWN_BOUNDS):
        _check_length(headers[b"content-length"], bounds)


def _check_length(length: bytes, bounds: Bounds) -> None:
    if not length.isdigit():
        raise HTTPException(400, "Content-Length should be one number")
    if len(length) > 15 or int(length) > bounds.body:
        raise _too_large(bounds)


def _too_large(bounds: Bounds) -> HTTPException:
    return HTTPException(413, f"a body has at most {bounds.body} bytes")


class Body:
    """Receives a body that is counted as it comes in, whatever its headers say of it."""

    __slots__ = ("bounds", "receive", "size")

    def __init__(self, receive: Receive, bounds: Bounds) -> None:
        self.receive = receive
        self.bounds = bounds
        self.size = 0

    async def __call__(self) -> Message:
        if self.size < 0:
            return await self.receive()
        try:
            async with asyncio.timeout(self.bounds.piece_seconds):
                message = await self.receive()
        except TimeoutError:
            raise HTTPException(
                408, f"the body should go on within {self.bounds.piece_seconds:g} s", {"Connection": "close"}
            ) from None
        self.size += len(message.get("body", b""))
        if self.size > self.bounds.body:
            raise _too_large(self.bounds)
        if not message.get("more_body", False):
            self.size = -1  # what comes now is that the client leaves, which may take as long as it likes
        return message
