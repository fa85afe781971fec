"""What is remembered of a stream: the topics that are alive, and the newest items they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trend_agent.processing.cluster.address import NOWHERE


@dataclass(slots=True, eq=False)
class Entry:
    """An item of the last two steps; `at` is its stream time in hours, `step`, `group`, `address` are numbers."""

    id: str
    at: float
    step: int
    group: int
    address: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What is left of a topic's settled items: their mean vector, the columns by which it is found before the others.

    `size` is how many items it stands for, `own` their mean likeness to each other, `at` their mean time.
    """

    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    size: float
    own: float
    at: float


MOST_ADDRESSES = 256
"""Addresses of a topic's settled items that are remembered, the latest."""

LONG_AGO = float("-inf")


@dataclass(slots=True, eq=False)
class Group:
    """A live topic; numbers go up in the order of birth.

    `fresh` counts its items of the last two steps, `addresses` are those of its settled ones.
    """

    id: str
    number: int
    last_at: float = LONG_AGO
    last_step: int = 0
    fresh: int = 0
    past: Past | None = None
    addresses: list[int] = field(default_factory=list)

    @property
    def size(self) -> float:
        return self.fresh + (self.past.size if self.past else 0.0)

    def take(self, entry: Entry, *, settled: bool = False) -> None:
        """An item joins; a settled one is seen no more, but for its address."""
        self.last_at = max(self.last_at, entry.at)
        self.last_step = max(self.last_step, entry.step)
        self.fresh += not settled
        if settled and entry.address != NOWHERE:
            self.addresses.append(entry.address)

    @classmethod
    def heir(cls, number: int, id_: str, old: Sequence[Group]) -> Group:
        """A topic with the settled items of old ones, and none of their fresh ones."""
        return cls(
            id_,
            number,
            last_at=max((group.last_at for group in old), default=LONG_AGO),
            last_step=max((group.last_step for group in old), default=0),
            past=old[0].past if len(old) == 1 else None,
            addresses=[page for group in old for page in group.addresses],
        )

    def forgotten(self) -> list[int]:
        """The addresses that are too many; they are forgotten."""
        over = self.addresses[:-MOST_ADDRESSES]
        del self.addresses[:-MOST_ADDRESSES]
        return over
