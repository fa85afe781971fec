"""The knobs of topic clustering: one configuration for every kind of stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """How items become topics. Similarities are cosines between 0 and 1, times are hours of stream time."""

    step_hours: float = 24.0
    """The stream falls into steps of this length; at each border the last two are clustered anew."""
    step_items: int = 2000
    """A step ends early after so many items; the only border that a stream without times knows."""
    live_hours: float = 96.0
    """A topic without a new item for so long has ended and leaves the live state."""
    live_steps: int = 4
    """Where times are missing: a topic without a new item for so many steps has ended."""
    fade_hours: float = 36.0
    """Width of the Gaussian by which likeness fades with the distance in time."""
    gram_share: float = 0.3
    """Share of the likeness that comes from how words are spelt; the rest is what they mean."""
    cut: float = 0.155
    """Mean likeness above which two groups of items are one."""
    merge_cut: float = 0.35
    """Likeness of centroids above which two topics of at least `merge_size` items are one."""
    merge_size: int = 3
    """The smallest topic whose centroid is trusted."""
    kept_items: int = 64
    """Items of a topic that are remembered word by word; older ones are only counted."""
