"""What is looked at: an item's course so far, the list around it, the hour, its title."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import cos, log, log1p, pi, sin

import numpy as np

from trend_agent.processing.momentum import SHORTEST, momentum, velocity
from trend_agent.processing.outlook.lists import Known, Serials, Snapshot
from trend_agent.processing.outlook.titles import Overlap

HOUR = 3600.0
OLD = 48.0
"""Hours beyond which age is one and the same."""

NAMES = (
    "place", "ln_place", "ln_first_place", "ln_best_place", "climbed", "fell_off", "hours_seen", "sights",
    "momentum", "ln_points", "ln_first_points", "ln_velocity", "ln_last_velocity", "ln_comments",
    "ln_comment_velocity", "ln_age", "ln_points_per_age", "tide", "points_to_neighbours", "points_below",
    "heat", "heat_to_neighbours", "heat_place", "gap", "ln_newcomers", "ln_newcomers_before",
    "newcomers_after", "newcomers_share", "newcomers_place",
    "climbs_faster", "comments_to_points",
    "site", "site_known", "author", "author_known", "asks", "is_shown", "is_dated", "is_paper",
    "echo_reached", "echo_missed", "echo_open", "echo_share", "ln_echoes",
    "prior", "likest", "likest_in_top", "likest_above", "alike", "length", "has_digit", "has_latin",
    "sin_1", "cos_1", "sin_2", "cos_2", "sin_3", "cos_3", "weekend",
)  # fmt: skip
"""The features in their order."""

COUNTED = (
    "ln_place", "ln_points", "ln_velocity", "ln_age", "hours_seen", "tide", "heat", "ln_first_points",
    "ln_comments", "heat_to_neighbours", "ln_last_velocity", "ln_best_place", "gap",
)  # fmt: skip
PLACED = (
    "ln_place", "hours_seen", "gap", "ln_newcomers", "ln_newcomers_before", "newcomers_after", "climbed",
    "prior", "likest", "sin_1", "cos_1",
)  # fmt: skip
CHOICES = ((100.0, COUNTED), (60.0, PLACED), (400.0, PLACED), (400.0, ()))
"""What the learner may choose from: a penalty, and the features that are looked at in pairs."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A list at a moment, with what all its items share. `places` begin at 1 behind what is pinned."""

    snapshot: Snapshot
    places: Mapping[str, int]
    points: np.ndarray
    heat: np.ndarray
    tide: float
    gap: float
    newcomers: Mapping[str, int]
    newcomers_place: float
    overlap: Overlap


def heat(points: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """ln of points worn by age: the gravity that lists of this kind are known to use, points^0.8 / (age + 2)^1.8."""
    worn: np.ndarray = 0.8 * np.log(np.maximum(points - 1, 0.1)) - 1.8 * np.log(np.maximum(hours, 0) + 2)
    return worn


def features(
    known: Known, scene: Scene, serials: Serials, past: Sequence[float], title: str, top: int
) -> list[float]:
    """The numbers of `NAMES` for one item; `past` are those from `site` to `prior`, save what its title says."""
    found = [*_course(known, scene), *_counters(known, scene, serials), *_list(known, scene), *_pace(known)]
    found += [*past[:4], *_says(title), *past[4:], *scene.overlap(known.id, title, scene.places, top)]
    found += [
        float(len(title)),
        float(bool(re.search(r"\d", title))),
        float(bool(re.search("[a-zA-Z]", title))),
    ]
    return found + _time(scene.snapshot.at)


def _course(known: Known, scene: Scene) -> list[float]:
    listed = len(scene.places)
    first, last = known.sights[0], known.sights[-1]
    place, began = last.place or listed + 1, first.place or listed + 1
    best = known.best or place
    return [
        float(place), log(place), log(began), log(best), float(began - place), float(last.place is None),
        (last.at - first.at) / HOUR, float(len(known.sights)), momentum(known.sights, listed=listed),
    ]  # fmt: skip


def _counters(known: Known, scene: Scene, serials: Serials) -> list[float]:
    seen = [s for s in known.sights if s.place is not None] or known.sights
    points = [s.points or 0.0 for s in seen]
    comments = [s.comments or 0.0 for s in seen]
    last = velocity(seen[-2:])
    hours = max((seen[-1].at - seen[0].at) / HOUR, SHORTEST)
    age = age_of(known, serials, seen[-1].at)
    return [
        log1p(points[-1]), log1p(points[0]), log1p(velocity(seen)), log1p(last), log1p(comments[-1]),
        log1p(max(0.0, comments[-1] - comments[0]) / hours), log(age + 0.3), log1p(points[-1] / (age + 0.5)),
        log1p(scene.tide), *_beside(points[-1], age, known, scene),
    ]  # fmt: skip


def _beside(points: float, age: float, known: Known, scene: Scene) -> list[float]:
    """Points and heat beside those at the neighbouring places, and where they would stand by themselves."""
    place = scene.places.get(known.id, len(scene.places))
    near = slice(max(0, place - 4), place + 3)
    own = float(heat(np.array([points]), np.array([age]))[0])
    if not len(scene.points):
        return [0.0] * 5
    around = float(np.median(scene.points[near])) if len(scene.points[near]) else 0.0
    heats = scene.heat[near] if len(scene.heat[near]) else scene.heat
    return [
        log1p(points) - log1p(around), float((scene.points < points).mean()), own,
        own - float(np.median(heats)), float(place - 1 - (scene.heat > own).sum()),
    ]  # fmt: skip


def _list(known: Known, scene: Scene) -> list[float]:
    newcomers = len(scene.newcomers)
    before = scene.newcomers.get(known.id, newcomers)
    return [
        scene.gap, log1p(newcomers), log1p(before), float(newcomers - before), before / max(newcomers, 1),
        scene.newcomers_place,
    ]  # fmt: skip


def _pace(known: Known) -> list[float]:
    """How much faster it gained points lately than at first, and its comments beside its points, as logarithms."""
    seen = [s for s in known.sights if s.place is not None] or known.sights
    last = seen[-1]
    faster = log1p(velocity(seen[-2:])) - log1p(velocity(seen[:2]))
    return [faster, log1p(last.comments or 0.0) - log1p(last.points or 0.0)]


def _says(title: str) -> list[float]:
    """What kind of thing it says it is: a question, something shown, something of another year, a paper."""
    return [
        float("?" in title or "？" in title),
        float(title.startswith("Show ")),
        float(bool(re.search(r"\((?:19|20)\d\d\)", title))),
        float("[pdf]" in title),
    ]


def _time(at: float) -> list[float]:
    moment = datetime.fromtimestamp(at, UTC)
    turn = (at % 86400) / 86400 * 2 * pi
    waves = [wave(k * turn) for k in (1, 2, 3) for wave in (sin, cos)]
    return [*waves, float(moment.weekday() >= 5)]


def age_of(known: Known, serials: Serials, at: float) -> float:
    """Hours since it was made, as far as its number tells; 0 where it does not."""
    if known.born is None:
        known.born = serials.made(known.id) or known.first
    return min(max(0.0, (at - known.born) / HOUR), OLD)


def tide_of(earlier: Sequence[tuple[float, float]], hours: float) -> float:
    """Mean points per hour that listed items gained between two snapshots; pairs are (before, after)."""
    gains = [max(0.0, after - before) for before, after in earlier]
    return sum(gains) / max(hours, 0.1) / len(gains) if gains else 0.0
