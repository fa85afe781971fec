"""Posts that come in concert: newcomers crowd onto one topic through one source, and nobody who was there before
stands beside them.

An account is an author's name on a source. It is a newcomer until it was seen posting, about anything, on two earlier
days; where what is known reaches back less than four days, on one, and less than two, nobody is new. Honest news
draws newcomers too, but in company. So of the newcomers to one topic and source within some hours as many count whole
as there are known accounts among them, and one more; those beyond are in concert and weigh 1/2², 1/3² … : all of them
together less than one post (π²/6 − 1), however many they are.

Arrays have an entry per post; times are seconds since 1970.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Codes = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

DAY = 24 * 3600.0
PAST_DAYS = 2
"""Earlier days on which a known account was seen."""
REACH = 2.0
"""Days that what is known has to reach back for each of them: who posts every other day is no newcomer."""


def earlier_days(source: Codes, author: Codes, seen: Floats) -> Floats:
    """On how many earlier days (UTC) the account behind each post was seen; NaN where `author` is negative."""
    found = np.full(seen.size, np.nan)
    named = np.nonzero(author >= 0)[0]
    if named.size:
        day = np.floor(seen[named] / DAY).astype(np.int64)
        day -= day.min()
        account = source[named] * (int(author.max()) + 1) + author[named]
        visits, visit = np.unique(account * (int(day.max()) + 1) + day, return_inverse=True)
        begins = np.diff(visits // (int(day.max()) + 1), prepend=-1) != 0
        firsts = np.maximum.accumulate(np.where(begins, np.arange(visits.size), 0))
        found[named] = (np.arange(visits.size) - firsts)[visit]
    return found


def by_newcomers(seen: Floats, days: Floats, begin: float) -> Flags:
    """Whether each post is by a newcomer; `days` are the account's earlier ones, `begin` is how far back accounts
    are known."""
    wanted = np.minimum(PAST_DAYS, np.floor((seen - begin) / (REACH * DAY)))
    return np.asarray(days < wanted)


def crowding(place: Codes, when: Floats, newcomer: Flags, known: Flags, *, within: float) -> Floats:
    """Per post of a newcomer how many newcomers beyond the known accounts posted in its place up to then, itself
    among them, in the last `within` seconds; 1 for all others, and where they are not outnumbered.

    A place is a topic on a source; posts are in the order of places, and of times within each. `known` marks posts
    of known accounts, one per account and hours.
    """
    since = beginnings(place, when, within)
    excess = np.concatenate([[0.0], np.cumsum(newcomer.astype(np.float64) - known)])
    return np.where(newcomer, np.maximum(1.0, excess[1:] - excess[since]), 1.0)


def beginnings(place: Codes, when: Floats, within: float) -> Codes:
    """Per post, in the order of places and times, which is the first of its place at most `within` seconds older."""
    if not place.size:
        return np.empty(0, np.int64)
    span = float(np.ptp(when)) + 1.0
    nth = np.cumsum(np.diff(place, prepend=place[0]) != 0)
    key = nth * (2.0 * span) + (when - when.min())
    return np.asarray(np.searchsorted(key, key - min(within, span), side="left"))
