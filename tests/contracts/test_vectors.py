"""What every store of vectors promises. Qdrant's engine and pgvector are the real ones, Qdrant's server is a
stand-in, `qdrant_double.py`."""

import asyncio
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from places import drop
from qdrant_double import Qdrant, serving
from services import absent
from trend_agent.errors import Misconfigured, Rejected
from trend_agent.items import Sparse
from trend_agent.storage.pgvector import PostgresVectors
from trend_agent.storage.ports.vectors import Point, Where
from trend_agent.storage.qdrant.edge import EdgeVectors
from trend_agent.storage.qdrant.server import ServerVectors
from trend_agent.storage.sql.postgres import Postgres, in_schema


@contextmanager
def opened(kind: str, folder, postgres):
    """A function that opens the same store, as another process would after this one."""
    if kind == "edge":
        yield lambda: EdgeVectors(folder / "vectors")
    elif kind == "pgvector":
        address = postgres()
        asyncio.run(made(address))
        try:
            yield lambda: PostgresVectors(address, "vectors_x")
        finally:
            asyncio.run(drop(address))
    else:
        with serving(Qdrant()) as url:
            yield lambda: ServerVectors(url, "items")


async def made(address: str) -> None:
    """A schema of its own, on a server that has the extension."""
    database = Postgres(address)
    try:
        await database.prepare()
        known = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
        if not await database.read(lambda c: c.scalar(text(known))):
            absent("this PostgreSQL has no extension pgvector")
    finally:
        await database.close()


@pytest.fixture(params=["edge", "server", "pgvector"])
def opener(request, tmp_path):
    def postgres():
        return in_schema(request.getfixturevalue("postgres_url"), f"vectors_{uuid4().hex[:12]}")

    with opened(request.param, tmp_path, postgres) as found:
        yield found


@pytest.fixture
async def vectors(opener):
    store = opener()
    yield store
    await store.close()


@pytest.fixture
def points(noon: datetime) -> list[Point]:
    """Ten points round a quarter circle, of two sources, two languages and two topics, an hour apart."""
    return [
        Point(
            f"wire:{n}",
            noon + timedelta(hours=n),
            source="wire" if n % 2 else "blog",
            lang="de" if n < 5 else "ja",
            topic="t1" if n < 3 else "t2",
            sparse=Sparse([n, 100], [0.8, 0.6]),
            dense=[1 - n / 9, n / 9, 0.0],
        )
        for n in range(10)
    ]


def found(answer):
    return [near.item for near in answer]


async def test_an_empty_store_finds_nothing(vectors) -> None:
    assert await vectors.nearest(sparse=Sparse([1], [1.0]), dense=[1.0, 0.0, 0.0]) == []
    assert await vectors.count() == 0
    assert await vectors.items() == []
    assert await vectors.place() == 0
    await vectors.delete(items=["wire:1"], where=Where(sources=["wire"]))
    await vectors.clear()


async def test_the_nearest_come_first(vectors, points) -> None:
    await vectors.upsert(points)
    answer = await vectors.nearest(dense=[0.0, 1.0, 0.0], limit=3)
    assert found(answer) == ["wire:9", "wire:8", "wire:7"]
    assert answer[0].score == pytest.approx(1.0, abs=1e-5)
    assert answer[0].score > answer[1].score > answer[2].score


async def test_rare_terms_weigh_more_than_those_of_all(vectors, points) -> None:
    await vectors.upsert(points)
    answer = await vectors.nearest(sparse=Sparse([4, 100], [1.0, 1.0]), limit=2)
    assert answer[0].item == "wire:4"
    assert answer[0].score > 10 * answer[1].score


async def test_items_that_share_no_term_are_not_found(vectors, points) -> None:
    await vectors.upsert(points)
    assert found(await vectors.nearest(sparse=Sparse([4], [1.0]))) == ["wire:4"]
    assert await vectors.nearest(sparse=Sparse([], [])) == []


async def test_both_lists_are_merged_by_rank(vectors, points) -> None:
    await vectors.upsert(points)
    answer = await vectors.nearest(sparse=Sparse([2], [1.0]), dense=[0.0, 1.0, 0.0], limit=2)
    assert set(found(answer)) == {"wire:2", "wire:9"}
    both = await vectors.nearest(sparse=Sparse([7], [1.0]), dense=[0.0, 1.0, 0.0], limit=3)
    assert both[0].item == "wire:7"  # third in one list, first in the other


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        (Where(), range(10)),
        (Where(sources=["blog"]), range(0, 10, 2)),
        (Where(languages=["ja"]), range(5, 10)),
        (Where(languages=["ja", "de"], sources=["wire"]), range(1, 10, 2)),
        (Where(topics=["t1"]), range(3)),
        (Where(sources=["nobody"]), ()),
    ],
)
async def test_filters_hold_for_searching_and_counting(vectors, points, where, numbers) -> None:
    await vectors.upsert(points, place=3)
    wanted = {f"wire:{n}" for n in numbers}
    assert set(found(await vectors.nearest(dense=[1.0, 1.0, 0.0], where=where, limit=20))) == wanted
    assert set(found(await vectors.nearest(sparse=Sparse([100], [1.0]), where=where, limit=20))) == wanted
    both = await vectors.nearest(sparse=Sparse([100], [1.0]), dense=[1.0, 1.0, 0.0], where=where, limit=20)
    assert set(found(both)) == wanted
    assert await vectors.count(where) == len(wanted)


async def test_times_are_filtered_with_both_ends(vectors, points, noon) -> None:
    await vectors.upsert(points)
    where = Where(since=noon + timedelta(hours=2), until=noon + timedelta(hours=4))
    assert set(found(await vectors.nearest(dense=[1.0, 1.0, 0.0], where=where))) == {
        "wire:2",
        "wire:3",
        "wire:4",
    }
    assert await vectors.count(Where(until=noon)) == 1


async def test_storing_again_replaces(vectors, points, noon) -> None:
    await vectors.upsert(points)
    moved = Point("wire:9", noon, "wire", "de", "t9", sparse=Sparse([500], [1.0]), dense=[0.0, 0.0, 1.0])
    await vectors.upsert([moved])
    assert await vectors.count() == 10
    assert await vectors.count(Where(topics=["t9"])) == 1
    assert found(await vectors.nearest(sparse=Sparse([500], [1.0]))) == ["wire:9"]
    assert found(await vectors.nearest(sparse=Sparse([9], [1.0]))) == []


async def test_what_is_deleted_is_gone(vectors, points) -> None:
    await vectors.upsert(points, place=7)
    await vectors.delete(items=["wire:0", "wire:unknown"])
    await vectors.delete(where=Where(sources=["wire"]))
    assert await vectors.items() == ["wire:2", "wire:4", "wire:6", "wire:8"]
    await vectors.delete()
    assert await vectors.count() == 4
    assert await vectors.place() == 7


async def test_clearing_forgets_all_and_it_can_be_filled_again(vectors, points) -> None:
    await vectors.upsert(points, place=7)
    await vectors.clear()
    assert (await vectors.count(), await vectors.place()) == (0, 0)
    await vectors.upsert(points[:2])
    assert await vectors.items() == ["wire:0", "wire:1"]


async def test_another_process_finds_what_this_one_stored(opener, points) -> None:
    first = opener()
    await first.upsert(points, place=41)
    await first.close()
    second = opener()
    assert await second.place() == 41
    assert await second.items() == sorted(point.item for point in points)
    await second.close()


async def test_a_store_made_fast_answers_the_same(vectors, points) -> None:
    """Asked without ties: which of two equals comes first is the engine's choice."""
    await vectors.optimise()
    await vectors.upsert(points)
    before = await vectors.nearest(sparse=Sparse([3], [1.0]), dense=[0.0, 1.0, 0.0])
    await vectors.optimise()
    after = await vectors.nearest(sparse=Sparse([3], [1.0]), dense=[0.0, 1.0, 0.0])
    assert found(before) == found(after)


async def test_sparse_vectors_alone_will_do(vectors, points) -> None:
    alone = [Point(p.item, p.seen_at, p.source, p.lang, p.topic, sparse=p.sparse) for p in points]
    await vectors.upsert(alone)
    assert found(await vectors.nearest(sparse=Sparse([3], [1.0]))) == ["wire:3"]


async def test_an_item_without_any_word_is_kept_and_found_by_nothing(vectors, points, noon) -> None:
    await vectors.upsert([*points, Point("wire:mute", noon, "wire", "de", "t1", sparse=Sparse([], []))])
    assert await vectors.count() == 11
    assert "wire:mute" not in found(await vectors.nearest(sparse=Sparse([100], [1.0]), limit=20))


async def test_a_vector_of_another_size_is_refused(vectors, points, noon) -> None:
    await vectors.upsert(points)
    with pytest.raises(Rejected):
        await vectors.upsert([Point("wire:x", noon, "wire", "de", "t1", dense=[1.0, 0.0])])
    assert await vectors.count() == 10


async def test_more_points_than_a_page_are_listed(vectors, noon) -> None:
    many = [Point(f"wire:{n:04}", noon, "wire", "de", "t1", sparse=Sparse([n], [1.0])) for n in range(1203)]
    await vectors.upsert(many)
    assert await vectors.items() == [point.item for point in many]


async def test_a_postgresql_without_the_extension_is_named_with_what_to_do(postgres_url) -> None:
    """A database of its own, which looks for extensions where there are none (PostgreSQL 18)."""
    name = f"bare_{uuid4().hex[:12]}"
    link = await asyncpg.connect(postgres_url)
    await link.execute(f"CREATE DATABASE {name}")
    parts = urlsplit(postgres_url)
    bare = urlunsplit(parts._replace(path=f"/{name}", query="extension_control_path=/nowhere"))
    vectors = PostgresVectors(bare, "vectors_x")
    try:
        with pytest.raises(
            Misconfigured, match=f"TREND_VECTORS: PostgreSQL at .*{name}.* has no extension pgvector"
        ):
            await vectors.items()
    finally:
        await vectors.close()
        await link.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await link.close()
