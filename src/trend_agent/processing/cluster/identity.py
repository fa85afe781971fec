"""Which of the new groups is which of the old topics, so that ids never die."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trend_agent.items import Lineage, Membership, digest, topic_id
from trend_agent.processing.cluster.live import Entry, Group


@dataclass(frozen=True, slots=True)
class Clustered:
    """What one call made true, in order: every item's topic on arrival, and every later move."""

    memberships: list[Membership] = field(default_factory=list)
    lineage: list[Lineage] = field(default_factory=list)


def renamed(
    parts: Sequence[Sequence[Entry]], old: Mapping[int, Group], *, first: int, at: datetime, made: Clustered
) -> dict[int, Group]:
    """The parts that clustering made of the live entries, as groups under their lasting numbers and ids.

    A part takes the topic it shares most items with, each topic going to one part: the largest shares are
    served first, then older topics. A part left over is split off and numbered from `first` on; a topic left
    over has merged into the part that holds most of its items. Changes go to `made`, entries are moved.
    """
    shares = [Counter(entry.group for entry in part) for part in parts]
    numbers = assigned(shares)
    groups = {number: Group(old[number].id, number, list(parts[part])) for part, number in numbers.items()}
    for part, entries in enumerate(parts):
        if part not in numbers:
            numbers[part], first = first, first + 1
            group = groups[numbers[part]] = Group(new_id(entries, at), numbers[part], list(entries))
            made.lineage.append(Lineage(group.id, "split", at, old[most(shares[part])].id))
    heirs = {number: part for part, number, _ in sorted(shared(shares), key=lambda one: (one[2], -one[0]))}
    for number in sorted(old.keys() - groups.keys()):
        made.lineage.append(Lineage(old[number].id, "merged", at, groups[numbers[heirs[number]]].id))
    move(groups, at, made)
    return groups


def shared(shares: Sequence[Counter[int]]) -> list[tuple[int, int, int]]:
    """(part, topic, number of items they share) of all that share any."""
    return [(part, number, count) for part, share in enumerate(shares) for number, count in share.items()]


def assigned(shares: Sequence[Counter[int]]) -> dict[int, int]:
    """The topic each part continues, one to one, by falling number of shared items."""
    numbers: dict[int, int] = {}
    used: set[int] = set()
    for part, number, _ in sorted(shared(shares), key=lambda one: (-one[2], one[1], one[0])):
        if part not in numbers and number not in used:
            numbers[part] = number
            used.add(number)
    return numbers


def most(share: Counter[int]) -> int:
    """The topic with most items in a share, the oldest in a tie."""
    return min(share, key=lambda number: (-share[number], number))


def new_id(entries: Sequence[Entry], at: datetime) -> str:
    """The id of a topic that its earliest member founds anew at a moment; one that merged never comes back."""
    return topic_id(digest(entries[0].id, at.isoformat()))


def move(groups: Mapping[int, Group], at: datetime, made: Clustered) -> None:
    for number in sorted(groups):
        for entry in groups[number].entries:
            if entry.group != number:
                made.memberships.append(Membership(entry.id, groups[number].id, at))
                entry.group = number
