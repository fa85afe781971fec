"""Documents and sockets built to be costly: refused at once, with little memory, and never as a fault of ours."""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from graphql import GraphQLError, get_introspection_query
from small_newsroom import NOON, SmallDesk, made_trend
from starlette.types import Message

from costly_documents import ABUSE
from trend_agent.api import application
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.limits import Limiter, Rate
from trend_agent.api.access.principal import PLACE, READER, Principal
from trend_agent.api.access.serving import Access
from trend_agent.api.graphql import socket as sockets
from trend_agent.api.graphql.limits import LIMITS
from trend_agent.api.graphql.reading import Asked, Reading
from trend_agent.api.graphql.running import Running
from trend_agent.api.graphql.schema import types
from trend_agent.api.graphql.socket import Socket
from trend_agent.api.live import Live
from trend_agent.storage.sql.access import SqlAccess

REFUSED_WITHIN = 0.020
LITTLE = 5 << 20


@pytest.fixture(scope="module", autouse=True)
def made_before() -> None:
    """The schema is made once in a process, and not by whoever is refused first."""
    types()


@pytest.mark.parametrize("name", ABUSE)
def test_abuse_is_refused_in_no_time_and_with_little_memory(name: str) -> None:
    asked = Asked(ABUSE[name], {})
    took = []
    for _ in range(15):  # the least: other processes make a core slower
        reading = Reading()
        began = time.process_time()
        with pytest.raises(GraphQLError):
            reading.read(asked, trusted=False)
        took.append(time.process_time() - began)
    assert min(took) <= REFUSED_WITHIN
    tracemalloc.start()
    try:
        with pytest.raises(GraphQLError):
            Reading().read(asked, trusted=False)
        assert tracemalloc.get_traced_memory()[1] <= LITTLE
    finally:
        tracemalloc.stop()


def asking(desk: SmallDesk, *, client: tuple[str, int] = ("192.0.2.7", 1)) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(desk), raise_app_exceptions=False, client=client)
    return httpx.AsyncClient(transport=transport, base_url="http://test.example")


@pytest.mark.parametrize("name", ABUSE)
async def test_abuse_is_never_a_fault_of_ours(desk: SmallDesk, name: str) -> None:
    async with asking(desk) as client:
        answer = await client.post("/graphql", json={"query": ABUSE[name]})
    assert answer.status_code == 400
    told = answer.json()
    assert "data" not in told
    assert told["errors"][0]["message"]


async def test_a_batch_of_100_is_refused_and_one_counts_as_a_whole(desk: SmallDesk) -> None:
    async with asking(desk) as client:
        answer = await client.post("/graphql", json=[{"query": "{trends{at}}"}] * 100)
        assert (answer.status_code, "found 100" in answer.text) == (400, True)
        costly = {"query": "{trends(first:500){nodes{" + " ".join(["topic", "rank", "at"] * 5) + "}}}"}
        assert (await client.post("/graphql", json=[costly])).status_code == 200
        answer = await client.post("/graphql", json=[costly] * 5)
        assert (answer.status_code, "cost" in answer.text) == (400, True)


async def test_the_schema_is_shown_to_who_has_a_key_or_sits_here(desk: SmallDesk) -> None:
    async with asking(desk) as stranger:
        assert (await stranger.post("/graphql", json={"query": get_introspection_query()})).status_code == 400
    async with asking(desk, client=("127.0.0.1", 1)) as here:
        answer = await here.post("/graphql", json={"query": get_introspection_query()})
        assert answer.json()["data"]["__schema"]["types"]
        behind = {"X-Forwarded-For": "192.0.2.7"}
        answer = await here.post("/graphql", json={"query": get_introspection_query()}, headers=behind)
        assert answer.status_code == 400
    operation = Reading().read(Asked(get_introspection_query(), {}), trusted=True)
    assert operation.cost < LIMITS.cost


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{trends{nodes{topik}}}", {}),
        ("{trends(frist:1){at}}", {}),
        ("query($f:TrendFiltr){trends(filter:$f){at}}", {}),
        ("query($f:TrendFilter){trends(filter:$f){at}}", {"f": {"sourcez": []}}),
        ("{trends{nodes{...on Trnd{at}}}}", {}),
    ],
)
async def test_a_stranger_is_told_no_names_that_are_near(
    desk: SmallDesk, query: str, variables: dict[str, Any]
) -> None:
    async with asking(desk) as stranger:
        answer = await stranger.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 400
    assert "did you mean" not in answer.text.lower()


async def test_there_is_no_telling_what_is_not_there_from_what_is_elsewhere(desk: SmallDesk) -> None:
    async with asking(desk) as client:
        told = [
            (await client.post("/graphql", json={"query": f'{{topic(id:"{name}"){{rank}}}}'})).json()[
                "errors"
            ][0]
            for name in ("t0", "t00")
        ]
    assert told[0]["message"].replace("t0", "*") == told[1]["message"].replace("t00", "*")


class Line:
    """A WebSocket as the server has it: what was sent to us, and what we are told."""

    def __init__(self, desk: SmallDesk, **changes: Any) -> None:
        self.incoming = asyncio.Queue[Message]()
        self.outgoing = asyncio.Queue[Message]()
        self.app = application(desk, live=Live(desk, pause=0.02, sources_pause=0.02))
        self.scope = {
            "type": "websocket", "app": self.app, "path": "/graphql", "client": ("192.0.2.7", 1),
            "headers": [(b"host", b"test.example")], "subprotocols": ["graphql-transport-ws"], PLACE: READER,
        } | changes  # fmt: skip
        self.incoming.put_nowait({"type": "websocket.connect"})

    async def send(self, message: Message) -> None:
        self.outgoing.put_nowait(message)

    def say(self, **message: Any) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": orjson.dumps(message).decode()})

    async def heard(self) -> Any:
        message = await asyncio.wait_for(self.outgoing.get(), 5)
        return orjson.loads(message["text"]) if message["type"] == "websocket.send" else message

    async def closed(self) -> int:
        while True:
            message = await asyncio.wait_for(self.outgoing.get(), 5)
            if message["type"] == "websocket.close":
                return int(message["code"])

    async def greet(self) -> None:
        assert (await self.heard())["type"] == "websocket.accept"
        self.say(type="connection_init")
        assert await self.heard() == {"type": "connection_ack"}


@asynccontextmanager
async def line(desk: SmallDesk, *, patience: float = 5, **changes: Any) -> AsyncIterator[Line]:
    made = Line(desk, **changes)
    running = Running()
    task = asyncio.create_task(
        Socket(running, made.scope, made.incoming.get, made.send, patience=patience).run()
    )
    try:
        yield made
    finally:
        made.incoming.put_nowait({"type": "websocket.disconnect"})
        await asyncio.wait_for(task, 5)
        assert made.app.state.live.listeners == 0


def follow(text: str = "subscription{trends{new{topic rank}gone reset}}") -> dict[str, str]:
    return {"query": text}


async def listening(live: Live, number: int) -> None:
    while live.listeners < number:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def publish(desk: SmallDesk, *topics: str) -> None:
    await desk.records.publish([made_trend(topic, NOON, rank) for rank, topic in enumerate(topics, 1)])


async def test_changes_come_over_a_socket(desk: SmallDesk) -> None:
    async with line(desk) as one:
        await one.greet()
        one.say(type="subscribe", id="1", payload=follow())
        one.say(type="subscribe", id="2", payload={"query": "{trends{nodes{topic}}}"})
        first = await one.heard()
        assert (first["id"], len(first["payload"]["data"]["trends"]["nodes"])) == ("2", 3)
        assert await one.heard() == {"type": "complete", "id": "2"}
        await one.app.state.live.ready()
        await listening(one.app.state.live, 2)
        await publish(desk, "t1", "t9")
        told = await one.heard()
        assert told == {
            "type": "next",
            "id": "1",
            "payload": {
                "data": {
                    "trends": {"new": [{"topic": "t9", "rank": 2}], "gone": ["t3", "t4"], "reset": False}
                }
            },
        }
        one.say(type="complete", id="1")
        one.say(type="ping")
        assert await one.heard() == {"type": "pong"}


async def test_a_document_that_is_refused_is_an_error_of_its_operation(desk: SmallDesk) -> None:
    async with line(desk) as one:
        await one.greet()
        one.say(type="subscribe", id="1", payload=follow("subscription{nothing}"))
        told = await one.heard()
        assert (told["type"], told["id"], bool(told["payload"][0]["message"])) == ("error", "1", True)
        one.say(
            type="subscribe", id="1", payload=follow('subscription{trends(filter:{states:["odd"]}){gone}}')
        )
        told = await one.heard()
        assert "states.0" in told["payload"]["errors"][0]["message"]


async def test_what_is_asked_over_a_socket_counts_as_requests_do(desk: SmallDesk) -> None:
    limiter = Limiter("requests", Rate(3, 86_400))
    known = Known(SqlAccess(desk.records.database))
    async with line(desk, client=("2001:db8::1", 1)) as one, line(desk, client=("2001:db8::2", 1)) as other:
        for each in (one, other):
            each.app.state.access = Access(Doors(known, anonymous=True, reads=limiter))
            await each.greet()
        for each, allowed in ((one, 2), (other, 1)):
            for number in range(allowed):
                each.say(type="subscribe", id=str(number), payload={"query": "{trends{nodes{topic}}}"})
                assert (await each.heard())["type"] == "next"
                assert (await each.heard())["type"] == "complete"
        for each in (one, other):
            each.say(type="subscribe", id="9", payload=follow())
            told = await each.heard()
            assert told["payload"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"


def init_twice(one: Line) -> None:
    one.say(type="connection_init")
    one.say(type="connection_init")


def subscribe_first(one: Line) -> None:
    one.say(type="subscribe", id="1", payload=follow())


def subscribe_twice(one: Line) -> None:
    one.say(type="connection_init")
    subscribe_first(one)
    subscribe_first(one)


def subscribe_without_end(one: Line) -> None:
    one.say(type="connection_init")
    for number in range(10_000):
        one.say(type="subscribe", id=str(number), payload=follow())


def flood(one: Line) -> None:
    one.say(type="connection_init")
    for _ in range(10_000):
        one.say(type="ping")


def say_too_much(one: Line) -> None:
    one.say(type="connection_init", payload={"x": "x" * 70_000})


def say_bytes(one: Line) -> None:
    one.incoming.put_nowait({"type": "websocket.receive", "bytes": b"\x00" * 100})


def say_nonsense(one: Line) -> None:
    one.incoming.put_nowait({"type": "websocket.receive", "text": "[" * 1000})


def say_what_nobody_knows(one: Line) -> None:
    one.say(type="connection_init")
    one.say(type="nothing")


def say_nothing(one: Line) -> None:
    """Wait."""


@pytest.mark.parametrize(
    ("abuse", "code"),
    [
        (init_twice, 4429),
        (subscribe_first, 4401),
        (subscribe_twice, 4409),
        (subscribe_without_end, 4429),
        (flood, 4429),
        (say_too_much, 4413),
        (say_bytes, 4400),
        (say_nonsense, 4400),
        (say_what_nobody_knows, 4400),
        (say_nothing, 4408),
    ],
)
async def test_a_socket_that_breaks_a_rule_is_closed_and_says_which(
    desk: SmallDesk, abuse: Any, code: int
) -> None:
    async with line(desk, patience=0.1) as one:
        abuse(one)
        assert await one.closed() == code


async def test_a_flood_over_one_socket_takes_no_memory(desk: SmallDesk) -> None:
    made = Line(desk)
    subscribe_without_end(made)
    waiting = made.incoming.qsize()
    tracemalloc.start()
    try:
        await Socket(Running(), made.scope, made.incoming.get, made.send).run()
        assert tracemalloc.get_traced_memory()[1] <= LITTLE
    finally:
        tracemalloc.stop()
    assert made.incoming.qsize() > waiting - 2 * sockets.MESSAGES  # most of it was not even taken in


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subprotocols": []}, 4406),
        ({"subprotocols": ["graphql-ws"]}, 4406),
        ({"headers": [(b"host", b"test.example"), (b"origin", b"https://evil.example")]}, 4403),
        ({"headers": [(b"host", b"test.example"), (b"origin", b"null")]}, 4403),
    ],
)
async def test_only_our_pages_and_our_protocol_open_a_socket(
    desk: SmallDesk, changes: dict[str, Any], code: int
) -> None:
    async with line(desk, **changes) as one:
        assert await one.closed() == code


async def test_who_may_not_read_hears_nothing_over_a_socket(desk: SmallDesk) -> None:
    async with line(desk, **{PLACE: Principal("anonymous")}) as one:
        await one.greet()
        one.say(type="subscribe", id="1", payload=follow())
        told = await one.heard()
        assert told["payload"][0]["extensions"]["code"] == "UNAUTHORIZED"


async def test_sockets_are_closed_when_the_process_ends(desk: SmallDesk) -> None:
    async with line(desk) as one:
        await one.greet()
        one.app.state.live.close()
        assert await one.closed() == 1001


@pytest.fixture
def scope(desk: SmallDesk) -> Iterator[dict[str, Any]]:
    app = application(desk, live=Live(desk, pause=0.02, sources_pause=0.02))
    yield {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "", "app": app,
        "headers": [
            (b"host", b"test.example"), (b"content-type", b"application/json"), (b"accept", b"text/event-stream"),
        ],
        "client": ("192.0.2.7", 1), "server": ("test.example", 80),
    }  # fmt: skip
    app.state.live.close()


async def test_changes_come_as_events_too(desk: SmallDesk, scope: dict[str, Any]) -> None:
    gone, sent = asyncio.Event(), asyncio.Queue[Message]()
    body = [orjson.dumps(follow())]

    async def receive() -> Message:
        if body:
            return {"type": "http.request", "body": body.pop(), "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.put_nowait(message)

    task = asyncio.create_task(scope["app"](scope, receive, send))
    start = await asyncio.wait_for(sent.get(), 5)
    assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
    assert (await asyncio.wait_for(sent.get(), 5))["body"] == b":\n\n"
    await listening(scope["app"].state.live, 1)
    await scope["app"].state.live.ready()
    await publish(desk, "t1")
    told = (await asyncio.wait_for(sent.get(), 5))["body"]
    assert told == b'event: next\ndata: {"data":{"trends":{"new":[],"gone":["t3","t4"],"reset":false}}}\n\n'
    gone.set()
    await asyncio.wait_for(task, 5)
    assert scope["app"].state.live.listeners == 0
