"""One recorded log through every embedded backend and through every server: the same answers from both."""

import gzip
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from places import drop
from qdrant_double import Qdrant, serving
from services.backends import own_name
from services.ceph import Ceph
from services.influx import Influx
from services.rabbitmq import Rabbit
from services.redis import Redis
from trend_agent.app import Beside, make_pipeline, open_beside, open_index, open_records
from trend_agent.items import Item, digest, plain
from trend_agent.processing.search import Index
from trend_agent.processing.telling import METRICS, told
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.sources.recorded import Recording
from trend_agent.storage import exports
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.ports.queue import Message
from trend_agent.storage.ports.vectors import Where
from trend_agent.storage.spool import Spool
from trend_agent.storage.sql.dump import columns
from trend_agent.storage.sql.inbox import first_time
from trend_agent.storage.sql.postgres import in_schema
from trend_agent.storage.sql.records import SqlRecords

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
PART = 60


@pytest.fixture(scope="module")
def world() -> list[Item]:
    return list(World(seed=5, days=1, per_day=300, until=UNTIL).items())


def embedded(folder: Path, name: str = "r") -> Settings:
    return Settings(records=f"sqlite:///{folder}/{name}.sqlite3", objects=f"folder:{folder}/{name}-objects")


@pytest.fixture
def qdrant() -> Iterator[str]:
    with serving(Qdrant()) as url:
        yield url


@pytest.fixture
def served(
    postgres_place: str, redis: Redis, qdrant: str, influx: Influx, rabbit: Rabbit, ceph: Ceph
) -> Settings:
    """The same installation with nothing embedded."""
    return Settings(
        records=postgres_place,
        vectors=f"qdrant+{qdrant}",
        timeseries=influx.address(database=own_name()),
        queue=rabbit.address(options=f"?prefix={own_name()}"),
        cache=redis.address(),
        objects=ceph.address(prefix=own_name()),
    )


@dataclass
class Place:
    """One installation, opened."""

    book: SqlRecords
    beside: Beside
    index: Index


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Place]:
    async with (
        open_records(settings, write=True) as book,
        open_beside(settings, book.database) as beside,
        open_index(book, settings) as index,
    ):
        yield Place(book, beside, index)


async def capture(place: Place, world: Sequence[Item]) -> None:
    """What a collector brought lies with the objects, and the queue says where."""
    await place.beside.objects.make_bucket("captures")
    for start in range(0, len(world), PART):
        key = f"{start:06}.jsonl"
        lines = b"\n".join(orjson.dumps(plain(item), default=str) for item in world[start : start + PART])
        await place.beside.objects.put("captures", key, lines)
        await place.beside.queue.publish("captures", Message(key.encode(), key))


async def work_off(place: Place) -> None:
    """Take each capture in once, though its message were handed out twice."""
    while taken := await place.beside.queue.take("captures", wait=timedelta(seconds=1)):
        (delivery,) = taken
        key = delivery.message.key
        lines = (await place.beside.objects.get("captures", delivery.message.body.decode())).splitlines()
        rows = enumerate(map(orjson.loads, lines), start=1)
        await place.book.ingest(Recording(Path(key), rows, now=UNTIL).arrivals(PART))
        assert await place.book.database.write(lambda c, key=key: first_time(c, "captures", key))
        await place.beside.queue.acknowledge(delivery)


async def answers(place: Place, world: Sequence[Item], settings: Settings) -> dict[str, object]:
    await capture(place, world)
    await work_off(place)
    pipeline = make_pipeline(place.book, settings)
    await pipeline.drain()
    ranked = await pipeline.publish(limit=50)
    spool = Spool(place.beside.timeseries)
    spool.put(told(ranked))
    await spool.flush()
    await place.index.catch_up()
    keeping = Keeping(place.beside.cache, prefix=own_name())

    async def make() -> bytes:
        return ",".join((await place.book.listed(limit=50)).trends).encode()

    pages = [await keeping.answer("page", make=make, seconds=60) for _ in range(2)]
    assert pages[0] == pages[1]
    span = {"since": UNTIL - timedelta(days=2), "until": UNTIL + timedelta(days=1)}
    points = [p for metric in METRICS for p in await place.beside.timeseries.query(metric, **span)]
    asked = ranked[0].headline.text
    where = Where(languages=["en", "de", "ja"], since=UNTIL - timedelta(hours=20))
    near = await place.index.search(asked, where=where, limit=5)
    return {
        "facts": await place.book.logical_hash(),
        "ledger": await place.book.balance(),
        "wrong": await place.book.check(),
        "ranking": digest(*(f"{t.topic} {t.rank} {t.score!r} {t.state}" for t in ranked)),
        "listed": len(ranked),
        "page": pages[0],
        "series": sorted((p.metric, p.tags["topic"], p.at, p.value) for p in points),
        "indexed": await place.index.vectors.items(),
        "nearest": sorted(found.item.id for found in near),
        "found by words": [fact.item.id for fact in await place.book.search(asked.split()[0])],
        "queue": await place.beside.queue.depth("captures"),
    }


async def exported(place: Place, folder: Path) -> bytes:
    """An export by way of the objects, as an upkeep job keeps it there."""
    file = folder / "export.jsonl.gz"
    await place.book.export(lambda entries: exports.write(file, entries, columns()))
    await place.beside.objects.make_bucket("exports")
    await place.beside.objects.put("exports", "all.jsonl.gz", file)
    file.unlink()
    await place.beside.objects.save("exports", "all.jsonl.gz", file)
    return file.read_bytes()


@pytest.mark.timeout(300)  # six servers and two pipelines: 30 s where the machine is not shared
async def test_all_embedded_and_all_served_answer_the_same_and_exchange_all_they_hold(
    tmp_path: Path, world: list[Item], served: Settings, postgres_url: str
) -> None:
    first = embedded(tmp_path)
    async with opened(first) as here:
        ours = await answers(here, world, first)
        from_here = await exported(here, tmp_path)
    async with opened(served) as there:
        theirs = await answers(there, world, served)
        from_there = await exported(there, tmp_path)
    assert ours == theirs
    assert ours["wrong"] == []
    assert len(ours["series"]) == 3 * int(str(ours["listed"])) > 30  # type: ignore[arg-type]
    other = in_schema(postgres_url, own_name())
    elsewhere = served.model_copy(
        update={"records": other, "objects": served.objects + "-other", "queue": "records:"}
    )
    try:
        facts = str(ours["facts"])
        outside = await passed_on(elsewhere, from_here, tmp_path, facts=facts)
        await passed_on(embedded(tmp_path, "back"), outside, tmp_path, facts=facts)
        await passed_on(embedded(tmp_path, "from-there"), from_there, tmp_path, facts=facts)
    finally:
        await drop(other)


async def passed_on(settings: Settings, content: bytes, folder: Path, *, facts: str) -> bytes:
    """Fill an empty installation from an export; the export of that."""
    file = folder / "coming.jsonl.gz"
    file.write_bytes(content)
    async with opened(settings) as place:
        await place.book.take_in(exports.read(file))
        assert await place.book.logical_hash() == facts
        assert await place.book.check() == []
        going = await exported(place, folder)
    assert gzip.decompress(going) == gzip.decompress(content)
    return going
