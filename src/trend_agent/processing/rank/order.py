"""Putting very many rows in order, in linear time: numpy sorts whole numbers of 16 bits by their digits, wider ones
and fractions by comparing."""

from __future__ import annotations

from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.int64]]
Bits = np.ndarray[Any, np.dtype[np.uint64]]
Digits = np.ndarray[Any, np.dtype[np.uint16]]

SIGN = np.uint64(1 << 63)
DIGIT = 16


def by(*keys: np.ndarray[Any, Any]) -> Numbers:
    """Rows in the order of the last key, equals in that of the key before it, and equals in all as they are: what
    `np.lexsort` gives. Keys are whole numbers or fractions, none NaN."""
    return np.lexsort([digit for key in keys for digit in _digits(key)])


def grouped(key: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The values of a key in their order, the first row of each, and which of them each row has: what `np.unique`
    gives."""
    order = by(key)
    begins = np.ones(key.size, np.bool_)
    begins[1:] = np.diff(key[order]) != 0
    place = np.empty(key.size, np.int64)
    place[order] = np.cumsum(begins) - 1
    first = order[begins]
    return key[first], first, place


def _digits(key: np.ndarray[Any, Any]) -> list[Digits]:
    """A key as numbers of 16 bits, the least significant first."""
    if not key.size:
        return [key.astype(np.uint16)]
    bits = _bits(key)
    bits = bits - bits.min()
    width = max(1, int(bits.max()).bit_length())
    return [(bits >> np.uint64(shift)).astype(np.uint16) for shift in range(0, width, DIGIT)]


def _bits(key: np.ndarray[Any, Any]) -> Bits:
    """Whole numbers without a sign in the order of the key; those of fractions are their bits (IEEE 754), with the
    negative ones, which grow the other way, turned round."""
    if key.dtype.kind != "f":
        return np.asarray(key.astype(np.int64).view(np.uint64) ^ SIGN)
    bits = (key.astype(np.float64) + 0.0).view(np.uint64)  # the sum makes one zero of the two there are
    return np.where(bits & SIGN, ~bits, bits | SIGN)
