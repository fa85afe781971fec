"""WebSockets come in by the same gate."""

from typing import Any

import pytest
from entrance import Entrance, entrance
from small_newsroom import SmallDesk
from starlette.websockets import WebSocket

from trend_agent.api.access.principal import principal_of


async def knock(door: Entrance, *headers: tuple[str, str], plain: bool = False) -> list[dict[str, Any]]:
    """What the server says to who opens a WebSocket at `/graphql`."""
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws",
        "path": "/graphql", "raw_path": b"/graphql", "root_path": "", "query_string": b"",
        "headers": [(n.encode(), v.encode()) for n, v in (("host", "test.example"), *headers)],
        "client": ("203.0.113.7", 5), "server": ("test.example", 80), "subprotocols": [], "state": {},
        "extensions": {} if plain else {"websocket.http.response": {}},
    }  # fmt: skip
    await door.app(scope, receive, send)
    return said


def add_socket(door: Entrance) -> None:
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(principal_of(socket.scope).name)

    door.app.add_api_websocket_route("/graphql", talk)


async def test_who_may_not_read_is_answered_in_http(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        add_socket(door)
        said = await knock(door)
        assert said[0]["type"] == "websocket.http.response.start"
        assert said[0]["status"] == 401
        assert (await knock(door, plain=True))[0] == {"type": "websocket.close", "code": 1008}
        wrong = await knock(door, ("authorization", "Bearer trend_x"))
        assert wrong[0]["status"] == 401


async def test_a_key_lets_in(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        add_socket(door)
        key = (await door.key("read", "robot"))["Authorization"]
        said = await knock(door, ("authorization", key))
        assert [message["type"] for message in said] == ["websocket.accept", "websocket.send"]
        assert said[1]["text"] == "robot"
        assert any(name == b"x-request-id" for name, _ in said[0]["headers"])


@pytest.mark.parametrize(
    ("origin", "in_"),
    [
        ("http://test.example", True),
        ("https://evil.example", False),
        ("http://test.example.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
async def test_a_login_is_of_use_to_our_own_pages_alone(desk: SmallDesk, origin: str, in_: bool) -> None:
    async with entrance(desk) as door:
        add_socket(door)
        made = await door.known.log_in((await door.known.make("person", "read"))[1])
        assert made is not None
        said = await knock(door, ("cookie", f"trend_session={made.cookie}"), ("origin", origin))
        assert (said[0]["type"] == "websocket.accept") == in_
