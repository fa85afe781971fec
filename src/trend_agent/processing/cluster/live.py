"""What is remembered of a stream: the topics that are alive, and the items they are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from trend_agent.processing.cluster.terms import Reading


@dataclass(slots=True, eq=False)
class Entry:
    """An item in the live state; `at` is its stream time in hours, `step`, `group` and `address` are numbers."""

    id: str
    at: float
    step: int
    reading: Reading
    group: int
    address: int = 0


@dataclass(slots=True, eq=False)
class Group:
    """A live topic; numbers go up in the order of birth, `entries` are in stream order."""

    id: str
    number: int
    entries: list[Entry] = field(default_factory=list)

    @property
    def last_at(self) -> float:
        return max(entry.at for entry in self.entries)

    @property
    def last_step(self) -> int:
        return self.entries[-1].step
