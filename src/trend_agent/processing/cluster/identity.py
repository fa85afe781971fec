"""Which of the new groups is which of the old topics, so that ids never die."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trend_agent.items import Lineage, Membership, digest, topic_id
from trend_agent.processing.cluster.live import Entry, Group
from trend_agent.processing.cluster.regroup import Part


@dataclass(frozen=True, slots=True)
class Named:
    """A part under the lasting number and id of its topic."""

    number: int
    id: str
    part: Part


@dataclass(frozen=True, slots=True)
class Clustered:
    """What one call made true, in order: every item's topic on arrival, and every later move."""

    memberships: list[Membership] = field(default_factory=list)
    lineage: list[Lineage] = field(default_factory=list)


def named(
    parts: Sequence[Part], old: Mapping[int, Group], *, first: int, at: datetime, made: Clustered
) -> list[Named]:
    """The parts that clustering made, under the lasting numbers and ids of their topics.

    A part takes the topic it shares most items with, each topic going to one part: the largest shares are
    served first, then older topics. Settled items stay with their topic, so it goes where they are. A part left
    over is split off and numbered from `first` on; a topic left over has merged into the part that holds its settled
    items, or most of them where none are settled. Changes go to `made`, entries are moved.
    """
    shares = [share(part, old) for part in parts]
    numbers = assigned([claims(share, part, old) for share, part in zip(shares, parts, strict=True)])
    ids = {number: old[number].id for number in numbers.values()}
    for at_part, part in enumerate(parts):
        if at_part not in numbers:
            numbers[at_part], first = first, first + 1
            ids[numbers[at_part]] = new_id(part.entries, at, numbers[at_part])
            made.lineage.append(Lineage(ids[numbers[at_part]], "split", at, old[most(shares[at_part])].id))
    heirs = {number: part for part, number, _ in sorted(shared(shares), key=lambda one: (one[2], -one[0]))}
    heirs |= {number: at_part for at_part, part in enumerate(parts) for number in part.topics}
    for number in sorted(heirs.keys() - ids.keys()):
        made.lineage.append(Lineage(old[number].id, "merged", at, ids[numbers[heirs[number]]]))
    found = [Named(numbers[at_part], ids[numbers[at_part]], part) for at_part, part in enumerate(parts)]
    found.sort(key=lambda one: one.number)
    for one in found:
        move(one, at, made)
    return found


def share(part: Part, old: Mapping[int, Group]) -> Counter[int]:
    """How many of the part's items each topic had."""
    found = Counter(entry.group for entry in part.entries)
    for number in part.topics:
        past = old[number].past
        found[number] += round(past.size) if past else 0
    return found


def claims(share: Counter[int], part: Part, old: Mapping[int, Group]) -> Counter[int]:
    """The part of the share that gives a claim to a topic's number."""
    if part.topics:
        return Counter({number: share[number] for number in part.topics})
    return Counter({number: count for number, count in share.items() if old[number].past is None})


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


def new_id(entries: Sequence[Entry], at: datetime, number: int) -> str:
    """The id of a topic that its earliest member founds anew at a moment; one that merged never comes back.

    The number tells apart what a stream without times founds at one moment.
    """
    return topic_id(digest(entries[0].id, at.isoformat(), str(number)))


def move(one: Named, at: datetime, made: Clustered) -> None:
    for entry in one.part.entries:
        if entry.group != one.number:
            made.memberships.append(Membership(entry.id, one.id, at))
            entry.group = one.number
