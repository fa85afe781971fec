"""The stage that turns items into views."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from trend_agent.items import Fate, Item
from trend_agent.processing.batch import Batch
from trend_agent.processing.embed import Embed, beginning
from trend_agent.text.embedding.onnx import OnnxEncoder
from trend_agent.text.embedding.remembered import Remembered

TINY = Path(__file__).parents[1] / "text" / "tiny_encoder"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def batch() -> Batch:
    items = [
        Item(id=f"wire:{n}", source="wire", title=title, lang="en", seen_at=NOON)
        for n, title in enumerate(["Quake shakes Japan", "Bank fails", "Bank fails"])
    ]
    return Batch([], items=items, fates={"wire:2": Fate("wire:2", "duplicate", NOON, of="wire:1")})


def test_without_an_encoder_originals_are_read_and_have_no_vectors() -> None:
    made = batch()
    Embed()(made)
    assert set(made.readings) == {"wire:0", "wire:1"}
    assert made.vectors == {}


async def test_an_encoder_adds_the_vectors_of_originals() -> None:
    made, encoder = batch(), OnnxEncoder(str(TINY))
    await asyncio.to_thread(Embed(Remembered(encoder)), made)
    assert set(made.vectors) == {"wire:0", "wire:1"}
    assert np.allclose(made.vectors["wire:1"], encoder.encode(["Bank fails"])[0])


def test_an_encoder_reads_the_title_and_the_beginning_of_the_body() -> None:
    item = Item(id="a", source="s", title="Title", body="x" * 500, lang="de", seen_at=NOON)
    assert beginning(item).text == "Title. " + "x" * 200
    assert beginning(item).lang == "de"


async def test_what_was_read_is_not_read_again() -> None:
    class Counting:
        name = "counting"
        read = 0

        async def embed(self, texts):
            self.read += len(texts)
            return [np.array([1.0], np.float32) for _ in texts]

    counting = Counting()
    memory, texts = Remembered(counting, most=2), [beginning(item) for item in batch().items]
    assert len(await memory.embed(texts)) == 3
    await memory.embed(texts[:2])
    assert counting.read == 2
