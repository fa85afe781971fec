"""The lexical embedder: how a text is spelt and what its words mean, as a sparse vector. No model, every language.

The terms are those by which clustering compares titles. How rare a term is depends on what a store holds, so the
store weighs that when it is asked (inverse document frequency); here a term only counts by its kind.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from math import log, sqrt

from trend_agent.items import Sparse
from trend_agent.processing.cluster.terms import PLACES, read
from trend_agent.processing.cluster.weights import WEIGHT_OF_KIND
from trend_agent.text.embedding import Text

SPELLING = 0.4
"""Share of the likeness that comes from how words are spelt; the rest is what they mean."""

SPELT = 300
"""Characters of a text whose spelling counts; behind them words count by their meaning alone."""


class Lexical:
    """Sparse vectors over 2 * PLACES: runs of letters first, then the terms of meaning."""

    name = "lexical:1"

    async def embed(self, texts: Sequence[Text]) -> Sequence[Sparse]:
        return await asyncio.to_thread(lambda: [vector(text) for text in texts])


def vector(text: Text) -> Sparse:
    """A text's vector, of length one where it has any word."""
    begun = read(text.text[:SPELT], text.lang)
    whole = begun if len(text.text) <= SPELT else read(text.text, text.lang)
    spelt = {place: 1 + log(often) for place, often in Counter(begun.grams.tolist()).items()}
    meant = dict(zip(whole.terms.tolist(), WEIGHT_OF_KIND[whole.kinds].tolist(), strict=True))
    parts = {place: weight * sqrt(SPELLING) for place, weight in unit(spelt).items()}
    parts |= {PLACES + place: weight * sqrt(1 - SPELLING) for place, weight in unit(meant).items()}
    places = sorted(parts)
    return Sparse(places, [parts[place] for place in places])


def unit(weights: Mapping[int, float]) -> dict[int, float]:
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {place: weight / length for place, weight in weights.items()} if length else {}
