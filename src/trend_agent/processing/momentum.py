"""How strongly something sets out, from its first places and counters on a source's own list.

No model of any site: the same formula for every list, from what is seen of one item until a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log1p

LEVEL, VELOCITY, PLACE = 1.0, 2.0, 0.5
"""Weights of what was gathered, of what is being gathered, and of the place the platform itself gives."""
SHORTEST = 0.5
"""Hours below which a rate would be chance."""


@dataclass(frozen=True, slots=True)
class Sight:
    """An item on a list at a moment (seconds since 1970). A place of `None` means that the list left it out;
    counters are `None` where the source gives none."""

    at: float
    place: int | None
    points: float | None = None
    comments: float | None = None


def velocity(sights: Sequence[Sight]) -> float:
    """Points per hour since the first sight, over half an hour at least."""
    counted = [sight for sight in sights if sight.points is not None]
    if len(counted) < 2:
        return 0.0
    first, last = counted[0], counted[-1]
    gained = (last.points or 0.0) - (first.points or 0.0)
    return max(0.0, gained) / max((last.at - first.at) / 3600, SHORTEST)


def momentum(sights: Sequence[Sight], *, listed: int) -> float:
    """ln(1 + points) + 2 ln(1 + points/h) − ½ ln(place); an item that fell off a list of `listed` stands below it."""
    points = next((sight.points for sight in reversed(sights) if sight.points is not None), 0.0)
    place = sights[-1].place or listed + 1
    return LEVEL * log1p(max(0.0, points)) + VELOCITY * log1p(velocity(sights)) - PLACE * log(place)
