"""The knobs of ranking, and the hash of everything a score depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Literal, Self, cast, get_args

from trend_agent.errors import Misconfigured
from trend_agent.items import digest
from trend_agent.processing.detect import DetectSettings

Horizon = Literal["breaking", "day", "week"]

LOGIC = "5"
"""Raised whenever the same facts and settings would give other scores."""

PACES: Mapping[Horizon, tuple[float, float, float]] = MappingProxyType(
    {"breaking": (6.0, 3.0, 9.0), "day": (24.0, 6.0, 18.0), "week": (84.0, 24.0, 72.0)}
)
"""Hours per horizon: the half-life of an item, the length of now, and of before now."""


@dataclass(frozen=True, slots=True)
class RankSettings:
    """How topics are measured, what each measure weighs, and how much variety the list wants."""

    window: timedelta = timedelta(hours=168)
    """How far back facts count: baselines, the tide and the dial are learned from it."""
    horizon: Horizon = "breaking"
    half_life_hours: float = 6.0
    now_hours: float = 3.0
    before_hours: float = 9.0
    detect: DetectSettings = field(default_factory=DetectSettings)
    memory_hours: float = 24.0
    """How far back the evidence for a rise is gathered; older evidence has met its ceiling or leaked away."""
    false_alarms_per_day: float = 2.0
    """The dial: so many rises a day pass it by chance in the whole stream."""

    copy_weight: float = 0.2
    """What a copy is worth as evidence, beside an item of its own."""
    repeat_hours: float = 6.0
    """The n-th item of one family or one author on a topic within so long is worth 1/n."""
    outage_hours: float = 6.0
    """A source silent for so long that returns with a batch under one date has dated it by its return."""

    volume: float = 1.0
    rise: float = 1.0
    acceleration: float = 0.5
    surprise: float = 0.3
    surprise_floor: float = 1.0
    """Surprise below odds of ten to one is worth nothing."""
    breadth: float = 0.8
    engagement: float = 0.5

    pool: int = 300
    """The balanced list is chosen from so many topics, the best by their measures alone."""
    page: int = 20
    """Items of the list whose mix is to be balanced."""
    similarity: float = 0.6
    calibration: float = 0.45
    most_for_mix: float = 1.5
    """No category, however rare above, lifts a topic by more."""
    target_share: float = 0.7
    """Share of the wanted mix that follows the topics there are; the rest is even over categories."""
    led_by_one: int = 2
    """A family that leads so many topics already makes room for others: each further one costs `source`."""
    source: float = 0.35
    category_share: float = 0.4
    """Share of the page above which each further topic of one category costs `category`."""
    category: float = 0.5

    @classmethod
    def of(cls, horizon: str, **changes: object) -> Self:
        """The settings of a horizon; `Misconfigured` names those there are."""
        pace = PACES.get(cast(Horizon, horizon))
        if pace is None:
            raise Misconfigured(f"no horizon called {horizon!r}; there are {', '.join(get_args(Horizon))}")
        half_life, now, before = pace
        return cls(horizon=horizon, half_life_hours=half_life, now_hours=now, before_hours=before, **changes)  # type: ignore[arg-type]

    @property
    def memory(self) -> int:
        """Bins the evidence is gathered over, whole days."""
        return max(1, round(self.memory_hours / 24.0)) * self.detect.bins_per_day

    @property
    def hash(self) -> str:
        return digest(LOGIC, repr(sorted(asdict(self).items())))
