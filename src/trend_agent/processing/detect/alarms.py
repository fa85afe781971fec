"""When a surprise becomes an alarm: once per rise, or ranked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trend_agent.processing.detect.dial import Dial
from trend_agent.processing.detect.settings import DetectSettings
from trend_agent.processing.detect.surprise import SurpriseModel

QUIET_HOURS = 24
"""A rise is over when its series has stayed below the lowest threshold for so long."""
RUNGS = (40.0, 8.0, 1.6)
"""False alarms per day at which a rise is called again while it climbs, when no dial is set."""


@dataclass(slots=True)
class Rises:
    """Which series are above the thresholds, and which crossings are worth an alarm."""

    quiet_bins: int
    above: dict[str, int] = field(default_factory=dict)
    """Last bin in which a series was above the lowest threshold."""
    called: dict[str, int] = field(default_factory=dict)
    """Thresholds its present rise has been called for."""

    def calls(self, series: str, bin_index: int, crossed: int) -> bool:
        """Whether to call a series that is above `crossed` thresholds; asked once per bin, in order of time."""
        if not crossed:
            return False
        over = bin_index - self.above.get(series, bin_index - self.quiet_bins - 1) > self.quiet_bins
        before = 0 if over else self.called[series]
        self.above[series] = bin_index
        self.called[series] = max(before, crossed)
        return crossed > before


@dataclass(frozen=True, slots=True)
class Alarm:
    """A series' surprise passed the dial after the bin `bin_index`; the rise has lasted `window` seconds."""

    series: str
    bin_index: int
    surprise: float
    window: float


class Detector:
    """Counts in, alarms out, bin by bin; what is called now depends on nothing later.

    With `per_day` false alarms wanted, each rise is called once. Without it a rise is called when it
    passes each of `RUNGS`, so that alarms can be ranked.
    """

    def __init__(self, settings: DetectSettings | None = None, *, per_day: float | None = None) -> None:
        self.model = SurpriseModel(settings)
        bins_per_day = self.model.settings.bins_per_day
        self.rungs = (per_day,) if per_day else RUNGS
        self.dial = Dial(bins_per_day)
        self.rises = Rises(QUIET_HOURS * bins_per_day // 24)

    def advance(self, bin_index: int, counts: Mapping[str, float]) -> list[Alarm]:
        """The alarms of a bin, given its items per series; left-out bins count as empty."""
        last = self.model.last
        for empty in range(bin_index if last is None else last + 1, bin_index):
            self._bin(empty, {})
        return self._bin(bin_index, counts)

    def _bin(self, bin_index: int, counts: Mapping[str, float]) -> list[Alarm]:
        surprise = self.model.advance(bin_index, counts)
        thresholds = [self.dial.threshold(rung) for rung in self.rungs]
        self.dial.observe(bin_index, self.model.state.surprise, self.model.state.born)
        crossed = {series: value for series, value in surprise.items() if value > thresholds[0]}
        return [
            Alarm(series, bin_index, value, self.model.rise(series).window)
            for series, value in crossed.items()
            if self.rises.calls(series, bin_index, sum(value > threshold for threshold in thresholds))
        ]
