"""Reads a batch of items and computes what they are looked up by, all at once, as that is cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from trend_agent.items import Item, digest
from trend_agent.processing.dedupe.judge import telling
from trend_agent.processing.dedupe.known import NOTHING, Arrival, Text
from trend_agent.processing.dedupe.likeness import PROSE_RUN, fold, letter_runs, word_runs
from trend_agent.processing.dedupe.reading import HEAD, Reading, read
from trend_agent.processing.dedupe.sketch import band_keys, run_hashes, run_set

TITLE, SHORT, WHOLE, BEGINNING = range(4)
"""What a key was made of; texts of different kinds share none."""


def prepare(items: Sequence[Item]) -> list[Arrival]:
    """Each item read, with its keys. What one gets does not depend on the others."""
    readings = [read(item) for item in items]
    looked_up = [(n, kind, runs) for n, reading in enumerate(readings) for kind, runs in _runs(reading)]
    hashes = run_hashes([runs for _, _, runs in looked_up])
    found = [(n, kind, found) for (n, kind, _), found in zip(looked_up, hashes, strict=True)]
    found += [(n, BEGINNING, runs[: HEAD - PROSE_RUN + 1]) for n, kind, runs in found if kind == WHOLE]
    keys: list[list[int]] = [[] for _ in readings]
    made = band_keys([runs for _, _, runs in found], [kind for _, kind, _ in found])
    for (n, _, _), some in zip(found, made.tolist(), strict=True):
        keys[n] += some
    sets = {n: run_set(runs) for n, kind, runs in found if kind == WHOLE}
    return [
        Arrival(reading, _text(reading, keys[n], sets.get(n, NOTHING)), _number(reading.address))
        for n, reading in enumerate(readings)
    ]


def _runs(reading: Reading) -> Iterator[tuple[int, list[str]]]:
    if telling(reading.title):
        yield TITLE, list(letter_runs(fold(reading.title)))
    if telling(reading.short):
        yield SHORT, list(letter_runs(fold(reading.short)))
    if reading.prose:
        yield WHOLE, word_runs(fold(reading.prose))


def _text(reading: Reading, keys: list[int], runs: NDArray[np.uint32]) -> Text:
    exact = _number("\n".join((fold(reading.title), fold(reading.short), fold(reading.prose))))
    return Text(reading.title, reading.short, reading.prose, runs, keys, exact)


def _number(text: str) -> int:
    """A 64-bit hash; 0 for no text."""
    return int(digest(text), 16) if text else 0
