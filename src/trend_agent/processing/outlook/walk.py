"""Walk a list's snapshots forward: ask of each newcomer, learn from those whose outcome is known by then."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, log
from typing import Any, Literal

import numpy as np

from trend_agent.processing.momentum import Sight, momentum
from trend_agent.processing.outlook.echoes import Echoes
from trend_agent.processing.outlook.features import CHOICES, NAMES, Scene, age_of, features, heat, tide_of
from trend_agent.processing.outlook.learner import Blend, fit
from trend_agent.processing.outlook.lists import Known, Serials, Snapshot, Title
from trend_agent.processing.outlook.names import Record
from trend_agent.processing.outlook.titles import Overlap, TitlePrior, grams

HOUR, DAY = 3600.0, 86400.0
LONGEST_GAP = 6.0
TIDE_HALF_LIFE = 2.0
"""Hours."""
SHARPNESS = 4.0
"""How fast an item's label goes from 0 to 1 around the last of the top, in ln of points."""
NEVER = Title()
WORST, BEST = -3.0, 1.0
"""Where an outcome in points, as a logarithm beside the last of the top, is cut before a name is credited with it."""


@dataclass(frozen=True, slots=True)
class OutlookSettings:
    """`place`: will it reach the first `top` places within `settled` hours. `points`: will it be among the `top` with
    the most points of all first seen on its (UTC) day, `settled` hours after that day."""

    goal: Literal["place", "points"] = "place"
    top: int = 10
    pinned: int = 0
    """Lines at the head of a list that are no places."""
    hours: float = 1.5
    """How long after its first sight an item is asked about."""
    settled: float = 24.0
    fewest: int = 800
    """Outcomes below which nothing is learned."""
    growth: float = 1.15
    """A model is fitted again when what it can learn from has grown by this factor."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is said of an item at a moment: its momentum, and how likely it will reach the top, once that can be
    learned."""

    id: str
    at: float
    score: float
    probability: float | None


@dataclass(slots=True)
class _Asked:
    """One item with the rows it was asked by, until its outcome is known."""

    known: Known
    title: Title
    grams: Any
    rows: list[list[float]] = field(default_factory=list)
    outcome: float | None = None


@dataclass(slots=True)
class _School:
    """The rows whose outcomes are known, with whose they are, and the model fitted on them."""

    rows: list[list[float]] = field(default_factory=list)
    of: list[_Asked] = field(default_factory=list)
    fitted_on: int = 0
    model: Blend | None = None

    def learn(self, settings: OutlookSettings) -> None:
        enough = max(settings.fewest, int(self.fitted_on * settings.growth))
        if len(self.rows) < enough:
            return
        outcomes = np.array([asked.outcome for asked in self.of], np.float64)
        if 0.0 < outcomes.sum() < len(outcomes):
            self.fitted_on = len(self.rows)
            self.model = fit(np.array(self.rows), outcomes, NAMES, CHOICES)


class Outlook:
    """Called with snapshots in order of time, says what it expects of young items. Never looks ahead."""

    def __init__(
        self, settings: OutlookSettings | None = None, *, titles: Mapping[str, Title] | None = None
    ) -> None:
        self.settings = settings or OutlookSettings()
        self.titles = titles or {}
        self.prior = TitlePrior()
        self.sites, self.authors, self.echoes = Record(), Record(), Echoes()
        self._reached: dict[str, bool] = {}
        self.first, self.later = _School(), _School()
        self._serials = Serials()
        self._known: dict[str, Known] = {}
        self._waiting: deque[_Asked] = deque()
        self._young: dict[str, _Asked] = {}
        self._short: dict[str, _Asked] = {}
        self._before: dict[str, float] = {}
        self._at: float | None = None
        self._tide = 0.0

    def __call__(self, snapshot: Snapshot) -> list[Prospect]:
        """What is expected of the items first seen within `hours`, best first."""
        self._settle(snapshot.at)
        scene = self._look(snapshot)
        asked: list[tuple[_Asked, list[float]]] = []
        for young in list(self._young.values()):
            if snapshot.at - young.known.first > self.settings.hours * HOUR:
                del self._young[young.known.id]
            elif not self._there(young.known):
                past = self._past(young, snapshot.at)
                row = features(young.known, scene, self._serials, past, young.title.text, self.settings.top)
                asked.append((young, row))
        found = list(self._told(asked, snapshot.at, len(scene.places)))
        for young, row in asked:
            young.rows.append(row)
        return sorted(found, key=lambda p: (-(p.probability or 0.0), -p.score, p.id))

    def _past(self, young: _Asked, at: float) -> list[float]:
        """What became of its site's, its author's and its like until now."""
        title, key = young.title, young.known.id
        return [
            *self.sites(title.site),
            *self.authors(title.author),
            *self.echoes(key, title.text, at, self._reached),
            self.prior(young.grams),
        ]

    def models(self) -> dict[str, Any]:
        """What was learned, as tables that can be read."""
        return {
            stage: {"outcomes": school.fitted_on, **school.model.plain()}
            for stage, school in (("at first sight", self.first), ("later", self.later))
            if school.model
        }

    def _there(self, known: Known) -> bool:
        return self.settings.goal == "place" and known.best is not None and known.best <= self.settings.top

    def _told(self, asked: list[tuple[_Asked, list[float]]], at: float, listed: int) -> Iterator[Prospect]:
        chances: dict[str, float] = {}
        for school in (self.first, self.later):
            mine = [(y, row) for y, row in asked if self._school(row) is school]
            if school.model and mine:
                told = school.model(np.array([row for _, row in mine]))
                chances |= {y.known.id: float(p) for (y, _), p in zip(mine, told, strict=True)}
        for young, _ in asked:
            score = momentum(young.known.sights, listed=listed)
            yield Prospect(young.known.id, at, score, chances.get(young.known.id))

    def _school(self, row: list[float]) -> _School:
        return self.first if row[NAMES.index("sights")] == 1 else self.later

    def _look(self, snapshot: Snapshot) -> Scene:
        """Take the snapshot in, and say what its items have in common."""
        at, shown = snapshot.at, {line.id: line for line in snapshot.items[self.settings.pinned :]}
        self._serials.see(list(shown), at)
        gap = LONGEST_GAP if self._at is None else min(LONGEST_GAP, (at - self._at) / HOUR)
        points = {key: line.points or 0.0 for key, line in shown.items()}
        gains = [(self._before[key], points[key]) for key in shown if key in self._before]
        kept = 0.5 ** (gap / TIDE_HALF_LIFE)
        self._tide = kept * self._tide + (1 - kept) * tide_of(gains, gap)
        newcomers = [key for key in shown if key not in self._known]
        places = {key: place for place, key in enumerate(shown, 1)}
        self._see(snapshot, places)
        ages = np.array([age_of(self._known[key], self._serials, at) for key in shown])
        counted = np.array(list(points.values()))
        self._before, self._at = points, at
        return Scene(
            snapshot,
            places,
            counted,
            heat(counted, ages),
            self._tide,
            gap,
            {key: nth for nth, key in enumerate(newcomers)},
            float(np.mean([places[key] for key in newcomers])) if newcomers else 0.0,
            Overlap({key: self.titles.get(key, NEVER).text for key in shown}),
        )

    def _see(self, snapshot: Snapshot, places: Mapping[str, int]) -> None:
        lines = {line.id: line for line in snapshot.items}
        for key, place in places.items():
            sight = Sight(snapshot.at, place, lines[key].points, lines[key].comments)
            if key not in self._known:
                self._begin(key)
                self._known[key].see(sight)
                self.echoes.see(key, self._young[key].title.text, snapshot.at)
            elif key in self._young:
                self._known[key].see(sight)
            else:
                self._known[key].note(sight)
            if self._there(self._known[key]):
                self._reached[key] = True
            if key in self._short and self._there(self._known[key]):
                self._arrived_late(self._short.pop(key))
        for key, young in self._young.items():
            if key not in places:
                last = young.known.sights[-1]
                young.known.see(Sight(snapshot.at, None, last.points, last.comments))

    def _begin(self, key: str) -> None:
        known, title = Known(key), self.titles.get(key, NEVER)
        self._known[key] = known
        self._young[key] = _Asked(known, title, grams(title.text))
        self._waiting.append(self._young[key])

    def _settle(self, at: float) -> None:
        """Learn from those whose outcome is known at `at`."""
        if self.settings.goal == "place":
            done = self._ripe(at - self.settings.settled * HOUR)
            for asked in done:
                there = float(self._there(asked.known))
                self._learn(asked, there, there)
        else:
            self._settle_days(at)
        for school in (self.first, self.later):
            school.learn(self.settings)

    def _arrived_late(self, asked: _Asked) -> None:
        """Something came back and reached the top after all: from now on that is its outcome."""
        asked.outcome = 1.0
        self.prior.learn(asked.grams, 1.0)

    def _settle_days(self, at: float) -> None:
        while self._waiting:
            day = self._waiting[0].known.first // DAY
            if at < (day + 1) * DAY + self.settings.settled * HOUR:
                return
            done = self._ripe((day + 1) * DAY)
            most = sorted((asked.known.most for asked in done), reverse=True)
            last = most[: self.settings.top][-1]
            for asked in done:
                above = log(asked.known.most + 1) - log(last + 0.5)
                self._learn(asked, 1.0 / (1.0 + exp(-SHARPNESS * above)), min(BEST, max(WORST, above)))

    def _ripe(self, before: float) -> list[_Asked]:
        """Those first seen before a moment, taken off the waiting."""
        done = []
        while self._waiting and self._waiting[0].known.first < before:
            done.append(self._waiting.popleft())
        return done

    def _learn(self, asked: _Asked, outcome: float, credit: float) -> None:
        asked.outcome = outcome
        self.sites.learn(asked.title.site, credit)
        self.authors.learn(asked.title.author, credit)
        self.prior.learn(asked.grams, outcome)
        if self.settings.goal == "place" and not outcome:
            self._short[asked.known.id] = asked
        rows = {id(self._school(row)): row for row in asked.rows}
        for school in (self.first, self.later):
            if id(school) in rows:
                school.rows.append(rows[id(school)])
                school.of.append(asked)
