"""PostgreSQL stopped, killed, slow, full, refusing: nothing acknowledged is lost, and it mends by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import httpx
import pytest
from proxy import Proxy
from sqlalchemy import Connection, text

from places import database_at, opened
from postgres_server import Server, server
from trend_agent.api import application
from trend_agent.app import make_pipeline
from trend_agent.errors import Conflict, Misconfigured, TrendError, Unavailable
from trend_agent.items import Cursor, Fate, Item, Membership
from trend_agent.settings import Settings
from trend_agent.showing import Showing
from trend_agent.storage import Arrival, Settled
from trend_agent.storage.sql.postgres import MOST, Postgres
from trend_agent.storage.sql.records import SqlRecords


@pytest.fixture(scope="module")
def own_server(postgres_server: Server) -> Iterator[Server]:
    """A server to be stopped, apart from the one the other tests use."""
    with server() as running:
        yield running


@pytest.fixture
async def records(postgres_place: str) -> AsyncIterator[SqlRecords]:
    async with opened(database_at(postgres_place)) as found:
        yield found


def some(noon: datetime, first: int, number: int) -> list[Item]:
    return [
        Item(f"wire:{n}", "wire", f"Title number {n}", noon + timedelta(seconds=n))
        for n in range(first, first + number)
    ]


def settled(items: list[Item], last: int) -> Settled:
    return Settled(
        last_seq=last,
        fates=[Fate(i.id, "kept", i.seen_at) for i in items],
        items=items,
        memberships=[Membership(i.id, "t1", i.seen_at) for i in items],
    )


async def work(records: SqlRecords, noon: datetime, acknowledged: list[str], until: asyncio.Event) -> int:
    """Take in and settle, twenty at a time, however often that fails; returns how often it did."""
    failed = place = 0
    while not until.is_set() or len(acknowledged) < 100:
        batch = some(noon, place, 20)
        try:
            await records.ingest([Arrival(item) for item in batch], cursor=Cursor("wire", {"place": place}))
            acknowledged += [item.id for item in batch]
            while waiting := await records.pending(500):
                await records.settle(settled([a.item for a in waiting], waiting[-1].seq))
            place += 20
        except TrendError:
            failed += 1
            await asyncio.sleep(0.05)
    return failed


@pytest.mark.timeout(180)
async def test_stopped_and_killed_under_load_nothing_acknowledged_is_lost(
    own_server: Server, noon: datetime
) -> None:
    async with opened(Postgres(own_server.url(), seconds=5)) as records:
        acknowledged: list[str] = []
        over = asyncio.Event()
        job = asyncio.create_task(work(records, noon, acknowledged, over))
        for turn in range(8):
            await asyncio.sleep(0.4)
            if turn % 2:
                await asyncio.to_thread(own_server.kill)
                await asyncio.to_thread(own_server.start_again)
            else:
                await asyncio.to_thread(own_server.stop, "immediate")
                await asyncio.to_thread(own_server.start)
        over.set()
        failed = await job
        assert failed >= 8
        assert len(acknowledged) >= 100
        known = {a.item.id for a in await records.pending(10**6, after=0)}
        assert set(acknowledged) <= known
        balance = await records.balance()
        assert balance.fetched == len(known)
        assert (
            balance.verdicts["kept"] == balance.fetched - balance.waiting == (await records.topic("t1")).items
        )
        assert (await records.cursor("wire")).value["place"] >= 80
        assert await records.check() == []


async def test_who_lost_the_right_to_work_cannot_write(postgres_place: str, noon: datetime) -> None:
    async with opened(database_at(postgres_place)) as first:
        await first.ingest([Arrival(item) for item in some(noon, 0, 2)])
        second = SqlRecords(database_at(postgres_place), configuration="test")
        with pytest.raises(Conflict, match="another process"):
            await second.settle(settled(some(noon, 0, 1), 1))
        await end_sessions(first)
        await second.settle(settled(some(noon, 0, 1), 1))
        for _ in range(2):  # the first time it finds its session gone, the second time the right taken
            with pytest.raises((Unavailable, Conflict)):
                await first.settle(settled(some(noon, 1, 1), 2))
        await second.close()
        await first.settle(settled(some(noon, 1, 1), 2))
        assert (await first.balance()).waiting == 0


async def end_sessions(records: SqlRecords) -> None:
    """End every session that holds the right to work in this schema, as an operator or a failover would."""
    sql = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
        "AND objid::bigint = (hashtext(current_schema())::bigint & 4294967295)"
    )
    assert await records.database.read(lambda c: c.execute(text(sql)).all())
    await asyncio.sleep(0.1)


async def test_transactions_that_lock_each_other_out_both_happen_once(records: SqlRecords) -> None:
    await records.begin_run("a", {})
    await records.begin_run("b", {})
    attempts = 0

    def change(first: int, second: int) -> object:
        def both(connection: Connection) -> None:
            nonlocal attempts
            attempts += 1
            for run in (first, second):
                add = text("UPDATE runs SET error = error || 'x' WHERE id = :id")
                connection.execute(add, {"id": run})
                connection.execute(text("SELECT pg_sleep(0.3)"))

        return both

    await asyncio.gather(
        records.database.write(change(1, 2)),
        records.database.write(change(2, 1)),
    )
    assert attempts >= 3
    rows = await records.database.read(lambda c: c.execute(text("SELECT error FROM runs ORDER BY id")).all())
    assert [row[0] for row in rows] == ["xx", "xx"]


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_a_serialisation_failure_is_run_again_and_leaves_nothing_behind(
    records: SqlRecords, state: str
) -> None:
    attempts = 0

    def unlucky(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        connection.execute(text("INSERT INTO cursors VALUES ('s', '{}')"))
        if attempts < 3:
            connection.execute(text(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"))

    await records.database.write(unlucky)
    assert attempts == 3


@pytest.mark.parametrize("state", ["53100", "53300", "57P03", "58030", "25006"])
async def test_what_passes_is_said_so_and_leaves_nothing_behind(
    records: SqlRecords, noon: datetime, state: str
) -> None:
    def full(connection: Connection) -> None:
        connection.execute(text("INSERT INTO cursors VALUES ('s', '{}')"))
        connection.execute(text(f"DO $$ BEGIN RAISE SQLSTATE '{state}' USING message = 'no space'; END $$"))

    with pytest.raises(Unavailable, match="no space") as fault:
        await records.database.write(full)
    assert fault.value.retry_after
    assert (await records.cursor("s")).value == {}
    assert (await records.ingest([Arrival(item) for item in some(noon, 0, 1)])).new == 1


async def test_a_statement_that_takes_too_long_is_given_up(postgres_place: str) -> None:
    database = Postgres(postgres_place, seconds=0.3)
    await database.prepare()
    with pytest.raises(Unavailable, match="timeout"):
        await database.read(lambda c: c.execute(text("SELECT pg_sleep(5)")))
    assert await database.read(lambda c: c.execute(text("SELECT pg_sleep(0.6)")).all(), patient=True)
    await database.close()


async def test_more_connections_than_there_are_is_a_matter_of_waiting(own_server: Server) -> None:
    taken = []
    database = Postgres(own_server.url(), seconds=3)
    try:
        with pytest.raises(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await asyncpg.connect(own_server.url()))
        with pytest.raises(Unavailable, match=r"too many clients|connection slots"):
            await database.read(lambda c: c.scalar(text("SELECT 1")))
        for connection in taken:
            await connection.close()
        taken.clear()
        await asyncio.sleep(0.2)
        assert await database.read(lambda c: c.scalar(text("SELECT 1"))) == 1
    finally:
        for connection in taken:
            await connection.close()
        await database.close()


async def test_when_all_connections_are_in_use_the_next_is_told_to_come_again(postgres_place: str) -> None:
    database = Postgres(postgres_place, connect_seconds=5)
    await database.prepare()
    gate = await asyncpg.connect(postgres_place)
    await gate.execute("SELECT pg_advisory_lock(42)")

    def wait_at_the_gate(connection: Connection) -> None:
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(42)"))

    working = asyncio.gather(*(database.read(wait_at_the_gate) for _ in range(MOST)))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted"
    for _ in range(600):
        if await gate.fetchval(waiting) == MOST:
            break
        await asyncio.sleep(0.05)
    with pytest.raises(Unavailable, match="in time") as fault:
        await database.read(lambda c: c.scalar(text("SELECT 1")))
    assert fault.value.retry_after
    await gate.close()
    await working
    assert await database.read(lambda c: c.scalar(text("SELECT 1"))) == 1
    await database.close()


async def test_a_network_that_is_cut_or_silent_mends_by_itself(own_server: Server, noon: datetime) -> None:
    async with Proxy(own_server.port) as door:
        address = (
            own_server.url().replace(str(own_server.port), str(door.port)) + "?search_path=cut_or_silent"
        )
        database = Postgres(address, seconds=0.5, connect_seconds=0.5)
        async with opened(database) as records:
            await records.ingest([Arrival(item) for item in some(noon, 0, 3)])
            await door.set("down")
            with pytest.raises(Unavailable, match="cut_or_silent"):
                await records.balance()
            with pytest.raises(Unavailable):
                await records.settle(settled(some(noon, 0, 1), 1))
            await door.set(None)
            assert (await records.balance()).fetched == 3
            await door.set("blackhole")
            with pytest.raises(Unavailable, match="in time"):
                await records.balance()
            with pytest.raises(Unavailable, match="in time"):
                await records.settle(settled(some(noon, 0, 1), 1))
            await door.set(None)
            await asyncio.sleep(0.2)
            await records.settle(settled(some(noon, 0, 3), 3))
            assert (await records.balance()).verdicts["kept"] == 3


async def test_the_api_says_that_the_records_are_away_and_when_to_come_again(
    own_server: Server, noon: datetime
) -> None:
    async with Proxy(own_server.port) as door:
        address = (
            own_server.url().replace(str(own_server.port), str(door.port)) + "?search_path=behind_a_door"
        )
        async with opened(Postgres(address, seconds=1, connect_seconds=1)) as records:
            pipeline = make_pipeline(records, Settings())
            await records.ingest([Arrival(item) for item in some(noon, 0, 5)])
            await pipeline.drain()
            transport = httpx.ASGITransport(application(Showing(records, pipeline, made_up=None)))
            async with httpx.AsyncClient(transport=transport, base_url="http://test.example") as client:
                assert (await client.get("/api/v1/trends/t0")).status_code == 404
                await door.set("down")
                away = await client.get("/api/v1/trends/t0")
                assert away.status_code == 503
                assert int(away.headers["Retry-After"]) >= 1
                assert (await client.get("/healthz")).status_code == 200
                await door.set(None)
                assert (await client.get("/api/v1/trends/t0")).status_code == 404


async def test_what_no_one_foresaw_is_not_swallowed(records: SqlRecords) -> None:
    with pytest.raises(Exception, match="division by zero") as fault:
        await records.database.read(lambda c: c.execute(text("SELECT 1 / 0")))
    assert not isinstance(fault.value, TrendError)


async def test_tables_that_are_gone_say_what_to_do(records: SqlRecords) -> None:
    await records.database.write(lambda c: c.execute(text("DROP TABLE buckets")))
    with pytest.raises(Misconfigured, match="trend db upgrade"):
        await records.database.read(lambda c: c.execute(text("SELECT * FROM buckets")))


async def test_places_in_the_log_become_visible_in_their_order(postgres_place: str, noon: datetime) -> None:
    """A lower place that came late would never be settled."""
    async with opened(database_at(postgres_place)) as records:
        others = [SqlRecords(database_at(postgres_place)) for _ in range(3)]
        seen: list[int] = []

        async def watch() -> None:
            while len(seen) < 120:
                seen.extend([a.seq for a in await records.pending(1000, after=seen[-1] if seen else 0)])

        watching = asyncio.create_task(watch())
        await asyncio.gather(
            *(
                book.ingest([Arrival(replace(item, id=f"{n}:{turn}:{item.id}")) for item in some(noon, 0, 2)])
                for turn in range(20)
                for n, book in enumerate(others)
            )
        )
        await asyncio.wait_for(watching, 10)
        assert len(seen) == len(set(seen)) == 120
        for book in others:
            await book.close()
