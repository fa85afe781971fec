"""The rule book: what people's corrections say of which items belong together and which do not.

Items that must be together are a group, however many corrections say so; what is said of one of a group holds for
all of it. Groups may be apart. Nothing is said twice over: a rule that contradicts those that stand is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trend_agent.errors import Conflict
from trend_agent.items import Correction


class Constraints:
    """All corrections that stand, by their ids, and the groups and walls that follow from them."""

    def __init__(self, corrections: Iterable[Correction] = ()) -> None:
        self.standing: dict[int, Correction] = {}
        self._clear()
        for correction in corrections:
            self.add(correction)

    def __contains__(self, item: str) -> bool:
        """Whether anything is said of the item."""
        return item in self._group

    def __bool__(self) -> bool:
        return bool(self.standing)

    def add(self, correction: Correction) -> None:
        """Take one up, or take back what it undoes. `Conflict` where it contradicts what stands; nothing has
        changed then."""
        if correction.kind == "undo":
            self.standing.pop(correction.undoes or 0, None)
            self._build()
            return
        try:
            self._take(correction)
        except Conflict:
            self._build()
            raise
        self.standing[correction.id] = correction

    def without(self, number: int) -> Constraints:
        """The rule book as it would be if a correction had not been made."""
        return Constraints(c for c in self.standing.values() if c.id != number)

    def mates(self, item: str) -> Sequence[str]:
        """The items that must be where this one is, itself among them."""
        return self._members[self._group[item]] if item in self._group else [item]

    def strangers(self, item: str) -> list[str]:
        """The items that must not be where this one is."""
        walls = self._walls.get(self._group.get(item, -1), set())
        return [other for group in sorted(walls) for other in self._members[group]]

    def groups(self) -> Iterator[Sequence[str]]:
        """The groups of items that must be together, of two or more."""
        return (members for members in self._members.values() if len(members) > 1)

    def walls(self) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
        """Pairs of groups that must be apart, each pair once."""
        for one, others in self._walls.items():
            for other in sorted(others):
                if one < other:
                    yield self._members[one], self._members[other]

    def _clear(self) -> None:
        self._group: dict[str, int] = {}
        self._members: dict[int, list[str]] = {}
        self._walls: dict[int, set[int]] = {}
        self._next = 0

    def _build(self) -> None:
        self._clear()
        for correction in self.standing.values():
            self._take(correction)

    def _take(self, correction: Correction) -> None:
        if both := set(correction.together).intersection(correction.apart):
            raise Conflict(f"{min(both)!r} cannot be both together with and apart from the same items")
        for item in correction.together:
            self._join(self._number(correction.together[0]), self._number(item))
        for item in correction.apart:
            self._part(correction.together[0], item)

    def _number(self, item: str) -> int:
        if item not in self._group:
            self._group[item], self._next = self._next, self._next + 1
            self._members[self._group[item]] = [item]
        return self._group[item]

    def _join(self, one: int, other: int) -> None:
        keep, gone = min(one, other), max(one, other)
        if keep == gone:
            return
        if gone in self._walls.get(keep, ()):
            self._refuse_to_join(keep, gone)
        for item in self._members[gone]:
            self._group[item] = keep
        self._members[keep] += self._members.pop(gone)
        for wall in self._walls.pop(gone, set()):
            self._walls[wall].remove(gone)
            self._wall(keep, wall)

    def _part(self, item: str, other: str) -> None:
        one, two = self._number(item), self._number(other)
        if one == two:
            raise Conflict(
                f"{item!r} and {other!r} are held together by {named(self._holding(one))}; undo it first"
            )
        self._wall(one, two)

    def _wall(self, one: int, other: int) -> None:
        self._walls.setdefault(one, set()).add(other)
        self._walls.setdefault(other, set()).add(one)

    def _holding(self, group: int) -> list[int]:
        members = set(self._members[group])
        return [c.id for c in self.standing.values() if len(members.intersection(c.together)) > 1]

    def _refuse_to_join(self, one: int, other: int) -> None:
        some, others = set(self._members[one]), set(self._members[other])
        for c in self.standing.values():
            for inside, outside in ((some, others), (others, some)):
                here, there = inside.intersection(c.together), outside.intersection(c.apart)
                if here and there:
                    raise Conflict(
                        f"{min(here)!r} and {min(there)!r} are held apart by {named([c.id])}; undo it first"
                    )
        raise Conflict(
            f"{self._members[one][0]!r} and {self._members[other][0]!r} are held apart by what is said"
        )


def named(corrections: Sequence[int]) -> str:
    """`correction 3`, or `corrections 3, 5`."""
    return f"correction{'s' if len(corrections) != 1 else ''} {', '.join(map(str, corrections))}"
