"""The knobs of burst detection, in hours and items, and what they are in bins."""

from __future__ import annotations

from dataclasses import dataclass

HOUR = 3600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class DetectSettings:
    """How a rise is told from chance. Every default is measured; see docs/methods/trends.md."""

    bin_seconds: float = 900.0
    """Width of a bin."""
    half_life_hours: float = 72.0
    """After so long an observed bin counts half in a series' usual rate."""
    lag_hours: float = 3.0
    """The usual rate ends so long before now, so that a rise does not feed its own baseline."""
    prior_items: float = 0.1
    """Items a series without a past is taken to have had already, during `prior_hours`."""
    prior_hours: float = 2.5
    gains: tuple[float, ...] = (2.5, 5.0)
    """The multiples of the usual rate that are tested for."""
    smallest_rise: float = 3.2
    """Items per hour a rise must add at least; below it a multiple of next to nothing is noise."""
    spread: float = 1.0
    """Variance over mean of a bin's count, minus one."""
    leak: float = 0.995
    """Share of the gathered log evidence that is kept from bin to bin."""
    ceiling: float = 25.0
    """Largest log evidence held for one gain, so that an ended rise is forgotten within hours."""
    floor: float = -5.0
    """Log evidence of a series at its first sight."""

    @property
    def lag(self) -> int:
        return max(1, round(self.lag_hours * HOUR / self.bin_seconds))

    @property
    def bins_per_day(self) -> int:
        return round(24 * HOUR / self.bin_seconds)

    @property
    def keep(self) -> float:
        """Share of a count's weight left after one bin."""
        return float(2.0 ** (-self.bin_seconds / (self.half_life_hours * HOUR)))

    @property
    def prior_bins(self) -> float:
        return self.prior_hours * HOUR / self.bin_seconds

    @property
    def smallest_rise_per_bin(self) -> float:
        return self.smallest_rise * self.bin_seconds / HOUR
