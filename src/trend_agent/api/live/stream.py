"""`/api/v1/stream`: what changes, as events that a browser reads by itself (Server-Sent Events)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from trend_agent.api.access import READ
from trend_agent.api.access.serving import Access
from trend_agent.api.live.allowed import came_from, refused
from trend_agent.api.live.watch import AtLive, Listener, Moved
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.trends import Wanted
from trend_agent.items import Trend

router = APIRouter(prefix="/api/v1", tags=["live"], dependencies=[READ])

PING = 15.0
"""Seconds of silence after which a listener is told that nothing is wrong."""

STALLED = 60.0
"""Seconds after which one who takes nothing in is let go."""

SILENCE = b"event: ping\ndata: {}\n\n"
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",  # proxies that would wait for more
}

EXAMPLE = """event: trends
id: 1772366400000-6f0c2a9b1d3e4f58.0a1b2c3d4e5f6071
data: {"at":"2026-03-01T12:00:00Z","new":[],"changed":[{"topic":"t5f0c1d2e3a4b5c6d","rank":1}],"gone":[]}
"""

Since = Annotated[
    str,
    Query(
        max_length=200,
        description="where to go on from: the id of an event, or the `at` of a list; Last-Event-ID stands above it",
    ),
]


class EventStream(Response):
    """An answer that goes on until the reader leaves, stalls, or the process ends."""

    media_type = "text/event-stream"

    def __init__(
        self, listening: AbstractContextManager[Listener], since: str, *, ping: float = PING
    ) -> None:
        super().__init__(headers=HEADERS)
        self.listening = listening
        self.since = since
        self.ping = ping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del self.headers["content-length"]
        with self.listening as listener:
            place = await listener.start(self.since)
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await _put(send, _event("ready", place, {"at": listener.live.now.at}))
            leaving = asyncio.create_task(_left(receive, listener))
            revoked = asyncio.create_task(refused(scope, _access(scope)))
            revoked.add_done_callback(lambda _: listener.end())
            try:
                await self._tell(listener, send)
            finally:
                leaving.cancel()
                revoked.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, listener: Listener, send: Send) -> None:
        """Send what happens until the listener has ended, or does not take it in."""
        try:
            while True:
                moved = await listener.wait(self.ping)
                if listener.ended:
                    return
                told = _told(listener) if moved else SILENCE
                if told:
                    async with asyncio.timeout(STALLED):
                        await _put(send, told)
        except TimeoutError:
            return


def _access(scope: Scope) -> Access | None:
    return scope["app"].state.access if "app" in scope else None


async def _left(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()


async def _put(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _told(listener: Listener) -> bytes:
    """The events for what moved; made once for all who know the same."""
    key = ("stream", *listener.key())
    made: list[bool] = []

    def make() -> bytes:
        made.append(True)
        moved = listener.take()
        return b"" if moved is None else events(moved)

    body = listener.live.shared(key, make)
    if not made:
        listener.pass_on()
    return body


def events(moved: Moved) -> bytes:
    parts = []
    if moved.reset:
        parts.append(_event("reset", moved.place, {}))
    if moved.trends:
        told = moved.trends
        data = {
            "at": told.at,
            "new": [compact(t) for t in told.new],
            "changed": [compact(t) for t in told.changed],
            "gone": told.gone,
        }
        parts.append(_event("trends", moved.place, data))
    if moved.sources:
        parts.append(_event("sources", moved.place, {"sources": moved.sources}))
    if moved.workflows:
        parts.append(_event("workflows", moved.place, {"workflows": moved.workflows}))
    return b"".join(parts)


def compact(trend: Trend) -> Mapping[str, Any]:
    """A trend without its receipt, its series and its summary: what a row of a list needs."""
    return {
        "topic": trend.topic,
        "rank": trend.rank,
        "state": trend.state,
        "headline": trend.headline.text,
        "label": trend.label,
        "category": trend.category,
        "score": round(trend.score, 4),
        "velocity": round(trend.velocity, 4),
        "confidence": round(trend.confidence, 4),
        "items": trend.items,
        "copies": trend.copies,
        "sources": trend.sources,
        "languages": trend.languages,
        "first_seen": trend.first_seen,
        "last_seen": trend.last_seen,
        "alarm": trend.alarm,
    }


def _event(name: str, place: str, data: object) -> bytes:
    # JSON holds no line break outside its escapes, so that one line of data is enough.
    body = orjson.dumps(data, option=orjson.OPT_UTC_Z)
    return b"event: %s\nid: %s\ndata: %s\n\n" % (name.encode(), place.encode(), body)


@router.get(
    "/stream",
    summary="Follow what changes",
    response_class=Response,
    responses={
        200: {
            "description": "Events, for as long as the reader stays",
            "content": {"text/event-stream": {"example": EXAMPLE}},
        },
        **{code: answer for code, answer in answers({}, 422, 503).items() if code != 200},
    },
)
async def stream(
    request: Request,
    live: AtLive,
    among: Wanted,
    since: Since = "",
    last_event_id: Annotated[
        str, Header(max_length=200, description="the id of the last event that was read")
    ] = "",
) -> Response:
    """Server-Sent Events: `trends` with the new and the changed ones, and which are `gone`; `sources` whose health
    changed; `workflows`, the executions that changed; `reset` where what a reader missed is not known any more and
    the list is to be loaded anew; `ping` after 15 s of silence.

    A reader that comes back with Last-Event-ID is told what changed in between. Filters are those of the list: who
    filters is told that a trend is `gone` when it does not meet them any more."""
    listening = live.listen(address=came_from(request.scope), among=among)
    return EventStream(listening, last_event_id or since)
