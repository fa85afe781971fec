"""Where the items are that corrections name, and what that means for those that come and for what may join.

Such an item is in the window, or settled in a living topic, or at rest. Items that must be together are always in one
topic and those that must be apart never are; so what a border must not part lies within one topic of before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trend_agent.processing.cluster.constraints import Constraints
from trend_agent.processing.cluster.live import Entry

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a newcomer may go: the living topic it must join, or the ended one it must wake, and the topics that it
    must not join."""

    group: int | None = None
    wakes: str = ""
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Bonds:
    """What holds among nodes, by their places: which stay together, and which pairs stay apart."""

    together: Sequence[Sequence[int]] = ()
    apart: Sequence[tuple[int, int]] = ()

    def joined(self, keys: Keys) -> Keys:
        """`keys`, one per node, with those of nodes that stay together made equal."""
        same: dict[int, int] = {}

        def root(key: int) -> int:
            while key in same:
                key = same[key]
            return key

        for places in self.together:
            first, *others = sorted({root(int(keys[place])) for place in places})
            same.update(dict.fromkeys(others, first))
        return np.array([root(key) for key in keys.tolist()], np.int64) if same else keys


FREE = Bound()
NONE = Bonds()


@dataclass(slots=True)
class Anchors:
    """The rule book, and the named items: entries of the window, numbers of the topics that others are settled in,
    ids of the ended topics of the rest."""

    rules: Constraints = field(default_factory=Constraints)
    live: dict[str, Entry] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    resting: dict[str, str] = field(default_factory=dict)

    def number(self, item: str) -> int | None:
        """The living topic that a named item is in."""
        entry = self.live.get(item)
        return entry.group if entry else self.settled.get(item)

    def bound(self, item: str) -> Bound:
        """What corrections demand of a newcomer."""
        if item not in self.rules:
            return FREE
        mates = self.rules.mates(item)
        group = next(self._numbers(mates), None)
        wakes = "" if group is not None else next((self.resting[m] for m in mates if m in self.resting), "")
        return Bound(group, wakes, frozenset(self._numbers(self.rules.strangers(item))))

    def arrived(self, entry: Entry) -> None:
        if entry.id in self.rules:
            self.put(entry.id, entry)

    def put(self, item: str, where: Entry | int | str) -> None:
        """A named item is in the window, or settled in a topic, or at rest in one."""
        for known in (self.live, self.settled, self.resting):
            known.pop(item, None)
        match where:
            case Entry():
                self.live[item] = where
            case int():
                self.settled[item] = where
            case str():
                self.resting[item] = where

    def renewed(self, done: Iterable[Entry], heirs: Mapping[int, int]) -> None:
        """These entries have settled, and these topics have gone into others."""
        self.settled = {item: heirs.get(number, number) for item, number in self.settled.items()}
        for entry in done:
            if entry.id in self.live:
                self.put(entry.id, entry.group)

    def rested(self, number: int, topic: str) -> None:
        """The topic has ended: remember which of the named items were in it."""
        for item in [item for item in (*self.live, *self.settled) if self.number(item) == number]:
            self.put(item, topic)

    def woken(self, topic: str, number: int) -> None:
        """An ended topic lives under this number."""
        for item in [item for item, home in self.resting.items() if home == topic]:
            self.put(item, number)

    def bonds(self, live: Sequence[Entry], topics: Sequence[int]) -> Bonds:
        """What corrections demand of the items of a window and the settled topics near them, in one list."""
        if not self.rules:
            return NONE
        node = {number: place for place, number in enumerate(topics, len(live))}
        at = {item: node[number] for item, number in self.settled.items() if number in node}
        at.update((entry.id, place) for place, entry in enumerate(live) if entry.id in self.rules)

        def places(items: Sequence[str]) -> list[int]:
            return [at[item] for item in items if item in at]

        together = [found for items in self.rules.groups() if len(found := places(items)) > 1]
        walls = ((places(some), places(others)) for some, others in self.rules.walls())
        return Bonds(together, [(some[0], others[0]) for some, others in walls if some and others])

    def _numbers(self, items: Sequence[str]) -> Iterator[int]:
        return (number for item in items if (number := self.number(item)) is not None)
