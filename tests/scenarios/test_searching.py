"""The index follows from the records: kept up to them, found again after a kill, the same when made anew."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from trend_agent.app import open_index
from trend_agent.items import Fate, Item, Lineage, Membership
from trend_agent.processing.lexical import Lexical
from trend_agent.processing.search import Compared, Index
from trend_agent.service import keep_indexing
from trend_agent.settings import Settings
from trend_agent.storage import Arrival, Settled
from trend_agent.storage.ports.vectors import Where
from trend_agent.storage.qdrant.edge import EdgeVectors
from trend_agent.text.embedding.onnx import OnnxEncoder

TINY = Path(__file__).parents[1] / "unit" / "text" / "tiny_encoder"
TITLES = [
    ("en", "Earthquake hits Japan"),
    ("ru", "Землетрясение в Японии"),
    ("en", "Lender fails, central bank steps in"),
    ("de", "Bank bricht zusammen"),
    ("en", "Heavy rain floods the north of Peru"),
]


@pytest.fixture
def items(noon) -> list[Item]:
    return [
        Item(id=f"wire:{n}", source="wire" if n % 2 else "blog", title=title, lang=lang, seen_at=noon)
        for n, (lang, title) in enumerate(TITLES)
    ]


@pytest.fixture
async def filled(records, items):
    """Records in which each item has a topic of its own; the last is a copy of the first."""
    copy = replace(items[0], id="wire:copy")
    await records.ingest([Arrival(item) for item in [*items, copy]])
    await records.settle(
        Settled(
            last_seq=len(items) + 1,
            fates=[
                *(Fate(i.id, "kept", i.seen_at) for i in items),
                Fate(copy.id, "duplicate", copy.seen_at, of="wire:0"),
            ],
            items=[*items, copy],
            memberships=[Membership(i.id, f"t{n}", i.seen_at) for n, i in enumerate(items)],
            lineage=[Lineage(f"t{n}", "born", i.seen_at) for n, i in enumerate(items)],
        )
    )
    return records


@pytest.fixture(params=["words", "words and meaning"])
async def index(request, filled, tmp_path):
    encoder = OnnxEncoder(str(TINY)) if request.param != "words" else None
    made = Index(filled, EdgeVectors(tmp_path / "vectors"), lexical=Lexical(), encoder=encoder)
    yield made
    await made.vectors.close()


def ids(found) -> list[str]:
    return [one.item.id for one in found]


async def test_originals_are_indexed_once(index) -> None:
    assert await index.catch_up() == 5
    assert await index.catch_up() == 0
    assert await index.vectors.items() == [f"wire:{n}" for n in range(5)]


async def test_a_story_is_found_in_every_language(index) -> None:
    await index.catch_up()
    found = await index.search("earthquake in Japan", limit=2)
    assert set(ids(found)) == {"wire:0", "wire:1"}
    assert {one.topic for one in found} == {"t0", "t1"}


async def test_filters_narrow_what_is_found(index) -> None:
    await index.catch_up()
    assert ids(await index.search("Japan earthquake", where=Where(languages=["ru"]))) == ["wire:1"]
    assert "wire:0" not in ids(await index.search("Japan earthquake", where=Where(sources=["wire"])))
    assert ids(await index.search("bank", where=Where(topics=["t3"]))) == ["wire:3"]


async def test_an_item_that_moves_is_found_in_its_new_topic(index, filled, noon) -> None:
    await index.catch_up()
    await filled.settle(Settled(last_seq=6, fates=(), memberships=[Membership("wire:1", "t0", noon)]))
    assert await index.catch_up() == 1
    assert set(ids(await index.search("Japan", where=Where(topics=["t0"])))) == {"wire:0", "wire:1"}
    assert await index.vectors.count(Where(topics=["t1"])) == 0


async def test_a_merged_topics_items_move(index, filled, noon) -> None:
    await index.catch_up()
    await filled.settle(Settled(last_seq=6, fates=(), lineage=[Lineage("t1", "merged", noon, "t0")]))
    await index.catch_up()
    assert await index.vectors.count(Where(topics=["t0"])) == 2


async def test_made_anew_it_is_the_same(index, filled, noon) -> None:
    await index.catch_up()
    await filled.settle(Settled(last_seq=6, fates=(), memberships=[Membership("wire:1", "t0", noon)]))
    await index.catch_up()
    before = await index.vectors.items(), await index.vectors.place(), await index.search("bank in Japan")
    await index.rebuild()
    after = await index.vectors.items(), await index.vectors.place(), await index.search("bank in Japan")
    assert before[:2] == after[:2]
    assert {(one.item.id, one.topic) for one in before[2]} == {(one.item.id, one.topic) for one in after[2]}


async def test_a_synonym_is_found_by_meaning_alone(filled, tmp_path) -> None:
    index = Index(filled, EdgeVectors(tmp_path / "v"), lexical=Lexical(), encoder=OnnxEncoder(str(TINY)))
    await index.catch_up()
    assert "wire:2" in ids(await index.search("collapses", limit=3))
    await index.vectors.close()


async def test_an_item_that_left_the_records_is_not_shown(index, noon) -> None:
    await index.catch_up()
    (point,) = await index._points([(await index.records.placed(0, 1))[0][0]])
    await index.vectors.upsert([replace(point, item="wire:gone")])
    assert "wire:gone" not in ids(await index.search("earthquake Japan"))


async def test_what_index_and_records_do_not_share_is_counted_and_mended(index, filled) -> None:
    await index.catch_up()
    (point,) = await index._points([(await index.records.placed(0, 1))[0][0]])
    await index.vectors.upsert([replace(point, item="wire:gone")])
    await index.vectors.delete(items=["wire:1", "wire:2"])
    wrong = Compared(indexed=4, behind=0, missing=["wire:1", "wire:2"], extra=["wire:gone"])
    assert await index.compared() == wrong
    assert await index.mend() == wrong
    assert await index.compared() == Compared(indexed=5, behind=0, missing=[], extra=[])
    assert "wire:2" in ids(await index.search("Lender fails"))


async def test_what_was_not_read_yet_is_behind_and_not_missing(index) -> None:
    assert await index.compared() == Compared(indexed=0, behind=5, missing=[], extra=[])


async def test_a_forgotten_source_leaves_the_index_and_its_copy_comes_in(index, filled) -> None:
    await index.catch_up()
    await filled.forget("blog")
    assert set(ids(await index.search("Earthquake Lender Peru"))) <= {"wire:1", "wire:3"}
    await index.mend()
    left = await index.vectors.items()
    assert left == sorted(await filled.originals())
    assert set(left) == {"wire:1", "wire:3"}


async def indexed(records, settings, *, seconds: float) -> None:
    """Run what keeps the index for a while."""
    work = asyncio.create_task(keep_indexing(records, settings, pause=0.05))
    await asyncio.sleep(seconds)
    assert not work.done()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_what_runs_keeps_the_index_and_survives_that_it_is_open_elsewhere(filled, tmp_path) -> None:
    settings = Settings(records=f"sqlite:///{tmp_path}/elsewhere.sqlite3", _env_file=None)
    async with open_index(filled, settings) as elsewhere:
        await elsewhere.catch_up()
        await indexed(filled, settings, seconds=0.5)
        await elsewhere.vectors.clear()
    for _ in range(20):  # as long as a busy machine needs
        await indexed(filled, settings, seconds=2)
        async with open_index(filled, settings) as again:
            if await again.vectors.count() == 5:
                break
    else:
        pytest.fail("nothing was indexed")
