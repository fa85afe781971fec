"""Reads a batch of items and computes what they are looked up by, all at once, as that is cheaper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trend_agent.items import Item, digest
from trend_agent.processing.dedupe.judge import telling
from trend_agent.processing.dedupe.known import NOTHING, Arrival, Text
from trend_agent.processing.dedupe.likeness import fold, letter_runs, word_runs
from trend_agent.processing.dedupe.reading import HEAD, Reading, read
from trend_agent.processing.dedupe.sketch import band_keys, run_hashes

TITLE, SHORT, WHOLE, BEGINNING = range(4)
"""What kind of text a key was made of; texts of different kinds share none. Titles and short texts do meet,
as a post's text is one source's title and another's body."""


def prepare(items: Sequence[Item]) -> list[Arrival]:
    """Each item read, with its keys. What one gets does not depend on the others."""
    readings = [read(item) for item in items]
    keys = _keys(readings)
    prose = [n for n, reading in enumerate(readings) if reading.prose]
    runs: dict[int, NDArray[np.uint32]] = dict(
        zip(prose, run_hashes([word_runs(fold(readings[n].prose)) for n in prose]), strict=True)
    )
    return [
        Arrival(reading, _text(reading, keys[n], runs.get(n, NOTHING)), _number(reading.address))
        for n, reading in enumerate(readings)
    ]


def _keys(readings: Sequence[Reading]) -> list[list[int]]:
    owners: list[int] = []
    salts: list[int] = []
    texts: list[list[str]] = []
    for n, reading in enumerate(readings):
        for kind, runs in _looked_up(reading):
            owners.append(n)
            salts.append(kind)
            texts.append(runs)
    keys: list[list[int]] = [[] for _ in readings]
    for owner, found in zip(owners, band_keys(texts, salts).tolist(), strict=True):
        keys[owner] += found
    return keys


def _looked_up(reading: Reading) -> list[tuple[int, list[str]]]:
    found = []
    if telling(reading.title):
        found.append((TITLE, list(letter_runs(fold(reading.title)))))
    if telling(reading.short):
        found.append((SHORT, list(letter_runs(fold(reading.short)))))
    if reading.prose:
        folded = fold(reading.prose)
        found.append((WHOLE, word_runs(folded)))
        found.append((BEGINNING, word_runs(" ".join(folded.split()[:HEAD]))))
    return found


def _text(reading: Reading, keys: list[int], runs: NDArray[np.uint32]) -> Text:
    exact = _number("\n".join(map(fold, (reading.title, reading.short, reading.prose))))
    return Text(reading.title, reading.short, reading.prose, runs, keys, exact)


def _number(text: str) -> int:
    """A 64-bit hash; 0 for no text."""
    return int(digest(text), 16) if text else 0
