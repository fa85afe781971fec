"""Orders end once, whoever looks at them, and an owner of the records is seen for as long as there is one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from places import database_at, opened
from trend_agent.errors import Conflict, Missing, Unavailable
from trend_agent.storage.orders import Order
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.orders import KEPT, SqlOrders
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = Order("a" * 32, "collect", ["rss:x"], "somebody", NOW, NOW + timedelta(minutes=10))


@pytest.fixture
async def records(place: str) -> AsyncIterator[SqlRecords]:
    async with opened(database_at(place)) as found:
        yield found


@asynccontextmanager
async def beside(place: str) -> AsyncIterator[Database]:
    """The same records as another process has them that owns nothing."""
    found = (
        Sqlite(Path(place.removeprefix("sqlite:///")), shared=True)
        if place.startswith("sqlite")
        else database_at(place)
    )
    try:
        yield found
    finally:
        await found.close()


async def test_an_owner_is_seen_from_elsewhere_while_there_is_one(place: str) -> None:
    async with beside(place) as other:
        async with opened(database_at(place)) as owner:
            assert await other.owned()
            assert await owner.database.owned()
        for _ in range(500):  # a server may take a moment to end the session
            if not await other.owned():
                break
            await asyncio.sleep(0.01)
        assert not await other.owned()


async def test_who_looks_for_an_owner_hinders_nobody_to_become_it(place: str) -> None:
    async with opened(database_at(place)):
        pass
    async with beside(place) as other:
        looking = asyncio.create_task(_look(other))
        try:
            for _ in range(20):
                async with opened(database_at(place)) as owner:
                    assert isinstance(owner, SqlRecords)
        finally:
            looking.cancel()
            await asyncio.wait([looking])


async def _look(database: Database) -> None:
    while True:
        await database.owned()
        await asyncio.sleep(0)


async def test_an_order_is_kept_as_it_was_said_until_it_ends(records: SqlRecords) -> None:
    orders = SqlOrders(records.database)
    await orders.place(ORDER)
    assert await orders.found(ORDER.id) == ORDER
    assert await orders.waiting() == [ORDER.id]
    run = await records.begin_run("collect", {}, order=ORDER.id)
    done = await orders.found(ORDER.id)
    assert done is not None
    assert (done.state, done.answer) == ("done", run)
    assert done.ended_at is not None
    assert await orders.waiting() == []
    assert not await orders.refuse(ORDER.id, Missing("too late"))


async def test_what_was_refused_or_done_is_not_done_again(records: SqlRecords) -> None:
    orders = SqlOrders(records.database)
    await orders.place(ORDER)
    assert await orders.refuse(ORDER.id, Missing("no such source"))
    with pytest.raises(Conflict, match="ended already"):
        await records.begin_run("collect", {}, order=ORDER.id)
    assert await records.runs() == []
    refused = await orders.found(ORDER.id)
    assert refused is not None
    assert (refused.state, refused.fault, refused.words) == ("refused", "Missing", "no such source")


async def test_of_many_who_do_one_order_at_once_one_has_an_effect(records: SqlRecords) -> None:
    orders = SqlOrders(records.database)
    await orders.place(ORDER)

    async def once() -> int:
        try:
            return await records.begin_run("collect", {}, order=ORDER.id)
        except Conflict:
            return 0

    made = [number for number in await asyncio.gather(*(once() for _ in range(8))) if number]
    done = await orders.found(ORDER.id)
    assert done is not None
    assert [done.answer] == made == [run.id for run in await records.runs()]


async def test_an_order_of_which_nobody_knows_is_not_done(records: SqlRecords) -> None:
    with pytest.raises(Conflict):
        await records.begin_run("collect", {}, order="b" * 32)
    assert await records.runs() == []


async def test_old_orders_go_and_too_many_are_turned_away(records: SqlRecords) -> None:
    orders = SqlOrders(records.database)
    at = NOW - KEPT - timedelta(seconds=1)
    await orders.place(Order("c" * 32, "collect", [], "somebody", at, at + timedelta(minutes=10)))
    for number in range(100):
        await orders.place(Order(f"{number:032x}", "collect", [], "somebody", NOW, ORDER.until))
    assert await orders.found("c" * 32) is None
    with pytest.raises(Unavailable, match="100 orders wait"):
        await orders.place(ORDER)
