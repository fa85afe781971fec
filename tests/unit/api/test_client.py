"""The client against the application itself, served on loopback behind its gate."""

import asyncio
import inspect
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from small_newsroom import NOON, SmallDesk
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from workshop import Workshop

from trend_agent import storage
from trend_agent.api import application, executions
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.serving import Access
from trend_agent.api.hands import OwnHands
from trend_agent.api.live import Live
from trend_agent.api.rest import answers as server
from trend_agent.client import AsyncClient, Client, Event, answers, operations
from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Rejected, TrendError, Unavailable
from trend_agent.items import Trend
from trend_agent.processing import search
from trend_agent.processing.rank import receipt
from trend_agent.sources import listing
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.watches import SqlWatches

HOWTO = Path(__file__).parents[3] / "docs" / "howto" / "use-the-api.md"


class Cut(Exception):
    """The server fell over while it was sending."""


@dataclass
class Moody:
    """Stands before the application: answers in its stead, loses its answers, and remembers what came."""

    app: ASGIApp
    instead: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    lose: int = 0
    cuts: int = 0
    came: list[dict[str, str]] = field(default_factory=list)
    streaming: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came.append({k.decode(): v.decode() for k, v in scope["headers"]} | {"path": scope["path"]})
        if self.instead:
            await _answer(send, *self.instead.pop(0))
        elif self.lose:
            self.lose -= 1
            await self.app(scope, receive, _nowhere)
            await _answer(send, 503, {"Retry-After": "0"}, b"")
        else:
            await self.app(scope, receive, self._cut(send, scope["path"]))

    def _cut(self, send: Send, path: str) -> Send:
        """Sends what the application sends, until the connection breaks in the middle of it."""

        async def through(message: Message) -> None:
            if self.cuts:
                self.cuts -= 1
                raise Cut
            await send(message)
            if path == "/api/v1/stream" and message.get("body"):
                self.streaming.set()

        return through


async def _nowhere(_: Message) -> None:
    pass


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    told = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    told.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Served:
    """An application at an address, with a key that may do everything, and what it tells of."""

    address: str
    key: str
    moody: Moody
    desk: SmallDesk
    live: Live

    def client(self, **how: Any) -> Client:
        return Client(self.address, self.key, **how)

    async def publish(self, *trends: Trend) -> None:
        await self.desk.records.publish(trends)
        self.live.wake()


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """The address at which an application answers."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(
            app,
            log_level="critical",
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=1,
            access_log=False,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(
            sockets=[door]
        )  # without its loop, which would be waited for at the end of each test
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[door])


@pytest.fixture
async def served(desk: SmallDesk, hands: OwnHands) -> AsyncIterator[Served]:
    known = Known(SqlAccess(desk.records.database), believed=0.0)
    access = Access(Doors(known, anonymous=False))
    live = Live(desk, pause=0.02, sources_pause=0.02)
    watches = SqlWatches(desk.records.database)
    app = application(desk, access=access, hands=hands, live=live, watches=watches, executions=Workshop())
    moody = Moody(app)
    try:
        async with listening(moody) as address:
            yield Served(address, (await known.make("somebody", "admin"))[1], moody, desk, live)
    finally:
        await access.close()


async def off(do: Callable[[], Any]) -> Any:
    """What a blocking client does, beside the server that answers it."""
    return await asyncio.to_thread(do)


async def test_a_list_is_gone_through_over_all_its_pages(served: Served) -> None:
    trends = await off(lambda: list(served.client().trends(limit=1)))
    assert trends == await served.desk.records.trends()
    assert [request["path"] for request in served.moody.came] == ["/api/v1/trends"] * 3
    async with AsyncClient(served.address, served.key) as client:
        assert [trend async for trend in client.trends(limit=2)] == trends


async def test_filters_fields_and_moments_go_along(served: Served) -> None:
    client = served.client()
    assert [t.topic for t in await off(lambda: list(client.trends(state=["new", "fading"])))] == ["t3", "t4"]
    assert [t.topic for t in await off(lambda: list(client.trends(lang="de", q="otters")))] == ["t4"]
    found = await off(lambda: list(client.trends_in_part("topic,headline.text", lang="de")))
    assert found == [{"topic": "t4", "headline": {"text": "Otters return to the river 3"}}]
    then = NOON - timedelta(hours=1)
    served.desk.past[then] = [replace(t, at=then) for t in await served.desk.records.trends()]
    assert [t.at for t in await off(lambda: list(client.trends(as_of=then, limit=2)))] == [then] * 3


async def test_one_trend_is_shown_with_what_it_rests_on(served: Served) -> None:
    client = served.client()
    assert await off(lambda: client.trend("t2")) == (await served.desk.records.trends())[0]
    facts = await off(lambda: list(client.items("t1", limit=2)))
    assert [fact.item.id for fact in facts] == [f"wire:a/b:{n}" for n in (0, 1, 2, 3, 4, 7)]
    assert facts[4].copy_of == "wire:a/b:0"
    told = await off(lambda: client.receipt("t1"))
    assert told.receipt.score == pytest.approx(sum(term.value for term in told.receipt.terms))
    item = await off(lambda: client.item("wire:a/b:4"))
    assert (item.fate.verdict, item.topic) == ("duplicate", "t1")
    found = await off(lambda: client.search("otters", way="keyword", limit=1))
    assert (len(found.found), found.way) == (1, "keyword")
    assert (await off(lambda: client.search("otters", way="keyword", cursor=found.next))).found != found.found


async def test_what_a_key_may_write_is_written(served: Served) -> None:
    async with AsyncClient(served.address, served.key) as client:
        watch = await client.add_watch("Otters", {"text": "otters", "states": ["rising"]})
        assert (await client.change_watch(watch.id, enabled=False)).enabled is False
        assert [w.filter["text"] async for w in client.watches()] == ["otters"]
        assert await client.remove_watch(watch.id) is None
        said = await client.split("t1", ["wire:a/b:3"])
        assert (said.correction.kind, said.stands) == ("split", True)
        assert not (await client.undo(said.correction.id)).stands
        assert [s.correction.kind async for s in client.corrections(limit=1)] == ["undo", "split"]
        (source,) = (await client.add_source("https://coast.example/sport/feed")).entries
        assert (await client.change_source(source.source, enabled=False)).state == "disabled"
        assert "/" in source.source
        assert (await client.source(source.source)).source == source.source
        await client.remove_source(source.source)
        assert source.source not in [s.source async for s in client.sources()]


async def test_workflows_are_run_and_stepped_in(served: Served) -> None:
    client = served.client()
    made = await off(lambda: client.execute("refresh", {"limit": 5}))
    assert (made.workflow, made.steps[0].kind) == ("refresh", "RankTopicsStep")
    assert [e.id for e in await off(lambda: list(client.executions()))] == [made.id]
    for step_in, state in ((client.pause, "paused"), (client.resume, "running"), (client.approve, "done")):
        assert (await off(lambda step_in=step_in: step_in(made.id))).state == state
    assert (await off(lambda: client.cancel(made.id))).state == "cancelled"
    assert (await off(lambda: client.execution(made.id))).state == "cancelled"


async def test_a_fault_is_one_of_our_own_classes_in_the_servers_words(served: Served) -> None:
    client = served.client()
    with pytest.raises(Missing, match="no topic 'nothing'") as missing:
        await off(lambda: client.trend("nothing"))
    assert missing.value.__notes__[0].startswith("request ")
    with pytest.raises(Rejected, match=r"query\.limit"):
        await off(lambda: list(client.trends(limit=0)))
    with pytest.raises(Rejected, match=r"correction|topics"):
        await off(lambda: client.merge("t1"))
    await off(lambda: client.pin("wire:a/b:2", "t3"))
    with pytest.raises(Conflict):
        await off(lambda: client.split("t3", ["wire:a/b:2"]))
    with pytest.raises(Denied):
        await off(lambda: Client(served.address).trend("t1"))
    with pytest.raises(Denied):
        async with AsyncClient(served.address, "trend_wrong") as other:
            await other.trend("t1")


async def test_an_answer_in_no_words_of_ours_is_a_fault_too(served: Served) -> None:
    foreign = {302: Rejected, 413: Rejected, 500: TrendError, 401: Denied, 502: Unavailable}
    served.moody.instead = [(status, {"Location": "http://192.0.2.1/"}, b"<html>") for status in foreign]
    for status, kind in foreign.items():
        with pytest.raises(TrendError, match=str(status)) as fault:
            await off(lambda: served.client(tries=1).trend("t1"))
        assert type(fault.value) is kind


async def test_a_problem_is_told_in_its_words_and_one_that_is_broken_by_its_number(served: Served) -> None:
    kind = {"Content-Type": "application/problem+json"}
    served.moody.instead = [(502, kind, b'{"detail": "a service refuses us"}'), (500, kind, b"{")]
    with pytest.raises(Denied, match="a service refuses us"):
        await off(lambda: served.client().trend("t1"))
    with pytest.raises(TrendError, match="500"):
        await off(lambda: served.client().trend("t1"))
    assert len(served.moody.came) == 2


async def test_what_cannot_be_read_says_where_it_came_from(served: Served) -> None:
    served.moody.instead = [(200, {"Content-Type": "application/json"}, b'{"topic": 1}')] * 2
    with pytest.raises(TrendError, match=r"/trends/t1"):
        await off(lambda: served.client().trend("t1"))


async def test_it_waits_as_long_as_it_is_told_and_then_gives_up(served: Served) -> None:
    busy = [(429, {"Retry-After": "0"}, b""), (503, {"Retry-After": "Mon, 01 Jan 2024 00:00:00 GMT"}, b"")]
    served.moody.instead = [*busy]
    assert (await off(lambda: served.client().trend("t1"))).topic == "t1"
    assert len(served.moody.came) == 3
    served.moody.instead = [*busy, busy[0]]
    with pytest.raises(Unavailable) as fault:
        await off(lambda: served.client(tries=3).trend("t1"))
    assert fault.value.retry_after == 0
    assert served.moody.instead == []
    served.moody.instead = [(503, {"Retry-After": "3600"}, b"")]
    async with AsyncClient(served.address, served.key) as client:
        with pytest.raises(Unavailable) as fault:
            await client.trend("t1")
    assert fault.value.retry_after == 3600


async def test_a_write_whose_answer_was_lost_is_done_once(served: Served) -> None:
    served.moody.lose = 1
    said = await off(lambda: served.client().merge("t1", "t3"))
    first, second = (request["idempotency-key"] for request in served.moody.came)
    assert first == second
    assert [c.id for c in await served.desk.records.corrections()] == [said.correction.id]
    await off(lambda: served.client().undo(said.correction.id))
    assert served.moody.came[-1]["idempotency-key"] != first


async def test_who_does_not_answer_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        place = f"127.0.0.1:{door.getsockname()[1]}"
    with pytest.raises(Unavailable, match=place):
        await off(lambda: Client(f"http://{place}", tries=1).trend("t1"))
    async with AsyncClient(f"http://{place}", tries=1) as client:
        with pytest.raises(Unavailable, match=place):
            await client.trend("t1")


@pytest.mark.parametrize(
    "address", ["trends.example", "ftp://trends.example", "https://me:it@trends.example"]
)
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(Misconfigured, match="should be like"):
        Client(address)


@pytest.mark.parametrize("key", ["trend_abc\n", "Bearer trend_abc"])
def test_a_key_that_is_none_is_refused_at_once_and_not_told(key: str) -> None:
    with pytest.raises(Misconfigured, match="a key should be") as fault:
        Client(key=key)
    assert key not in str(fault.value)


async def test_a_stream_goes_on_where_it_broke(served: Served) -> None:
    first, third, fourth = await served.desk.records.trends()
    moment = NOON + timedelta(minutes=30)
    later = [replace(t, at=moment) for t in (first, replace(third, state="peaking"), fourth)]
    async with AsyncClient(served.address, served.key) as client:
        events = client.stream(state=["peaking"])
        ready = await anext(events)
        assert ready.name == "ready"
        served.moody.cuts = 1
        await served.publish(*later)
        seen = [await anext(events), await anext(events)]
        await events.aclose()  # type: ignore[attr-defined]
    assert [event.name for event in seen] == ["ready", "trends"]
    assert [trend["topic"] for trend in seen[1].data["new"]] == ["t3"]
    assert served.moody.came[-1]["last-event-id"] == ready.id


async def test_a_stream_is_followed_by_a_program_that_blocks(served: Served) -> None:
    served.moody.instead = [
        (503, {"Retry-After": "0"}, b""),
        (
            200,
            {"Content-Type": "text/event-stream"},
            b"event: ping\ndata: {}\n\nevent: reset\nid: x\ndata: {}\n\n",
        ),
    ]

    def read() -> list[Event]:
        events = served.client().stream()
        try:
            return list(islice(events, 2))
        finally:
            events.close()  # type: ignore[attr-defined]

    assert [event.name for event in await off(read)] == ["reset", "ready"]
    assert served.moody.came[-1]["last-event-id"] == "x"


async def test_a_stream_that_is_refused_says_why(served: Served) -> None:
    with pytest.raises(Denied):
        await off(lambda: next(Client(served.address).stream()))


def test_both_clients_ask_everything_that_can_be_asked() -> None:
    known = {
        name
        for name, one in vars(operations).items()
        if inspect.isfunction(one) and not name.startswith("_") and one.__module__ == operations.__name__
    }
    for kind in (Client, AsyncClient):
        assert known - set(vars(kind)) == set()


TOLD = {
    answers.Fact: storage.Fact, answers.Told: storage.Told, answers.WordedTerm: receipt.WordedTerm,
    answers.WordedReceipt: receipt.WordedReceipt, answers.ReceiptOf: server.ReceiptOf, answers.Found: search.Found,
    answers.FoundPage: server.FoundPage, answers.SourceTold: listing.SourceTold, answers.Said: server.Said,
    answers.WatchTold: server.WatchTold, answers.Execution: executions.Execution,
    answers.ExecutionStep: executions.ExecutionStep,
}  # fmt: skip


@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.__name__)
def test_an_answer_holds_what_the_server_sends(kind: Any) -> None:
    assert [one.name for one in fields(kind)] == [one.name for one in fields(TOLD[kind])]


def test_the_client_loads_neither_server_nor_engine() -> None:
    code = "import sys, trend_agent.client; print({'numpy', 'fastapi', 'sqlalchemy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def examples(language: str, served: Served) -> list[str]:
    """The examples in a language, asking this server with this key about topics it has."""
    text = HOWTO.read_text(encoding="utf-8")
    for written, real in (
        ("http://127.0.0.1:8765", served.address),
        ("trend_…", served.key),
        ("t5f0c1d2e3a4b5c6d", "t1"),
        ("t0a1b2c3d4e5f6071", "t3"),
    ):
        text = text.replace(written, real)
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
async def test_the_examples_for_curl_are_answered(served: Served) -> None:
    script = "\n".join(examples("sh", served))
    assert script.count("curl ") >= 5
    failing = f'curl() {{ command curl -sS --fail-with-body --noproxy "*" "$@" && echo; }}\n{script}'
    done = await off(
        lambda: subprocess.run(["sh", "-eu"], input=failing, capture_output=True, text=True, check=False)
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "Otters return to the river 1" in done.stdout
    assert (await served.desk.records.topic("t3")).id == "t1"


async def test_the_examples_for_python_do_what_they_say(served: Served) -> None:
    first, *others = await served.desk.records.trends()

    async def rise() -> None:
        await served.moody.streaming.wait()
        at = NOON + timedelta(minutes=30)
        rising = replace(others[1], state="rising", headline=replace(first.headline, text="Bridges rise"))
        await served.publish(*(replace(t, at=at) for t in (first, others[0], rising)))

    said: list[str] = []
    rising = asyncio.create_task(rise())
    known: dict[str, Any] = {"print": lambda *words: said.append(" ".join(map(str, words)))}
    try:
        for code in examples("python", served):
            await off(lambda code=code: exec(compile(code, HOWTO.name, "exec"), known))
    finally:
        await rising
    assert "1 rising Otters return to the river 1" in said
    assert any("Bridges rise" in line for line in said)
    assert any("no topic 'tnowhere'" in line for line in said)
