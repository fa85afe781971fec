"""What is open for long ends when whoever opened it may not read any more."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import orjson
import pytest
from entrance import Entrance, entrance
from small_newsroom import SmallDesk
from starlette.types import Message

FOLLOWING = orjson.dumps({"query": "subscription{trends{gone}}"})


@asynccontextmanager
async def opened(
    door: Entrance, shown: Mapping[str, str], **scope: Any
) -> AsyncIterator[asyncio.Queue[Message]]:
    """A request that stays open; what it is told comes out of the queue."""
    incoming, told = asyncio.Queue[Message](), asyncio.Queue[Message]()
    whole = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "query_string": b"", "root_path": "", "client": ("192.0.2.7", 1), "server": ("test.example", 80),
        "raw_path": scope["path"].encode(),
        "headers": [
            (b"host", b"test.example"), *[(k.lower().encode(), v.encode()) for k, v in shown.items()],
            *scope.pop("more", []),
        ],
    } | scope  # fmt: skip
    for message in whole.pop("says"):
        incoming.put_nowait(message)

    async def send(message: Message) -> None:
        told.put_nowait(message)

    task = asyncio.create_task(door.app(whole, incoming.get, send))
    try:
        yield told
    finally:
        await asyncio.wait_for(task, 5)


OPENINGS: dict[str, dict[str, Any]] = {
    "stream": {"path": "/api/v1/stream", "says": []},
    "events": {
        "path": "/graphql",
        "method": "POST",
        "more": [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")],
        "says": [{"type": "http.request", "body": FOLLOWING, "more_body": False}],
    },
    "socket": {
        "path": "/graphql",
        "type": "websocket",
        "scheme": "ws",
        "subprotocols": ["graphql-transport-ws"],
        "says": [
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": '{"type":"connection_init"}'},
        ],
    },
}


def ends(message: Message) -> bool:
    return message["type"] == "websocket.close" or (
        message["type"] == "http.response.body" and not message.get("more_body")
    )


@pytest.mark.parametrize("name", OPENINGS)
async def test_a_revoked_key_ends_what_it_opened_within_a_second(desk: SmallDesk, name: str) -> None:
    async with entrance(desk, believed=0.5) as door:
        key, text = await door.known.make("reader", "read")
        opening = {part: list(v) if isinstance(v, list) else v for part, v in OPENINGS[name].items()}
        async with opened(door, {"Authorization": f"Bearer {text}"}, **opening) as told:
            await asyncio.wait_for(told.get(), 5)
            await asyncio.sleep(0.5)
            await door.known.revoke(key.id)
            since = monotonic()
            while not ends(await asyncio.wait_for(told.get(), 5)):
                pass
            assert monotonic() - since <= 1.0
