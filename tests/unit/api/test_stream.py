"""The stream of what changes: told once, resumed where a reader left off, merged for who is slow."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from small_newsroom import NOON, SmallDesk, made_trend
from starlette.types import Message

from trend_agent.api import application
from trend_agent.api.live import Live, changes
from trend_agent.api.live.changes import moment_of, picture
from trend_agent.api.live.stream import EventStream
from trend_agent.errors import Unavailable
from trend_agent.items import Sentence, Trend
from trend_agent.processing.filtering import Filter
from trend_agent.storage import Health

LATER = NOON + timedelta(minutes=30)


def live_of(desk: SmallDesk, **limits: Any) -> Live:
    return Live(desk, pause=0.02, sources_pause=0.02, **limits)


class Reader:
    """Reads the stream as a client of the application does, an event at a time."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = asyncio.Queue[bytes]()
        self.over = asyncio.Event()
        self.gone = asyncio.Event()
        self.stalled = asyncio.Event()
        self.stalled.set()
        self.rest = b""

    async def send(self, message: Message) -> None:
        await self.stalled.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            self.body.put_nowait(message.get("body", b""))
            if not message.get("more_body"):
                self.over.set()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def event(self) -> tuple[str, str, Any]:
        """The next event: its name, its id and its data."""
        while b"\n\n" not in self.rest:
            self.rest += await asyncio.wait_for(self.body.get(), 5)
        event, _, self.rest = self.rest.partition(b"\n\n")
        told = dict(line.split(": ", 1) for line in event.decode().split("\n"))
        return told["event"], told.get("id", ""), orjson.loads(told["data"])

    def nothing_more(self) -> bool:
        return self.body.empty() and not self.rest


@asynccontextmanager
async def reading(
    live: Live, query: str = "", *, last: str = "", address: str = "192.0.2.1"
) -> AsyncIterator[Reader]:
    reader = Reader()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/api/v1/stream", "raw_path": b"/api/v1/stream", "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"test.example"), *([(b"last-event-id", last.encode())] if last else [])],
        "client": (address, 1), "server": ("test.example", 80),
    }  # fmt: skip
    task = asyncio.create_task(application(live.desk, live=live)(scope, reader.receive, reader.send))
    try:
        yield reader
    finally:
        reader.gone.set()
        reader.stalled.set()
        await asyncio.wait_for(task, 5)


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def at(moment: Any, *trends: Trend) -> list[Trend]:
    return [replace(t, at=moment) for t in trends]


async def publish(desk: SmallDesk, live: Live, trends: list[Trend]) -> None:
    await desk.records.publish(trends)
    live.wake()


async def test_a_change_of_the_list_is_told(desk: SmallDesk) -> None:
    live = live_of(desk)
    first, third, fourth = await desk.records.trends()
    async with reading(live) as reader:
        name, place, data = await reader.event()
        assert (name, data) == ("ready", {"at": "2026-03-01T12:00:00Z"})
        assert moment_of(place.partition(".")[0]) == NOON
        assert reader.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert reader.headers["x-accel-buffering"] == "no"
        await publish(
            desk, live, at(LATER, first, replace(third, state="peaking"), made_trend("t9", LATER, 3))
        )
        name, place, data = await reader.event()
    assert name == "trends"
    assert moment_of(place.partition(".")[0]) == LATER
    assert [t["topic"] for t in data["new"]] == ["t9"]
    assert [(t["topic"], t["state"]) for t in data["changed"]] == [("t3", "peaking")]
    assert data["gone"] == [fourth.topic]
    assert data["at"] == "2026-03-01T12:30:00Z"
    assert "receipt" not in data["new"][0]


async def test_scores_that_drift_alone_are_no_event(desk: SmallDesk) -> None:
    live = live_of(desk)
    trends = await desk.records.trends()
    async with reading(live) as reader:
        await reader.event()
        await publish(desk, live, [replace(t, at=LATER, score=t.score - 0.1) for t in trends])
        await until(lambda: live.now.trends["t1"].score < trends[0].score)
        await publish(desk, live, at(LATER + timedelta(minutes=1), *trends[:2]))
        assert (await reader.event())[2]["gone"] == ["t4"]


@pytest.mark.parametrize("remembered", [True, False], ids=["by the process", "by the records"])
async def test_a_reader_that_comes_back_is_told_what_changed_between(
    desk: SmallDesk, remembered: bool
) -> None:
    live = live_of(desk)
    trends = await desk.records.trends()
    async with reading(live) as reader:
        _, place, _ = await reader.event()
    if not remembered:
        live = live_of(desk)
    tomorrow = NOON + timedelta(days=1)
    await desk.records.publish(at(tomorrow, trends[0], made_trend("t9", NOON, 2)))
    async with reading(live, last=place) as reader:
        assert (await reader.event())[0] == "ready"
        name, _, data = await reader.event()
        assert (name, [t["topic"] for t in data["new"]], data["gone"]) == ("trends", ["t9"], ["t3", "t4"])


async def test_a_reader_that_comes_back_to_the_same_list_is_told_nothing(desk: SmallDesk) -> None:
    async with reading(live_of(desk)) as reader:
        _, place, _ = await reader.event()
    later = live_of(desk)
    async with reading(later, last=place) as reader:
        assert (await reader.event())[1] == place
        await asyncio.sleep(0.1)
        assert reader.nothing_more()


@pytest.mark.parametrize(
    "last",
    [
        "gibberish",
        "1772366400000-0000000000000000.x",
        "9" * 14 + "-0.0",
        "-",
        "\u0661-0.0".encode().decode("latin-1"),
    ],
)
async def test_who_knows_what_nobody_knows_any_more_begins_anew(desk: SmallDesk, last: str) -> None:
    async with reading(live_of(desk), f"since={last}") as reader:
        _, place, _ = await reader.event()
        name, again, data = await reader.event()
        assert (name, again, data) == ("reset", place, {})


async def test_the_moment_of_a_list_that_was_loaded_is_a_place_to_go_on_from(desk: SmallDesk) -> None:
    live = live_of(desk)
    trends = await desk.records.trends()
    await desk.records.publish(at(NOON + timedelta(hours=2), *trends[:2]))
    async with reading(live, "since=2026-03-01T12:00:00Z") as reader:
        await reader.event()
        assert (await reader.event())[2]["gone"] == ["t4"]


async def test_filters_choose_what_is_told_and_what_leaves_the_choice_is_gone(desk: SmallDesk) -> None:
    live = live_of(desk)
    first, third, fourth = await desk.records.trends()
    async with reading(live, "state=rising") as rising, reading(live, "lang=de") as german:
        await rising.event()
        await german.event()
        await publish(
            desk, live, at(LATER, replace(first, state="fading"), replace(third, state="rising"), fourth)
        )
        _, _, data = await rising.event()
        assert ([t["topic"] for t in data["new"]], data["changed"], data["gone"]) == (["t3"], [], ["t1"])
        await asyncio.sleep(0.1)
        assert german.nothing_more()


async def test_a_slow_reader_gets_changes_merged_and_costs_no_memory(desk: SmallDesk) -> None:
    live = live_of(desk)
    trends = await desk.records.trends()
    async with reading(live) as slow, reading(live) as quick:
        await slow.event()
        await quick.event()
        slow.stalled.clear()
        for number in range(1, 4):
            headline = Sentence(f"Otters, part {number}", ["wire:a/b:0"])
            changed = replace(trends[0], headline=headline)
            await publish(desk, live, at(NOON + timedelta(minutes=number), changed, *trends[1:]))
            assert (await quick.event())[2]["changed"][0]["headline"] == f"Otters, part {number}"
        slow.stalled.set()
        told = [(await slow.event())[2]["changed"][0]["headline"]]
        while told[-1] != "Otters, part 3":
            told.append((await slow.event())[2]["changed"][0]["headline"])
        assert len(told) <= 2  # the one that was on its way, and the rest as one
        assert slow.nothing_more()


async def test_who_falls_too_far_behind_is_told_to_begin_anew(desk: SmallDesk) -> None:
    live = live_of(desk)
    trends = await desk.records.trends()
    with live.listen() as listener:
        await listener.start()
        for number in range(1, 20):
            changed = replace(trends[0], items=100 + number)
            await publish(desk, live, at(NOON + timedelta(minutes=number), changed, *trends[1:]))
            await until(lambda n=number: live.now.trends["t1"].items == 100 + n)
        moved = listener.take()
        assert moved is not None
        assert moved.reset
        assert listener.take() is None


async def test_the_health_of_a_source_is_told_when_it_changes(desk: SmallDesk) -> None:
    live = live_of(desk)
    async with reading(live) as reader:
        await reader.event()
        await desk.records.tried(Health("courier", last_try=NOON, fetched=3, last_news=NOON))
        name, _, data = await reader.event()
        assert (name, [s["source"] for s in data["sources"]]) == ("sources", ["courier"])
        await desk.records.tried(Health("courier", last_try=LATER))  # a visit that brought nothing
        await desk.records.tried(Health("courier", last_try=LATER, failures=1, error="no answer"))
        _, _, data = await reader.event()
        assert [s["error"] for s in data["sources"]] == ["no answer"]


async def test_silence_is_broken_by_a_ping(desk: SmallDesk) -> None:
    reader = Reader()
    stream = EventStream(live_of(desk).listen(), "", ping=0.05)
    task = asyncio.create_task(stream({"type": "http", "headers": []}, reader.receive, reader.send))
    assert (await reader.event())[0] == "ready"
    assert await reader.event() == ("ping", "", {})
    reader.gone.set()
    await asyncio.wait_for(task, 5)


async def test_everybody_is_sent_the_very_same_bytes(desk: SmallDesk) -> None:
    live = live_of(desk)
    trends = await desk.records.trends()
    async with reading(live) as one, reading(live) as other, reading(live, "lang=de") as third:
        for reader in (one, other, third):
            await reader.event()
        await publish(desk, live, at(LATER, *trends[:2]))
        bodies = [await asyncio.wait_for(reader.body.get(), 5) for reader in (one, other, third)]
    assert bodies[0] is bodies[1]
    assert bodies[2] == bodies[0]  # the one that went was the German one


async def test_there_is_a_limit_on_listeners_in_all_and_from_one_address(desk: SmallDesk) -> None:
    live = live_of(desk, most=3, per_address=2)
    with live.listen(address="a"), live.listen(address="a"):
        with pytest.raises(Unavailable, match="over 2 listen from one address"), live.listen(address="a"):
            pass
        with live.listen(address="b"):
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(application(desk, live=live)), base_url="http://test.example"
            ) as client:
                answer = await client.get("/api/v1/stream")
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
    assert live.listeners == 0
    with live.listen(address="a"):
        pass


async def test_nobody_listens_and_nothing_is_looked_at(desk: SmallDesk) -> None:
    live = live_of(desk)
    async with reading(live) as reader:
        await reader.event()
        tasks = live._watching
        assert tasks
    await until(lambda: all(task.cancelled() for task in tasks))
    assert live.listeners == 0


async def test_readers_are_let_go_when_the_process_ends(desk: SmallDesk) -> None:
    live = live_of(desk)
    async with reading(live) as reader:
        await reader.event()
        live.close()
        await asyncio.wait_for(reader.over.wait(), 1)
        with pytest.raises(Unavailable, match="about to end"), live.listen():
            pass


async def test_a_watcher_waits_for_records_that_are_away(desk: SmallDesk) -> None:
    live = live_of(desk)
    trends = await desk.records.trends()
    async with reading(live) as reader:
        await reader.event()
        desk.broken = Unavailable("the records are away")
        await desk.records.publish(at(LATER, *trends[:2]))
        await asyncio.sleep(0.1)
        desk.broken = None
        assert (await reader.event())[2]["gone"] == ["t4"]


async def test_a_fault_of_ours_leaves_nobody_waiting(desk: SmallDesk) -> None:
    live = live_of(desk)
    async with reading(live) as reader:
        await reader.event()
        desk.broken = ZeroDivisionError("a bug")
        await desk.records.publish(at(LATER, *(await desk.records.trends())[:2]))
        await asyncio.wait_for(reader.over.wait(), 5)


def test_what_changed_is_a_matter_of_two_lists_alone() -> None:
    old = picture([made_trend("t1", NOON, 1), made_trend("t2", NOON, 2)])
    new = picture([made_trend("t2", LATER, 1), made_trend("t3", LATER, 2)])
    told = changes(old, new)
    assert ([t.topic for t in told.new], [t.topic for t in told.changed], list(told.gone)) == (
        ["t3"],
        ["t2"],
        ["t1"],
    )
    assert not changes(new, new)
    assert not changes(old, new, Filter(states=("fading",)))
    assert picture([]).at is None
