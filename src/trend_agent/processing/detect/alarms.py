"""When a surprise becomes an alarm: once per rise, or ranked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trend_agent.processing.detect.dial import Dial
from trend_agent.processing.detect.settings import DetectSettings
from trend_agent.processing.detect.surprise import SurpriseModel

QUIET_HOURS = 24
"""A rise is over when its series has stayed below the threshold for so long."""
RANKED_FLOOR = 1.0
RANKED_MARGIN = 1.5
"""Without a dial an alarm is repeated when it has grown by so much, so that a ranking finds its height."""


@dataclass(slots=True)
class Rises:
    """Which series are above a threshold, and which crossings are worth an alarm."""

    quiet_bins: int
    margin: float | None = None
    """How far a rise must climb above its last alarm to be called again; None calls each rise once."""
    above: dict[str, int] = field(default_factory=dict)
    called: dict[str, float] = field(default_factory=dict)

    def calls(self, series: str, bin_index: int, surprise: float, threshold: float) -> bool:
        """Whether this surprise is an alarm; to be asked once per series and bin, in order of time."""
        if surprise <= threshold:
            return False
        last = self.above.get(series)
        self.above[series] = bin_index
        same_rise = last is not None and bin_index - last <= self.quiet_bins
        if same_rise and (self.margin is None or surprise <= self.called[series] + self.margin):
            return False
        self.called[series] = surprise
        return True


@dataclass(frozen=True, slots=True)
class Alarm:
    """A series' surprise passed the dial after the bin `bin_index`; the rise has lasted `window` seconds."""

    series: str
    bin_index: int
    surprise: float
    window: float


class Detector:
    """Counts in, alarms out, bin by bin; what is called now depends on nothing later.

    With `per_day` false alarms wanted each rise is called once, above the dial's threshold. Without it
    every rise above a low floor is called, again whenever it has climbed on, for ranking.
    """

    def __init__(self, settings: DetectSettings | None = None, *, per_day: float | None = None) -> None:
        self.model = SurpriseModel(settings)
        bins_per_day = self.model.settings.bins_per_day
        self.dial = Dial(per_day, bins_per_day) if per_day else None
        quiet = QUIET_HOURS * bins_per_day // 24
        self.rises = Rises(quiet, None if per_day else RANKED_MARGIN)

    def advance(self, bin_index: int, counts: Mapping[str, float]) -> list[Alarm]:
        """The alarms of a bin, given its items per series; left-out bins count as empty."""
        last = self.model.last
        for empty in range(bin_index if last is None else last + 1, bin_index):
            self._bin(empty, {})
        return self._bin(bin_index, counts)

    def _bin(self, bin_index: int, counts: Mapping[str, float]) -> list[Alarm]:
        surprise = self.model.advance(bin_index, counts)
        threshold = self.dial.threshold if self.dial else RANKED_FLOOR
        if self.dial:
            self.dial.observe(self.model.state.surprise)
        return [
            Alarm(series, bin_index, value, self.model.rise(series).window)
            for series, value in surprise.items()
            if value > threshold and self.rises.calls(series, bin_index, value, threshold)
        ]
