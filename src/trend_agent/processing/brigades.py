"""Posts that come in concert: several new accounts at once, or with one and the same text. Together they are one
voice.

An account is new for a day after it first appears, as far as the items reach back a day before that. A burst is a run
of items of one topic and source, each within a minute of the one before, or with the same text within an hour, of
which three at least and most come from new accounts; the n of those weigh 1/n each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from trend_agent.items import Item, digest

NEW_FOR = timedelta(hours=24)
SAME_MOMENT = timedelta(minutes=1)
SAME_TEXT = timedelta(hours=1)
FEWEST = 3
MOST_ARE_NEW = 0.6

Account = tuple[str, str]
"""A source, and an author's name there."""


def appearances(items: Sequence[Item]) -> dict[Account, datetime]:
    """When each account was first seen, from all that is known."""
    first: dict[Account, datetime] = {}
    for item in items:
        if item.author:
            account = (item.source, item.author)
            first[account] = min(first.get(account, item.seen_at), item.seen_at)
    return first


def coordinated(
    items: Sequence[Item], *, first: Mapping[Account, datetime], begin: datetime
) -> NDArray[np.float64]:
    """The weight of each item of one topic: 1, or 1/n for the n posts of new accounts in a burst.

    `first` says when accounts appeared, `begin` how far back that is known.
    """
    weights = np.ones(len(items))
    for burst in bursts(items, first=first, begin=begin):
        for place in burst:
            weights[place] = min(weights[place], 1.0 / len(burst))
    return weights


def bursts(
    items: Sequence[Item], *, first: Mapping[Account, datetime], begin: datetime
) -> Iterator[list[int]]:
    """The places of the posts of new accounts, for each burst among the items of one topic."""
    new = [_is_new(item, first, begin) for item in items]
    if sum(new) < FEWEST:
        return
    groups: dict[tuple[str, str], list[int]] = {}
    for place, item in enumerate(items):
        groups.setdefault(("moment", item.source), []).append(place)
        groups.setdefault(("text", f"{item.source} {_text(item)}"), []).append(place)
    for (kind, _), places in groups.items():
        for run in _runs(items, places, SAME_MOMENT if kind == "moment" else SAME_TEXT):
            found = [place for place in run if new[place]]
            if len(found) >= FEWEST and len(found) >= MOST_ARE_NEW * len(run):
                yield found


def _is_new(item: Item, first: Mapping[Account, datetime], begin: datetime) -> bool:
    if not item.author:
        return False
    appeared = first.get((item.source, item.author), item.seen_at)
    return appeared - begin >= NEW_FOR and item.seen_at - appeared < NEW_FOR


def _text(item: Item) -> str:
    return digest(" ".join(item.title.casefold().split()))


def _runs(items: Sequence[Item], places: Sequence[int], apart: timedelta) -> Iterator[list[int]]:
    """Stretches of places in order of time, each within `apart` of the one before."""
    run: list[int] = []
    for place in sorted(places, key=lambda place: items[place].seen_at):
        if run and items[place].seen_at - items[run[-1]].seen_at > apart:
            yield run
            run = []
        run.append(place)
    if run:
        yield run
