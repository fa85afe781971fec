"""Reading ahead: the same outcome whoever reads, in whatever order it comes back."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from trend_agent.app import configuration, make_pipeline, make_reader
from trend_agent.errors import Misconfigured, Missing, Rejected, Unavailable
from trend_agent.jobs import GivenUp, Here, Tools, do
from trend_agent.jobs.process import shards
from trend_agent.jobs.spread import Spread
from trend_agent.processing.reading import Reader
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords

SETTINGS = Settings(batch=100)
UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)


@asynccontextmanager
async def reader() -> AsyncIterator[Reader]:
    yield make_reader(SETTINGS)


@asynccontextmanager
async def nothing() -> AsyncIterator[Any]:
    raise NotImplementedError("only reading is done here")
    yield


def tools() -> Tools:
    return Tools(
        configuration=configuration(SETTINGS), reader=reader, http=nothing, pipeline=nothing, outlets=nothing
    )


class Unruly:
    """A carrier that answers in any order, fails now and then, and cannot bear some items."""

    def __init__(self, *, poison: frozenset[str] = frozenset(), failing: float = 0.0) -> None:
        self.here, self.chance = Here(tools()), random.Random(4)
        self.poison, self.failing = poison, failing
        self.sizes: list[int] = []
        self.attempts: list[tuple[int, int]] = []
        self.known: set[str] = set()

    async def carry(self, job: str, arguments: dict[str, Any], *, key: str, attempts: int = 3) -> Any:
        rows = orjson.loads(orjson.dumps(arguments))["arrivals"]
        self.known.add(key)
        self.sizes.append(len(rows))
        await asyncio.sleep(self.chance.random() * 0.01)
        if self.chance.random() < self.failing:
            raise Unavailable("nobody carries")
        if self.poison & {row["id"] for row in rows}:
            self.attempts.append((len(rows), attempts))
            raise GivenUp("the job 'process' ended its process 3 times")
        return orjson.loads(orjson.dumps(await self.here.carry(job, arguments, key=key)))

    async def forget(self, *keys: str) -> None:
        self.known.difference_update(keys)

    async def close(self) -> None: ...


def arrivals(count: int) -> list[Arrival]:
    world = World(seed=3, days=1, per_day=count, until=UNTIL)
    return [Arrival(item) for item in world.items()][:count]


async def settled(book: SqlRecords, carrier: Unruly | None, *, size: int = 64) -> str:
    found = (
        Spread(book, carrier, configuration=configuration(SETTINGS), size=size, ahead=4) if carrier else None
    )
    pipeline = make_pipeline(book, SETTINGS, read=found)
    while True:
        try:
            if not await pipeline.step():
                break
        except Unavailable:
            continue
    if found:
        await found.close()
    return await book.logical_hash()


@pytest.mark.parametrize("size", [1, 64, 1000])
async def test_what_others_read_ends_as_what_is_read_here(
    records: SqlRecords, tmp_path_factory: pytest.TempPathFactory, size: int
) -> None:
    found = arrivals(150 if size == 1 else 500)
    await records.ingest(found)
    carrier = Unruly()
    carried = await settled(records, carrier, size=size)
    assert carrier.known == set(), "what was read is still kept for us"
    from places import opened
    from trend_agent.storage.sql.sqlite import Sqlite

    path = tmp_path_factory.mktemp("alone") / "records.sqlite3"
    async with opened(Sqlite(path), configuration="test") as alone:
        await alone.ingest(found)
        assert await settled(alone, None) == carried


async def test_a_carrier_that_fails_half_the_time_loses_nothing(records: SqlRecords) -> None:
    found = arrivals(300)
    await records.ingest(found)
    await settled(records, Unruly(failing=0.5))
    balance = await records.balance()
    assert (balance.holds, balance.waiting, balance.fetched) == (True, 0, len(found))


async def test_the_item_that_nobody_can_read_is_found_by_halving(records: SqlRecords) -> None:
    found = arrivals(300)
    poison = found[77].item.id
    await records.ingest(found)
    carrier = Unruly(poison=frozenset({poison}))
    await settled(records, carrier)
    (told,) = await records.fate(item=poison)
    assert told.fate
    assert (told.fate.verdict, told.fate.reason) == ("quarantined", "cannot be processed")
    assert (await records.balance()).verdicts["quarantined"] == 1
    whole, *halves, last = carrier.attempts
    assert (whole, last) == ((64, 3), (1, 3))
    assert {attempts for _, attempts in halves} == {1}, "a half that is suspect is begun once only"
    assert len(halves) <= 6


def test_shards_hold_every_arrival_once_and_neighbours_together() -> None:
    found = arrivals(230)
    cut = list(shards(found, size=100))
    assert [len(shard) for shard in cut] == [100, 100, 30]
    assert sorted(a.item.id for shard in cut for a in shard) == sorted(a.item.id for a in found)
    languages = [a.item.lang for shard in cut for a in shard]
    assert languages == sorted(languages)


async def test_a_job_nobody_knows_and_arguments_that_do_not_fit_are_told() -> None:
    with pytest.raises(Missing, match="no job called 'nope'; there are collect"):
        await do(tools(), "nope", {})
    with pytest.raises(Rejected, match="'process' cannot be done like that"):
        await do(tools(), "process", {"arrival": []})
    with pytest.raises(Misconfigured, match="TREND_LANGUAGES"):
        await do(tools(), "process", {"arrivals": [], "configuration": "another"})
