"""What happens in the made-up world, and when: stories, bursts, noise, and who reports them.

Times are seconds before the end of the world (`until`), so never positive; the world's clock says Thursday,
16:00 at its end, whatever the real date is, so that a world only shifts when `until` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Literal

from trend_agent.sources.demo.cast import Cast, cast, kinds, table
from trend_agent.sources.demo.trouble import Trouble
from trend_agent.sources.demo.wording import pick

HOUR = 3600.0
DAY = 24 * HOUR
CLOCK_AT_END = 3 * DAY + 16 * HOUR

Shape = Literal["step", "ramp", "spike"]


@dataclass(frozen=True, slots=True)
class Outlet:
    name: str
    lang: str
    kind: Literal["wire", "paper", "links", "forum", "video", "micro"]
    weight: float
    sentences: int
    suffix: str = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surge:
    """A burst as planned: `size` items between `onset` and `end`, `times` the story's rate outside it."""

    onset: float
    end: float
    shape: Shape
    times: float
    size: int
    newborn: bool
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Story:
    id: str
    kind: str
    cast: Cast
    outlets: tuple[Outlet, ...]
    surge: Surge | None = None

    @property
    def category(self) -> str:
        return str(kinds()[self.kind]["category"])


@dataclass(slots=True, eq=False)
class Event:
    """One item to be published; `of` is the event whose text it takes over."""

    number: int
    at: float
    story: Story
    outlet: Outlet
    phase: int
    of: Event | None = None
    trouble: Trouble = ""

    @property
    def noise(self) -> bool:
        return self.story.category == "noise"

    @property
    def bursting(self) -> bool:
        surge = self.story.surge
        return surge is not None and surge.onset <= self.at <= surge.end


@cache
def outlets() -> tuple[Outlet, ...]:
    rows: list[dict[str, Any]] = table("outlets")["outlets"]
    return tuple(Outlet(**{**row, "about": tuple(row.get("about", ()))}) for row in rows)


def rhythm(at: float) -> float:
    """How lively the press is at a moment, between 0 and 1: quiet nights, slow weekends."""
    clock = (at + CLOCK_AT_END) % (7 * DAY)
    day = 0.7 if clock >= 5 * DAY else 1.0
    return day * (1 + 0.6 * math.cos(2 * math.pi * (clock / DAY - 14 / 24))) / 1.6


ONGOING: tuple[tuple[float, Shape, bool, bool], ...] = (
    (2.5, "ramp", False, True),
    (1.5, "ramp", True, False),
    (1.0, "step", False, False),
    (4.5, "step", True, True),
    (4.0, "spike", False, True),
)
"""The bursts under way at the end: hours since onset, shape, newborn, everywhere. The first three are rising,
one of them in every language; then comes one at its height and one fading."""


@dataclass(slots=True)
class Plot:
    """All events of a world of `total` items over `days`, drawn from a seed."""

    seed: int
    days: float
    total: int
    rng: Random = field(init=False)
    stories: list[Story] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)  # noqa: S311  # it must repeat, nothing is kept secret
        for surge in self._surges():
            self._tell(self._story(surge), self._burst_times(surge))
        while len(self.events) < self.total:
            if self.rng.random() < 0.25:
                self._tell(self._story(), self._everyday_times())
            else:
                self._chatter()
        self.events.sort(key=lambda event: (event.at, event.number))
        self.events[-1].at = 0.0

    def _surges(self) -> Iterator[Surge]:
        """Planned bursts: the ongoing ones, then earlier ones until they hold a quarter of all items."""
        rng, most = self.rng, max(6, min(80, self.total // 60))
        for hours, shape, newborn, everywhere in ONGOING:
            times, size = rng.choice((10, 20, 30)), round(most * rng.uniform(0.7, 1.2))
            yield Surge(-hours * HOUR, 0.0, shape, times, size, newborn, everywhere)
        earliest = -(self.days * DAY) + min(8 * HOUR, 0.2 * self.days * DAY)
        for _ in range(self.total // 4 // (2 * most)):
            onset = rng.uniform(earliest, -9 * HOUR) if earliest < -9 * HOUR else earliest
            end = min(onset + rng.uniform(1.5, 6) * HOUR, -HOUR)
            shape = rng.choice(("step", "ramp", "spike"))
            times, size = rng.choice((5, 10, 20, 30)), round(most * rng.uniform(0.4, 1.3))
            yield Surge(onset, end, shape, times, size, rng.random() < 0.4, rng.random() < 0.4)

    def _burst_times(self, surge: Surge) -> list[float]:
        """The burst itself, and the story's ordinary rate before (unless it is born then) and after."""
        rng, length = self.rng, surge.end - surge.onset
        times = [
            surge.onset + length * along(surge.shape, (k + rng.random()) / surge.size)
            for k in range(surge.size)
        ]
        usual = surge.size / length / surge.times
        before = 0.0 if surge.newborn else min(20 * HOUR, surge.onset + self.days * DAY)
        after = min(10 * HOUR, -surge.end)
        times += [surge.onset - rng.random() * before for _ in range(round(usual * before))]
        times += [surge.end + rng.random() * after for _ in range(round(usual * after))]
        return sorted(times)

    def _everyday_times(self) -> list[float]:
        """A story nobody hurries about: interest decays over hours and follows the rhythm of the day."""
        rng, start = self.rng, -self.days * DAY
        birth = rng.uniform(start - 12 * HOUR, 0)
        span = min(rng.uniform(6, 40) * HOUR, -birth)
        times = []
        for _ in range(min(60, 1 + int(rng.lognormvariate(1.9, 0.8)))):
            at = birth + span * along("spike", rng.random())
            while rng.random() > rhythm(at):
                at = birth + span * along("spike", rng.random())
            times.append(at)
        return sorted(at for at in times if at >= start)

    def _story(self, surge: Surge | None = None) -> Story:
        rng = self.rng
        kind = rng.choice([kind for kind, facts in kinds().items() if facts["category"] != "noise"])
        tongues = sorted({outlet.lang for outlet in outlets()})
        count = rng.choice((1, 1, 1, 2, 2, 3, 5, 8))
        heard = set(tongues if surge and surge.everywhere else rng.sample(tongues, min(count, len(tongues))))
        return self._cast(kind, tuple(o for o in outlets() if o.lang in heard and takes(o, kind)), surge)

    def _cast(self, kind: str, reporters: tuple[Outlet, ...], surge: Surge | None = None) -> Story:
        story = Story(f"{kind}-{len(self.stories)}", kind, cast(self.rng, kind), reporters, surge)
        self.stories.append(story)
        return story

    def _chatter(self) -> None:
        """One item that belongs to nothing: a template headline or something evergreen."""
        rng = self.rng
        outlet = rng.choices(outlets(), [o.weight for o in outlets()])[0]
        kind = "project" if outlet.about else "evergreen"
        if kind == "evergreen" and outlet.kind in ("paper", "wire") and rng.random() < 0.4:
            kind = "briefing"
        at = rng.uniform(-self.days * DAY, 0)
        while rng.random() > rhythm(at):
            at = rng.uniform(-self.days * DAY, 0)
        self._tell(self._cast(kind, (outlet,)), [at])

    def _tell(self, story: Story, times: list[float]) -> None:
        """Give every moment of a story an outlet and a manner: told afresh, copied, edited, altered."""
        rng, told = self.rng, list[Event]()
        if not story.outlets:
            return
        chosen = rng.choices(story.outlets, [o.weight for o in story.outlets], k=len(times))
        room = self.total - len(self.events)
        for at, outlet in zip(times[:room], chosen, strict=False):
            phase = 4 * len(told) // len(times)
            event = Event(len(self.events) + len(told), at, story, outlet, phase)
            self._manner(event, told)
            told.append(event)
        self.events += told

    def _manner(self, event: Event, told: list[Event]) -> None:
        rng, dice = self.rng, self.rng.random()
        recent = [e for e in told[-40:] if e.of is None and not e.trouble and event.at - e.at < 3 * HOUR]
        wires = [e for e in recent if e.outlet.kind == "wire" and event.at - e.at < 1.5 * HOUR]
        written = [e for e in recent if e.outlet.sentences > 1]
        if wires and dice < 0.3:
            self._copy(event, pick(wires, rng), told)
        elif written and 0.3 < dice < 0.34:
            event.of = pick(written, rng)
            event.outlet, event.trouble = event.of.outlet, "edited"
        elif written and 0.34 < dice < 0.38:
            self._copy(event, pick(written, rng), told)
            event.trouble = "altered" if event.of else ""
        elif dice > 0.95:
            event.trouble = pick(TROUBLES, rng)

    def _copy(self, event: Event, original: Event, told: list[Event]) -> None:
        """Let a paper of the same language print the original's text, if one has not yet done so."""
        done = {e.outlet for e in told[-40:] if e.of is original} | {original.outlet}
        lang = original.outlet.lang
        papers = [o for o in event.story.outlets if o.lang == lang and o.kind == "paper" and o not in done]
        if papers:
            event.of, event.outlet = original, pick(papers, self.rng)


TROUBLES: tuple[Trouble, ...] = (
    "undated",
    "undated",
    "future",
    "untitled",
    "hostile",
    "mislabelled",
    "unlabelled",
)


def takes(outlet: Outlet, kind: str) -> bool:
    return not outlet.about or kinds()[kind]["category"] in outlet.about


def along(shape: Shape, share: float) -> float:
    """Where, between 0 and 1, a burst has seen `share` of its items: the inverse of its summed density.

    The densities are constant (step), linear from zero (ramp) and exp(-4 u) (spike).
    """
    if shape == "step":
        return share
    if shape == "ramp":
        return math.sqrt(share)
    return -math.log1p(-share * (1 - math.exp(-4.0))) / 4.0
