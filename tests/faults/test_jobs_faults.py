"""Workers that die, brokers that go away, a board that is wiped: the same topics and trends, and nothing lost."""

import asyncio
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from proxy import Proxy
from redis.asyncio import Redis as Client

from postgres_server import Server, server
from services.backends import own_name
from services.redis import Redis
from services.workers import Worker, ended
from trend_agent.app import configuration, make_handed, make_pipeline, open_records
from trend_agent.errors import Conflict, Missing, Rejected, Unavailable
from trend_agent.items import Item
from trend_agent.jobs import GivenUp
from trend_agent.jobs.celery import task_id
from trend_agent.jobs.spread import Spread
from trend_agent.processing import wire
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords

pytestmark = pytest.mark.timeout(300)  # on a machine that has other things to do

BROKERS = ["redis", "rabbit"]
SHARD = 100
UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEMS = list(World(seed=3, days=1, per_day=1200, until=UNTIL).items())


@dataclass(frozen=True)
class End:
    """What came of a run."""

    hash: str
    trends: Sequence[Any]
    fates: dict[str, str]


@dataclass
class Team:
    """A broker with its board, and a worker on it."""

    settings: Settings
    environment: dict[str, str]
    folder: Path
    keys: set[str] = field(default_factory=set)
    """Keys of jobs whose answers are kept, as nobody said that they were read."""

    @property
    def read(self) -> Counter[str]:
        """How often each item was read."""
        book = self.folder / "book"
        lines = book.read_text("utf-8").splitlines() if book.exists() else []
        return Counter(item for line in lines for item in line.split()[1:])

    def worker(self) -> Worker:
        return Worker("watched_tasks", self.environment, Path(tempfile.mkdtemp(dir=self.folder)))


def team_on(
    broker: str, redis: Redis, get: Callable[[str], Any], folder: Path, *, ports: dict[str, int]
) -> Team:
    prefix, found = own_name(), {}
    for setting, kind in (("broker", broker), ("board", "redis")):
        place = redis if kind == "redis" else get("rabbit")
        found[setting] = place.address(ports.get(kind, 0), options=f"?prefix={prefix}")
    settings = Settings(**found, batch=SHARD)
    environment = {
        "TREND_BROKER": settings.broker,
        "TREND_BOARD": settings.board,
        "WATCHED_BOOK": str(folder / "book"),
    }
    return Team(settings, environment, folder)


@pytest.fixture(scope="module", params=BROKERS)
def team(
    request: pytest.FixtureRequest, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Team]:
    """A team whose worker is up for all tests of this file on that broker."""
    folder = tmp_path_factory.mktemp("team")
    found = team_on(request.param, redis, request.getfixturevalue, folder, ports={})
    worker = found.worker()
    try:
        worker.ready()
        yield found
    finally:
        worker.end()


@asynccontextmanager
async def owner(
    records: str, settings: Settings, *, carried: bool = True, size: int = SHARD
) -> AsyncIterator[tuple[SqlRecords, Callable[[], Awaitable[End]]]]:
    """Records, and what settles all that waits in them and ends with what there is then."""
    settings = settings.model_copy(update={"records": records})
    carrier = make_handed(settings)
    async with open_records(settings, write=True) as book:
        spread = Spread(book, carrier, configuration=configuration(settings), size=size, ahead=4)
        pipeline = make_pipeline(book, settings, read=spread if carried else None)

        async def work() -> End:
            while True:
                try:
                    if not await pipeline.step():
                        trends = await pipeline.trends(limit=50)
                        return End(await book.logical_hash(), trends, await fates(book))
                except (Unavailable, Conflict):
                    await asyncio.sleep(0.1)

        try:
            yield book, work
        finally:
            await spread.close()
            await carrier.close()


async def fates(book: SqlRecords) -> dict[str, str]:
    found = {}
    for place in range(1, (await book.settled_until()) + 1):
        (arrival,) = await book.pending(1, after=place - 1, until=place)
        assert arrival.verdict
        found[arrival.item.id] = arrival.verdict
    return found


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> End:
    """What comes of the items in one process."""

    async def run() -> End:
        records = f"sqlite:///{tmp_path_factory.mktemp('clean') / 'records.sqlite3'}"
        settings = Settings(broker="redis://127.0.0.1:1/0", batch=SHARD)
        async with owner(records, settings, carried=False) as (book, work):
            await book.ingest([Arrival(item) for item in ITEMS])
            return await work()

    return asyncio.run(run())


async def until(there: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(90):
        while not await there():  # noqa: ASYNC110  # another process makes it true
            await asyncio.sleep(0.02)


async def settled(book: SqlRecords, count: int) -> None:
    """Return when so many have their fate."""

    async def enough() -> bool:
        return await book.settled_until() >= count

    await until(enough)


async def begun(team: Team, *ids: str) -> None:
    """Return when these are being read."""

    async def reading() -> bool:
        return set(ids) <= set(team.read)

    await until(reading)


async def sound(book: SqlRecords, team: Team) -> None:
    """The ledger is closed, the records are sound, and nothing is left on the board."""
    balance = await book.balance()
    assert (balance.holds, balance.waiting) == (True, 0)
    assert await book.check() == []
    address = team.settings.board
    async with Client.from_url(address.partition("?")[0]) as client:
        prefix = address.rpartition("prefix=")[2]
        left = {key.decode() async for key in client.scan_iter(f"{prefix}:*:job")}
    assert {f"{prefix}:{{{task_id(key)}}}:job" for key in team.keys} >= left


async def test_workers_give_the_same_topics_and_trends_as_one_process(
    team: Team, clean: End, tmp_path: Path
) -> None:
    before = team.read
    async with owner(f"sqlite:///{tmp_path}/records.sqlite3", team.settings) as (book, work):
        await book.ingest([Arrival(item) for item in ITEMS])
        assert await work() == clean
        await sound(book, team)
    read = team.read - before
    assert set(read) == {item.id for item in ITEMS}
    assert set(read.values()) == {1}, "something was read twice though nothing went wrong"


async def test_a_worker_killed_with_work_in_hand_loses_nothing(
    team: Team, clean: End, tmp_path: Path
) -> None:
    before, kills = team.read, 0
    victims = [team.worker()]
    try:
        await asyncio.to_thread(victims[0].ready)
        async with owner(f"sqlite:///{tmp_path}/records.sqlite3", team.settings) as (book, work):
            await book.ingest([Arrival(item) for item in ITEMS])
            job = asyncio.create_task(work())
            await settled(book, 200)
            await asyncio.to_thread(victims[0].end, signal.SIGKILL)
            kills += 1
            assert await job == clean
            await sound(book, team)
    finally:
        ended(victims)
    assert max((team.read - before).values()) <= 3 + kills


@pytest.mark.faults
async def test_a_worker_told_to_end_finishes_what_it_has_in_hand(team: Team) -> None:
    carrier, worker = make_handed(team.settings), team.worker()
    try:
        await asyncio.to_thread(worker.ready)
        slow = Item(own_name(), "wire", "SLOW", UNTIL)
        jobs = [asyncio.create_task(process(carrier, team, replace(slow, id=f"{slow.id}{n}"))) for n in "ab"]
        await begun(team, f"{slow.id}a", f"{slow.id}b")
        await asyncio.to_thread(worker.end)
        await asyncio.gather(*jobs)
        assert {team.read[f"{slow.id}{n}"] for n in "ab"} == {1}, "what was in hand was begun again"
    finally:
        ended([worker])
        await carrier.close()


async def test_a_board_that_is_wiped_changes_nothing(
    team: Team, clean: End, redis: Redis, tmp_path: Path
) -> None:
    async with (
        owner(f"sqlite:///{tmp_path}/records.sqlite3", team.settings) as (book, work),
        Client.from_url(redis.address()) as client,
    ):
        await book.ingest([Arrival(item) for item in ITEMS])
        job = asyncio.create_task(work())
        for count in (100, 400, 800):
            await settled(book, count)
            await client.flushall()
        assert await job == clean
        await sound(book, team)


async def outage(kind: str, redis: Redis, get: Callable[[str], Any], tmp_path: Path, seconds: float) -> End:
    """What comes of a run in which owner and worker cannot reach the broker for a while."""
    async with Proxy(redis.port) as to_redis, Proxy(get(kind).port) as to_broker:
        ports = {"redis": to_redis.port, kind: to_broker.port}
        team = team_on(kind, redis, get, tmp_path, ports=ports)
        worker = team.worker()
        try:
            await asyncio.to_thread(worker.ready)
            async with owner(f"sqlite:///{tmp_path}/records.sqlite3", team.settings) as (book, work):
                await book.ingest([Arrival(item) for item in ITEMS])
                job = asyncio.create_task(work())
                await settled(book, 200)
                await to_broker.set("down")
                await asyncio.sleep(seconds)
                known = (await book.ingest([Arrival(item) for item in ITEMS[:50]])).known
                assert known == 50, "the log takes no arrivals while the broker is away"
                await to_broker.set(None)
                found = await job
                await sound(book, team)
                return found
        finally:
            await asyncio.to_thread(worker.end, signal.SIGKILL)


async def test_a_broker_that_is_away_for_a_while_is_waited_for(
    request: pytest.FixtureRequest, redis: Redis, clean: End, tmp_path: Path
) -> None:
    assert await outage("rabbit", redis, request.getfixturevalue, tmp_path, 3) == clean


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", BROKERS)
async def test_a_broker_that_is_away_for_half_a_minute_is_waited_for(
    request: pytest.FixtureRequest, redis: Redis, clean: End, tmp_path: Path, kind: str
) -> None:
    assert await outage(kind, redis, request.getfixturevalue, tmp_path, 30) == clean


async def test_an_item_that_ends_whoever_reads_it_is_quarantined_and_the_others_go_on(
    team: Team, tmp_path: Path
) -> None:
    poison = [replace(ITEMS[30], title="KILL"), replace(ITEMS[160], title="RAISE")]
    ids = {item.id for item in poison}
    items = [next((p for p in poison if p.id == item.id), item) for item in ITEMS[:200]]
    async with owner(f"sqlite:///{tmp_path}/with.sqlite3", team.settings, size=8) as (book, work):
        await book.ingest([Arrival(item) for item in items])
        found = await work()
        await sound(book, team)
        for item in poison:
            (told,) = await book.fate(item=item.id)
            assert told.fate and (told.fate.verdict, told.fate.reason) == (
                "quarantined",
                "cannot be processed",
            )
            assert "3 times" in told.fate.detail
    async with owner(f"sqlite:///{tmp_path}/without.sqlite3", team.settings, carried=False) as (book, work):
        await book.ingest([Arrival(item) for item in items if item.id not in ids])
        without = await work()
    assert {item: fate for item, fate in found.fates.items() if item not in ids} == without.fates
    assert found.trends == without.trends


def process(carrier: Any, team: Team, item: Item, *, key: str = "") -> Coroutine[Any, Any, Any]:
    team.keys.add(f"test:{item.id}")
    return carrier.carry("process", asked(team, item), key=key or f"test:{item.id}")


def asked(team: Team, item: Item) -> dict[str, Any]:
    rows = wire.arrival_rows([Arrival(item)])
    return {"arrivals": rows, "configuration": configuration(team.settings)}


async def test_a_job_carried_again_under_its_key_is_done_once(team: Team) -> None:
    carrier, later = make_handed(team.settings), make_handed(team.settings)
    try:
        item = replace(ITEMS[0], id=own_name())
        first = await process(carrier, team, item)
        assert await process(later, team, item) == first
        assert team.read[item.id] == 1
        with pytest.raises(Conflict, match="another"):
            await process(later, team, replace(item, id=own_name()), key=f"test:{item.id}")
    finally:
        await carrier.close()
        await later.close()


async def test_an_owner_that_died_finds_its_job_where_it_is(team: Team) -> None:
    item = Item(own_name(), "wire", "SLOW", UNTIL)
    first = make_handed(team.settings)
    waiting = asyncio.create_task(process(first, team, item))
    await begun(team, item.id)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await first.close()
    second = make_handed(team.settings)
    try:
        assert len((await process(second, team, item))["pages"]) == 1
        assert team.read[item.id] == 1
    finally:
        await second.close()


async def test_a_message_that_comes_three_times_is_done_once(team: Team) -> None:
    carrier = make_handed(team.settings)
    try:
        item = replace(ITEMS[0], id=own_name())
        waiting = asyncio.create_task(process(carrier, team, item))
        for _ in range(3):
            await asyncio.to_thread(
                carrier.app.send_task, "trend.process", task_id=task_id(f"test:{item.id}")
            )
        await waiting
        await process(carrier, team, replace(item, id=own_name()))  # what comes after them is done by now
        assert team.read[item.id] == 1
    finally:
        await carrier.close()


async def test_faults_come_back_as_what_they_are(team: Team) -> None:
    carrier = make_handed(team.settings)
    try:
        with pytest.raises(Missing, match="no job called 'nope'"):
            await carrier.carry("nope", {}, key=own_name())
        with pytest.raises(Rejected, match="cannot be done like that"):
            await carrier.carry("process", {"wrong": 1}, key=own_name())
        with pytest.raises(Rejected, match="TREND_LANGUAGES"):
            await carrier.carry("process", {"arrivals": [], "configuration": "other"}, key=own_name())
        with pytest.raises(GivenUp, match=r"failed 3 times, at last with RecursionError: too deep"):
            await process(carrier, team, Item(own_name(), "wire", "RAISE", UNTIL))
        with pytest.raises(GivenUp, match="ended its process 3 times"):
            await process(carrier, team, Item(own_name(), "wire", "KILL", UNTIL))
    finally:
        await carrier.close()


@pytest.fixture
def own_server() -> Iterator[Server]:
    with server() as running:
        yield running


async def restarted(team: Team, running: Server, times: int) -> tuple[End, int]:
    """What comes of a run while PostgreSQL is stopped at once, and started again, so many times."""
    async with owner(running.url(), team.settings) as (book, work):
        await book.ingest([Arrival(item) for item in ITEMS])
        job = asyncio.create_task(work())
        done = 0
        while done < times:
            await asyncio.sleep(0.3)
            await asyncio.to_thread(running.stop, "immediate")
            await asyncio.to_thread(running.start)
            done += 1
        found = await job
        await sound(book, team)
        return found, done


@pytest.mark.parametrize("team", ["redis"], indirect=True)
async def test_postgresql_restarted_while_workers_read_loses_nothing(
    team: Team, own_server: Server, clean: End
) -> None:
    assert (await restarted(team, own_server, 3))[0] == clean


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_postgresql_restarted_twenty_times_loses_nothing(
    team: Team, own_server: Server, clean: End
) -> None:
    assert (await restarted(team, own_server, 20)) == (clean, 20)
