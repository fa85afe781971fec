"""The hot list as it lies ready: what its route would give, to whoever may have it, for as long as it is right."""

import asyncio
from typing import Any

import pytest

from trend_agent.api.access.principal import PLACE, READER, Principal
from trend_agent.api.ready import Ready
from trend_agent.errors import Unavailable

PATH = "/api/v1/trends"


class Records:
    def __init__(self) -> None:
        self.mark: str | None = "first"
        self.looks = 0
        self.quick = asyncio.Event()
        self.quick.set()

    async def edition(self) -> str:
        self.looks += 1
        mark = self.mark
        await self.quick.wait()
        if mark is None:
            raise Unavailable("gone")
        return mark


class Room:
    """A desk, the route behind it, and what was asked of that."""

    def __init__(self) -> None:
        self.records, self.asked, self.status = Records(), 0, 200
        self.ready = Ready(self.route, self)  # type: ignore[arg-type]

    async def route(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        told = {name for name, _ in scope["headers"]}
        assert self.status != 200 or b"if-none-match" not in told or scope["path"] != PATH
        body = f"{scope['query_string'].decode()} of {self.records.mark}".encode()
        headers = [(b"content-type", b"application/json"), (b"etag", b'W/"%s"' % body.hex().encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def get(
        self, query: str = "", *, path: str = PATH, who: Principal = READER, **headers: str
    ) -> tuple[int, bytes, dict[bytes, bytes]]:
        sent: list[Any] = []
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": raw,
        }

        async def send(message: Any) -> None:
            sent.append(message)

        await self.ready({**scope, PLACE: who}, None, send)  # type: ignore[arg-type]
        return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"])


@pytest.fixture
def room() -> Room:
    return Room()


async def test_what_is_asked_alike_is_made_once_and_each_address_for_itself(room: Room) -> None:
    assert [(await room.get("limit=5"))[1] for _ in range(9)] == [b"limit=5 of first"] * 9
    assert room.asked == 1
    assert (await room.get("limit=6"))[1] == b"limit=6 of first"
    assert room.asked == 2


async def test_it_is_made_anew_once_the_records_have_changed(room: Room) -> None:
    await room.get()
    room.records.mark = "second"
    assert (await room.get())[1] == b" of second"
    assert (await room.get())[1] == b" of second"
    assert room.asked == 2


async def test_those_who_come_during_a_look_share_the_next_and_are_told_of_the_change_they_saw(
    room: Room,
) -> None:
    await room.get()
    room.records.quick.clear()
    early = asyncio.create_task(room.get())
    while room.records.looks < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    room.records.mark = "second"
    late = [asyncio.create_task(room.get()) for _ in range(50)]
    await asyncio.sleep(0)
    room.records.quick.set()
    assert (await early)[1] == b" of first"
    assert {(await one)[1] for one in late} == {b" of second"}
    assert room.records.looks == 3


async def test_who_has_it_is_told_so_from_the_first_on(room: Room) -> None:
    _, _, headers = await room.get()
    tag = headers[b"etag"].decode()
    for asked in (room, Room()):
        status, body, told = await asked.get(if_none_match=tag)
        assert (status, body, told.get(b"etag"), b"content-type" in told) == (304, b"", tag.encode(), False)
    assert (await room.get(if_none_match='W/"other"'))[0] == 200


async def test_refusals_are_not_kept_and_pass_as_they_are(room: Room) -> None:
    room.status = 422
    assert [(await room.get("limit=0"))[0] for _ in range(3)] == [422] * 3
    assert room.asked == 3


async def test_who_may_not_read_is_answered_by_the_route_alone(room: Room) -> None:
    await room.get()
    await room.get(who=Principal("anonymous"))
    assert room.asked == 2


async def test_other_paths_and_records_that_are_away_are_the_routes_business(room: Room) -> None:
    await room.get(path="/api/v1/sources")
    await room.get(path="/api/v1/sources")
    room.records.mark = None
    await room.get()
    await room.get()
    assert room.asked == 4


async def test_no_more_is_kept_than_was_decided(room: Room) -> None:
    for number in range(400):
        await room.get(f"limit={number}")
    await room.get("limit=399")
    await room.get("limit=0")
    assert room.asked == 401
