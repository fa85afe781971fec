"""Short keys that texts share about as often as they are alike: MinHash, cut into bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BANDS, ROWS = 16, 4
"""A pair of Jaccard index s shares a key with probability 1 - (1 - s^ROWS)^BANDS (Leskovec, Rajaraman, Ullman:
Mining of Massive Datasets, 3.4): .12 at .3, .88 at .6, .96 at .65, .9998 at .8. With ROWS = 3 an item meets
twenty times as many others by chance, and slows as they grow in number."""

SEED = 7

MIX = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64
)


SPARED = np.uint64(4)
"""Bits that a key goes without: below 2^60 a number of Python takes a third less memory, and there are millions."""


def run_hashes(texts: Sequence[Sequence[str]]) -> list[list[int]]:
    """The 64-bit hashes of each text's runs, in their order; the same in every process."""
    from rensa import RMinHash

    hashes: list[list[int]] = RMinHash.hash_token_sets(texts) if texts else []
    return hashes


def band_keys(texts: Sequence[Sequence[int]], salts: Sequence[int]) -> NDArray[np.uint64]:
    """The keys of each text, given as its runs' hashes: an array of len(texts) x BANDS.

    Texts with different salts share no key.
    """
    from rensa import RMinHash

    if not texts:
        return np.empty((0, BANDS), np.uint64)
    rows = RMinHash.digest_matrix_from_token_hash_sets(texts, BANDS * ROWS, SEED).to_rows()
    digests = np.array(rows, np.uint64).reshape(len(texts), BANDS, ROWS)
    mixed = (digests * MIX).sum(axis=2, dtype=np.uint64)
    mixed ^= mixed >> np.uint64(29)
    mixed *= MIX[1]
    places = np.array(salts, np.uint64)[:, None] * np.uint64(BANDS) + np.arange(BANDS, dtype=np.uint64)
    return np.asarray((mixed ^ (places * MIX[0])) >> SPARED, np.uint64)


def run_set(hashes: Sequence[int]) -> NDArray[np.uint32]:
    """A text's runs to be compared exactly: sorted 32-bit hashes."""
    return np.unique(np.array(hashes, np.uint64).astype(np.uint32))


def shared_runs(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> int:
    return int(np.intersect1d(one, other, assume_unique=True).size)
