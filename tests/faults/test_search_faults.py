"""A Qdrant server that is gone, slow, emptied, of another size or full of errors: words are searched, and so said."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import numpy as np
import pytest
from proxy import Fault, Proxy

from qdrant_double import Qdrant, serving
from trend_agent.items import Fate, Item, Lineage, Membership
from trend_agent.processing import finding
from trend_agent.processing.lexical import Lexical
from trend_agent.processing.search import Compared, Index
from trend_agent.storage import Arrival, Settled
from trend_agent.storage.ports.vectors import Point
from trend_agent.storage.qdrant.server import ServerVectors
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.text.embedding import Dense, Text

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEGRADED = "the index of vectors does not answer; searched by words alone"


@pytest.fixture
def qdrant() -> Qdrant:
    return Qdrant()


@pytest.fixture
def url(qdrant: Qdrant) -> Iterator[str]:
    with serving(qdrant) as found:
        yield found


@pytest.fixture
async def filled(records: SqlRecords) -> SqlRecords:
    items = [Item(f"w:{n}", "w", f"Storm number {n}", NOON, lang="en") for n in range(5)]
    await records.ingest([Arrival(item) for item in items])
    await records.settle(
        Settled(
            last_seq=5,
            fates=[Fate(i.id, "kept", NOON) for i in items],
            items=items,
            memberships=[Membership(i.id, "t1", NOON) for i in items],
            lineage=[Lineage("t1", "born", NOON)],
        )
    )
    return records


@pytest.fixture
async def behind(url: str, filled: SqlRecords) -> AsyncIterator[Callable[[int], Index]]:
    """Makes the index on a port, which may be that of a proxy."""
    opened: list[ServerVectors] = []

    def index(port: int) -> Index:
        opened.append(ServerVectors(f"http://127.0.0.1:{port}", "items"))
        return Index(filled, opened[-1], lexical=Lexical())

    yield index
    for vectors in opened:
        await vectors.close()


async def asked(index: Index) -> tuple[set[str], finding.Way, str]:
    answer = await finding.search(index.records, index, "storm", limit=10)
    return {found.item.id for found in answer.found}, answer.way, answer.degraded


class Longer:
    """An encoder whose vectors have three numbers."""

    name = "longer"

    async def embed(self, texts: Sequence[Text]) -> Sequence[Dense]:
        return [np.array([1.0, 0.0, 0.0], dtype=np.float32) for _ in texts]


ALL = {f"w:{n}" for n in range(5)}


@pytest.mark.parametrize("fault", ["down", "reset", "blackhole", "half-open", "latency"])
async def test_on_a_bad_line_words_are_searched_in_time_and_vectors_again_when_it_mends(
    url: str, behind: Callable[[int], Index], fault: Fault
) -> None:
    async with Proxy(urlsplit(url).port or 0, seconds=5) as proxy:
        index = behind(proxy.port)
        await index.catch_up()
        assert await asked(index) == (ALL, "hybrid", "")
        await proxy.set(fault)
        began = time.monotonic()
        degraded = await asked(index)
        assert time.monotonic() - began < finding.PATIENCE + 3
        # a line that only was half open is made anew at once
        assert degraded in [
            (ALL, "keyword", DEGRADED),
            *([(ALL, "hybrid", "")] if fault == "half-open" else []),
        ]
        await proxy.set(None)
        for _ in range(3):  # the pool's lines may be dead ones, each of which is found out once
            mended = await asked(index)
        assert mended == (ALL, "hybrid", "")


async def test_errors_of_the_server_and_a_vector_of_another_size_are_degraded_answers(
    url: str, behind: Callable[[int], Index], qdrant: Qdrant
) -> None:
    index = behind(urlsplit(url).port or 0)
    await index.catch_up()
    for status in (500, 503, 401, 429):
        qdrant.fail = status
        assert await asked(index) == (ALL, "keyword", DEGRADED)
    qdrant.fail = None
    await index.vectors.clear()
    await index.vectors.upsert([Point("w:0", NOON, "w", "en", "t1", dense=[1.0, 0.0])], place=5)

    wrong = Index(index.records, index.vectors, lexical=Lexical(), encoder=Longer())
    assert (await asked(wrong))[1:] == ("keyword", DEGRADED)


async def test_an_emptied_store_is_counted_and_a_full_reindex_gives_the_same_ids(
    url: str, behind: Callable[[int], Index]
) -> None:
    index = behind(urlsplit(url).port or 0)
    await index.catch_up()
    before = await index.vectors.items()
    await index.vectors.delete(items=before)
    assert await index.compared() == Compared(indexed=0, behind=0, missing=sorted(ALL), extra=[])
    await index.rebuild()
    assert await index.vectors.items() == before == sorted(ALL)
