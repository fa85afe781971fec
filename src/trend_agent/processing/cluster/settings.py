"""The knobs of topic clustering: one configuration for every kind of stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """How items become topics. Similarities are cosines between 0 and 1, times are hours of stream time."""

    step_hours: float = 24.0
    """The stream falls into steps of this length; at each border the last two are clustered anew."""
    step_items: int = 700
    """Items of a step in a stream without times."""
    most_items: int = 3000
    """A step of a stream with times ends early after so many items."""
    live_hours: float = 72.0
    """A topic without a new item for so long has ended and leaves the live state."""
    live_steps: int = 2
    """Where times are missing: a topic without a new item for so many steps has ended."""
    fade_hours: float = 36.0
    """Width of the Gaussian by which likeness fades with the distance in time."""
    gram_share: float = 0.45
    """Share of the likeness that comes from how words are spelt; the rest is what they mean."""
    density: float = 0.85
    """How much the likeness of two topics is measured by that within each; see `linkage.py`."""
    arrival_share: float = 0.75
    """Share of the cut that is enough for an item to join a topic on arrival."""
    attach_share: float = 0.6
    """Share of the cut that is enough for a group of at most `small_size` items beside one of `large_size`."""
    small_size: int = 5
    large_size: int = 12
    cut_base: float = 0.125
    """Likeness above which two groups of items are one, in a stream without noise …"""
    cut_slope: float = 2.0
    """… and how fast this rises with the noise, that is, where all items are somewhat alike; see `regroup.py`."""
    most_noise: float = 0.065
    """Noise above this is no more believed: a young stream is about few things."""
    cut_scarcity: float = 0.25
    """How fast it rises with scarcity: the fewer of all pairs belong together, the more a likeness has to be to be
    more than chance (Bayes' rule: what counts against a pair are the logarithms of the odds)."""
    kin: float = 0.3
    """Likeness from which on two items surely belong together; counting such pairs tells how scarce they are."""
    common: float = 0.008
    """Share of pairs of that kind at which they are not scarce."""
    kept_items: int = 64
    """Items that the settled part of a topic counts for at most."""
    wake_share: float = 2.5
    """Share of the cut that is enough for new items to wake a topic at rest, however long ago it ended …"""
    rest_hours: float = 14 * 24.0
    """… within so many hours after the mean time of its items."""
    most_resting: int = 20_000
    """Topics at rest that are remembered."""
    least: float = 0.035
    """Likeness below which two items have nothing in common …"""
    compared: int = 128
    """… and how many others an item is held to be like at most."""
    least_topic: float = 0.07
    """Likeness below which an item has nothing to do with a settled topic …"""
    compared_topics: int = 32
    """… and how many of these it is held to be like at most."""
    reach: float = 6_000
    """Additions that looking up an item among those of the window may take; see `shelf.py`."""
    reach_topics: float = 1_500
    """The same among settled topics."""

    def cut(self, noise: float, scarcity: float) -> float:
        """Likeness above which two groups of items are one, in a stream of such noise and scarcity."""
        return self.cut_base + self.cut_slope * min(noise, self.most_noise) + self.cut_scarcity * scarcity
