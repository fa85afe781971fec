"""Posts that come in concert: several by new accounts close together, or with one and the same text. They are one
voice.

An account is new for a day after it first appears, as far as the posts reach back a day before that. A burst is a run
of posts of one topic and source, each within five minutes of the one before, or with the same text within an hour, of
which three at least and most come from new accounts; the n of those are in concert.

Arrays have an entry per post; times are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np

Codes = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

NEW_FOR = 24 * 3600.0
TOGETHER = 300.0
SAME_TEXT = 3600.0
FEWEST = 3
MOST_ARE_NEW = 0.6


def text_code(title: str) -> int:
    """The same number for titles that differ in case and space alone. Another title may share it by chance, which
    within one topic, source and hour does not happen."""
    return crc32(" ".join(title.casefold().split()).encode("utf-8", "surrogatepass"))


def author_since(source: Codes, author: Codes, seen: Floats) -> Floats:
    """When the account behind each post was first seen, of all that is known; NaN where `author` is negative. An
    account is an author's name on a source."""
    since = np.full(seen.size, np.nan)
    named = np.nonzero(author >= 0)[0]
    if named.size:
        key = source[named] * (int(author.max()) + 1) + author[named]
        accounts, account = np.unique(key, return_inverse=True)
        first = np.full(accounts.size, np.inf)
        np.minimum.at(first, account, seen[named])
        since[named] = first[account]
    return since


def by_new_accounts(seen: Floats, since: Floats, begin: float) -> Flags:
    """Whether each post is by a new account; `begin` is how far back accounts are known."""
    return (since - begin >= NEW_FOR) & (seen - since < NEW_FOR)


def in_concert(topic: Codes, source: Codes, text: Codes, seen: Floats, new: Flags) -> Floats:
    """How many posts each is in concert with, itself among them: 1 for one that stands alone."""
    found = np.ones(seen.size)
    rows = _where_several_are_new(topic, source, new)
    if rows.size:
        topic, source, text = topic[rows], source[rows], text[rows]
        seen, new = seen[rows], new[rows]
        moment = _bursts((topic, source), seen, new, TOGETHER)
        found[rows] = np.maximum(moment, _bursts((topic, source, text), seen, new, SAME_TEXT))
    return found


def _where_several_are_new(topic: Codes, source: Codes, new: Flags) -> Codes:
    """The posts of those topics and sources that could hold a burst, which are few."""
    if np.count_nonzero(new) < FEWEST:
        return np.empty(0, np.int64)
    place = topic * (int(source.max()) + 1) + source
    places, counts = np.unique(place[new], return_counts=True)
    return np.nonzero(np.isin(place, places[counts >= FEWEST]))[0]


def _bursts(keys: Sequence[Codes], seen: Floats, new: Flags, apart: float) -> Floats:
    """Per post the number of posts by new accounts of its burst, if it is one of them, else 1. A run is of posts of
    the same keys, each at most `apart` seconds after the one before."""
    order = np.lexsort((seen, *keys))
    begins = np.diff(seen[order], prepend=-np.inf) > apart
    for key in keys:
        begins |= np.diff(key[order], prepend=-1) != 0
    run = np.cumsum(begins) - 1
    sizes, fresh = np.bincount(run), np.bincount(run, weights=new[order])
    burst = (fresh >= FEWEST) & (fresh >= MOST_ARE_NEW * sizes)
    found = np.ones(seen.size)
    found[order] = np.where(new[order] & burst[run], fresh[run], 1.0)
    return found
