"""Orders: what a process without the records has their owner do is done once, answered, or asked for later."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from entrance import bearing, client_of
from small_newsroom import SmallDesk

from trend_agent.api import application
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.serving import Access
from trend_agent.api.hands import OwnHands
from trend_agent.api.orders import QUEUE, asked
from trend_agent.api.orders.asking import GOOD_FOR, OrderingHands
from trend_agent.api.orders.carrying import Carrying
from trend_agent.errors import Conflict, Unavailable
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.opening import open_cache
from trend_agent.storage.orders import MOST, Order
from trend_agent.storage.ports.queue import Message
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.orders import SqlOrders
from trend_agent.storage.sql.queue import SqlQueue
from trend_agent.storage.sql.sqlite import Sqlite

MERGE = {"kind": "merge", "topics": ["t3", "t1"]}
CORRECTIONS = "/api/v1/corrections"


@dataclass
class Afar:
    """A process that serves beside the owner of the newsroom, and that owner's carrying of orders."""

    client: httpx.AsyncClient
    hands: OrderingHands
    orders: SqlOrders
    queue: SqlQueue
    carrying: Carrying

    async def say(self, said: Any = MERGE, *, key: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.client.post(CORRECTIONS, json=said, headers=headers)

    async def order(self, answer: httpx.Response) -> Any:
        return (await self.client.get(answer.headers["Location"])).json()

    async def corrections(self) -> list[Any]:
        return list((await self.client.get(CORRECTIONS)).json()["corrections"])

    async def take(self) -> None:
        """Carry out all that lies in the queue."""
        for delivery in await self.queue.take(QUEUE, limit=100):
            await self.carrying.carry_out(delivery.message.body.decode())


@pytest.fixture
def shared(desk: SmallDesk) -> Iterator[Sqlite]:
    database = Sqlite(Path(desk.records.database.name), shared=True)
    yield database
    database.close_now()


@pytest.fixture
async def afar(desk: SmallDesk, hands: OwnHands, shared: Sqlite) -> AsyncIterator[Afar]:
    desk.records.database.writer()  # type: ignore[attr-defined]  # owns the records from here on
    orders, queue = SqlOrders(shared), SqlQueue(shared)
    ordering = OrderingHands(
        orders,
        queue,
        owned=shared.owned,
        sources=hands.sources,
        keeping=Keeping(open_cache("memory:", setting="TREND_CACHE")),
        patience=0.05,
    )
    access = Access(Doors(Known(SqlAccess(shared))))
    own = desk.records.database
    carrying = Carrying(hands, SqlOrders(own), SqlQueue(own), wait=timedelta(0))
    try:
        key = bearing((await access.known.make("an administrator", "admin"))[1])
        async with client_of(application(desk, hands=ordering, ordered=orders, access=access)) as client:
            client.headers.update(key)
            yield Afar(client, ordering, orders, queue, carrying)
    finally:
        await access.close()


@asynccontextmanager
async def at_work(afar: Afar) -> AsyncIterator[None]:
    """The owner carries out orders, and is waited for as long as it takes."""
    afar.hands.patience = 60
    work = asyncio.create_task(afar.carrying.run())
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def test_what_the_owner_does_at_once_is_answered_as_if_it_were_done_here(afar: Afar) -> None:
    async with at_work(afar):
        made = await afar.say()
        assert made.status_code == 201
        assert (made.json()["correction"]["topic"], made.json()["stands"]) == ("t3", True)
        assert made.json()["correction"]["by"] == "an administrator"
        assert [one["correction"]["id"] for one in await afar.corrections()] == [
            made.json()["correction"]["id"]
        ]
        run = await afar.client.post("/api/v1/admin/collect", json={"sources": []})
        assert (run.status_code, run.json()["kind"]) == (202, "collect")
        assert run.headers["Location"] == f"/api/v1/admin/runs/{run.json()['id']}"


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"kind": "merge", "topics": ["t1", "t2"]}, 409, "are one topic already"),
        ({"kind": "undo", "correction": 9}, 404, "no correction 9"),
    ],
)
async def test_what_the_owner_refuses_is_refused_in_its_words(
    afar: Afar, said: Any, status: int, words: str
) -> None:
    async with at_work(afar):
        answer = await afar.say(said)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


async def test_what_takes_long_can_be_asked_for_where_the_answer_says(afar: Afar) -> None:
    answer = await afar.say(key="once")
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "1")
    waiting = answer.json()
    assert (waiting["state"], waiting["kind"], waiting["answer"]) == ("waiting", "correct", None)
    told = await afar.client.get(answer.headers["Location"])
    assert (told.json(), told.headers["Retry-After"]) == (waiting, "1")
    again = await afar.say(key="once")
    assert (again.status_code, again.headers["Location"]) == (202, answer.headers["Location"])
    await afar.take()
    done = await afar.order(answer)
    assert (done["state"], done["fault"]) == ("done", "")
    assert [one["correction"]["id"] for one in await afar.corrections()] == [done["answer"]["id"]]


async def test_the_audit_log_has_one_line_that_names_the_order(afar: Afar, shared: Sqlite) -> None:
    answer = await afar.say()
    await afar.take()
    (deed,) = await SqlAccess(shared).deeds(10)
    assert (deed.status, deed.details) == (202, {"order": answer.json()["id"]})


async def test_a_message_that_comes_again_has_no_second_effect(afar: Afar) -> None:
    answer = await afar.say()
    key = answer.json()["id"]
    for _ in range(3):
        await afar.queue.publish(QUEUE, Message(key.encode(), key=key))
    await afar.take()
    assert len(await afar.corrections()) == 1
    with pytest.raises(Conflict, match="has ended already"):  # by whoever had taken it as well
        await afar.carrying.hands.correct(
            asked.validate_python({"kind": "undo", "correction": 1}), by="somebody", order=key
        )
    assert len(await afar.corrections()) == 1


async def test_an_order_whose_message_was_lost_is_carried_out_when_an_owner_begins(afar: Afar) -> None:
    answer = await afar.say()
    await afar.queue.take(QUEUE)  # and its taker dies
    async with at_work(afar):
        for _ in range(3000):
            if (await afar.order(answer))["state"] != "waiting":
                break
            await asyncio.sleep(0.02)
    assert (await afar.order(answer))["state"] == "done"
    assert len(await afar.corrections()) == 1


async def test_an_order_that_has_grown_old_is_refused_and_not_carried_out(afar: Afar) -> None:
    afar.hands.good_for = timedelta(0)
    answer = await afar.say()
    await afar.take()
    refused = await afar.order(answer)
    assert (refused["state"], refused["answer"]) == ("refused", None)
    assert "nobody began this in time" in refused["fault"]
    assert await afar.corrections() == []


async def test_an_order_that_nobody_ever_took_is_told_of_as_refused(afar: Afar) -> None:
    old = datetime.now(UTC) - timedelta(hours=1)
    await afar.orders.place(Order("a" * 32, "collect", [], "somebody", old, old + GOOD_FOR))
    told = (await afar.client.get(f"/api/v1/orders/{'a' * 32}")).json()
    assert told["state"] == "refused"


async def test_without_an_owner_it_is_said_who_could(
    afar: Afar, desk: SmallDesk, shared: Sqlite, tmp_path: Path
) -> None:
    async def nobody() -> bool:
        return False

    assert await shared.owned()
    afar.hands.owned = nobody
    answer = await afar.say(key="once")
    assert answer.status_code == 503
    assert "`trend up`" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) >= 1
    afar.hands.owned = shared.owned
    assert (await afar.say(key="once")).status_code == 202  # nothing had come of it


async def test_a_queue_that_is_down_leaves_no_order_behind(afar: Afar) -> None:
    class Down(SqlQueue):
        async def publish(self, *_: Any, **__: Any) -> None:
            raise Unavailable("no broker at amqp://nowhere")

    afar.hands.queue = Down(afar.queue.database)
    answer = await afar.say()
    assert answer.status_code == 503
    assert "nowhere" not in answer.text
    assert await afar.orders.waiting() == []


async def test_only_so_many_orders_wait_at_once(afar: Afar) -> None:
    now = datetime.now(UTC)
    order = Order("", "collect", [], "somebody", now, now + GOOD_FOR)
    for number in range(MOST):
        await afar.orders.place(replace(order, id=f"{number:032x}"))
    assert (await afar.say()).status_code == 503


async def test_what_the_owner_does_not_understand_is_refused_in_words(afar: Afar) -> None:
    now = datetime.now(UTC)
    for key, kind, said in (("a" * 32, "dance", []), ("b" * 32, "correct", {"kind": "rename"})):
        await afar.orders.place(Order(key, kind, said, "somebody", now, now + GOOD_FOR))
        await afar.carrying.carry_out(key)
        assert (await afar.client.get(f"/api/v1/orders/{key}")).json()["state"] == "refused"
    await afar.carrying.carry_out("c" * 32)  # of which nobody knows


async def test_sources_are_chosen_without_the_owner(afar: Afar, desk: SmallDesk) -> None:
    where = "/api/v1/sources/rss%3Ahttps%3A%2F%2Fcoast.example%2Ffeed"
    changed = await afar.client.patch(where, json={"enabled": False})
    assert (changed.status_code, changed.json()["state"]) == (200, "disabled")
    assert [choice.enabled for choice in await desk.records.choices()] == [False]
