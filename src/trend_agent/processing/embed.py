"""Embed: each original is read into the terms by which clustering compares it.

This is the lexical embedding: spelling (letter runs), meaning (countries, things, names, in many languages) and
numbers, as sparse vectors over fixed-size tables. It needs no download and no model. How much a term weighs
depends on the stream and is settled where vectors are compared. An encoder, where one is given, adds what a text
means as a whole.
"""

from __future__ import annotations

import asyncio

from trend_agent.items import Item
from trend_agent.processing.batch import Batch
from trend_agent.processing.cluster.terms import read
from trend_agent.text.embedding import Embedder, Text

BEGINNING = 200
"""Characters of a body that an encoder reads behind the title: what news says first is what it is about."""


class Embed:
    """Writes the readings and vectors of a batch's originals; copies are where their originals are."""

    name = "embed"

    def __init__(self, encoder: Embedder | None = None) -> None:
        self.encoder = encoder

    def __call__(self, batch: Batch) -> None:
        originals = batch.originals()
        known = batch.readings
        batch.readings = {
            item.id: known[item.id] if item.id in known else read(item.title, item.lang) for item in originals
        }
        if self.encoder and originals:
            # stages run in a thread of their own, which has no event loop yet
            made = asyncio.run(self.encoder.embed([beginning(item) for item in originals]))
            batch.vectors = {item.id: vector for item, vector in zip(originals, made, strict=True)}


def beginning(item: Item) -> Text:
    """What an encoder reads of an item."""
    return Text(". ".join(part for part in (item.title, item.body[:BEGINNING]) if part), item.lang)
