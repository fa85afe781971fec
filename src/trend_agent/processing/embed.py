"""Embed: each original is read into the terms by which clustering compares it.

This is the lexical embedding: spelling (letter runs), meaning (countries, things, names, in many languages) and
numbers, as sparse vectors over fixed-size tables. It needs no download and no model. How much a term weighs
depends on the stream and is settled where vectors are compared.
"""

from __future__ import annotations

from trend_agent.processing.batch import Batch
from trend_agent.processing.cluster.terms import read


class Embed:
    """Writes the readings of a batch's originals; copies are where their originals are."""

    name = "embed"

    def __call__(self, batch: Batch) -> None:
        batch.readings = {item.id: read(item.title, item.lang) for item in batch.originals()}
