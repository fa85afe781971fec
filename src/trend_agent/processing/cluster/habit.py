"""How steadily a stream says a term: on every day, or on this one alone.

What is said every day (“Ukraine”, “live”, “horoscope”, the name of a president or of a game) tells little about what
has happened on this one. A name that has not been heard for weeks and now stands in two titles tells nearly all,
though both may be equally rare.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trend_agent.processing.cluster.terms import PLACES

STAYS = 0.95
"""What a step counts for beside the one after it: about twenty steps are remembered."""


class Habit:
    """In how many of the last steps each term was said, the nearer ones counting for more."""

    def __init__(self) -> None:
        self.seen = np.zeros(PLACES, np.float32)
        self.last = np.zeros(PLACES, np.int32)
        self.step = 0

    def settle(self, places: NDArray[np.int32], step: int) -> None:
        """These terms were said in a step; once in it counts as much as often."""
        self.step = step
        said = np.unique(places)
        new = said[(self.last[said] < step) | (self.seen[said] == 0)]
        self.seen[new] = self._faded(new) + 1
        self.last[new] = step

    def share(self, places: NDArray[np.int32]) -> NDArray[np.float32]:
        """The share of the last steps in which each term was said, between 0 and 1."""
        return np.asarray(np.minimum(self._faded(places) * np.float32(1 - STAYS), 1), np.float32)

    def _faded(self, places: NDArray[np.int32]) -> NDArray[np.float32]:
        gone = (self.step - self.last[places]).astype(np.float32)
        return np.asarray(self.seen[places] * np.float32(STAYS) ** gone)
