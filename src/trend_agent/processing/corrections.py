"""People put topics right: what they say is checked against what stands, worked out, and made true at once.

They speak of topics; what is kept is said of items, so that it holds under whatever topics clustering makes of them
later. A copy stands for what it copies. An old id stands for its heir.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from trend_agent.errors import Conflict, Missing, Rejected
from trend_agent.items import (
    EARLIEST,
    Correction,
    CorrectionKind,
    Lineage,
    correction_of,
    digest,
    topic_id,
)
from trend_agent.processing.cluster.constraints import Constraints
from trend_agent.processing.cluster.settings import ClusterSettings
from trend_agent.storage import Records, Told

NAMED = ClusterSettings().kept_items
"""Items of a topic that a correction of it names: as many as clustering can still move."""

TRIES = 5
PAGE = 5_000


@dataclass(slots=True)
class Desk:
    """What a correction is worked out from, as of one moment, and what it has changed so far."""

    records: Records
    by: str
    at: datetime
    place: int
    after: int
    rules: Constraints
    moved: list[tuple[str, str, str]] = field(default_factory=list)
    lineage: list[Lineage] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)

    async def topic(self, key: str) -> str:
        """The topic that an id leads to by now."""
        return (await self.records.topic(key)).id

    async def originals(self, topic: str) -> list[str]:
        """The items of a topic that copy no other, in log order."""
        found: list[str] = []
        after = 0
        while page := await self.records.members(topic, limit=PAGE, after=after):
            found += [fact.item.id for fact in page if not fact.copy_of]
            after = page[-1].seq
        return found

    async def original(self, item: str) -> tuple[str, str]:
        """The item, or what it copies, and the topic that is in."""
        (told,) = await self.records.fate(item=item)
        if told.fate is None:
            raise Conflict(f"item {item!r} waits to be processed; say it again once it is")
        if told.fate.verdict == "duplicate" and told.fate.of:
            return await self.original(told.fate.of)
        if told.topic is None:
            raise Rejected(f"item {item!r} was {told.fate.verdict} and is in no topic")
        return item, told.topic

    async def places(self, items: Iterable[str]) -> dict[str, str]:
        """The topics of those items that are in one."""
        found: dict[str, str] = {}
        for item in items:
            if (told := await self._told(item)) and told.topic:
                found[item] = told.topic
        moved = {item: came for item, _, came in self.moved}
        return {item: moved.get(item, topic) for item, topic in found.items()}

    async def ended(self, topic: str) -> bool:
        """Whether a topic is at rest."""
        turns = [c.change for c in await self.records.lineage(topic) if c.topic == topic]
        return next((c == "ended" for c in reversed(turns) if c in ("ended", "woken")), False)

    def move(self, items: Sequence[str], left: str, came: str) -> None:
        self.moved += [(item, left, came) for item in items if left != came]

    async def close(self, left: str, came: str) -> None:
        """After a move: a topic that has nothing left leads to the other; one that was at rest and got live items
        is woken."""
        moved = [item for item, source, _ in self.moved if source == left]
        members = await self.originals(left)
        if not set(members).difference(moved):
            self.lineage.append(Lineage(left, "merged", self.at, came))
            self.emptied.append(left)
        live = {item for item in moved if item in members[-NAMED:] or item in self.rules}
        if live and await self.ended(came) and not await self.ended(left):
            self.lineage.append(Lineage(came, "woken", self.at))

    def found(self, first: str, out_of: str) -> str:
        """A topic of their own for items that leave one."""
        topic = topic_id(digest(first, self.at.isoformat(), "correction", str(self.after + 1)))
        self.lineage.append(Lineage(topic, "split", self.at, out_of))
        return topic

    def allow(self, together: Sequence[str], apart: Sequence[str] = ()) -> None:
        """`Conflict` where this contradicts what stands."""
        trial = Constraints(self.rules.standing.values())
        trial.add(self.said("merge", "", together=together, apart=apart))

    def said(
        self,
        kind: CorrectionKind,
        topic: str,
        *,
        of: Sequence[str] = (),
        together: Sequence[str] = (),
        apart: Sequence[str] = (),
        undoes: int | None = None,
    ) -> Correction:
        return Correction(
            kind, self.by, self.at, datetime.now(UTC), topic, of, together, apart,
            moved=self.moved, emptied=self.emptied, undoes=undoes, place=self.place,
        )  # fmt: skip

    async def _told(self, item: str) -> Told | None:
        try:
            return (await self.records.fate(item=item))[0]
        except Missing:
            return None


class Corrector:
    """Takes corrections for the records. Each is one transaction; where the records change underneath it is worked
    out again. An `order` that it is made for is answered by it."""

    def __init__(self, records: Records, *, by: str, order: str = "") -> None:
        self.records = records
        self.by = by
        self.order = order

    async def merge(self, topics: Sequence[str]) -> Correction:
        """The topics are about one thing: all of them go into the first. Returns the correction as recorded."""
        return await self._make(lambda desk: _merged(desk, topics))

    async def split(self, topic: str, items: Sequence[str]) -> Correction:
        """These items of a topic are about something else: they get a topic of their own."""
        return await self._make(lambda desk: _split(desk, topic, items))

    async def pin(self, item: str, topic: str) -> Correction:
        """The item belongs to that topic, wherever it is now."""
        return await self._make(lambda desk: _pinned(desk, item, topic))

    async def unpin(self, item: str) -> Correction:
        """Take back the last pin of an item. `Missing` where there is none."""
        key = (await (await self._desk()).original(item))[0]
        pins = [c.id for c in await self.standing() if c.kind == "pin" and c.together[0] == key]
        if not pins:
            raise Missing(f"item {item!r} is not pinned")
        return await self.undo(pins[-1])

    async def undo(self, number: int) -> Correction:
        """Take a correction back: it is no longer obeyed, and what it moved goes back as far as it is still there."""
        return await self._make(lambda desk: _undone(desk, number))

    async def take_in(self, row: Mapping[str, object]) -> Correction | None:
        """A correction from an export, said of items; None where the same stands already. What it says of items that
        are not known yet is obeyed when they come."""
        said = correction_of(row)
        if said.kind == "undo":
            raise Rejected("an export holds corrections that stand, found one of kind 'undo'")
        if any(same(said, other) for other in await self.standing()):
            return None
        return await self._make(lambda desk: _taken_in(desk, said))

    async def standing(self) -> list[Correction]:
        """The corrections that are obeyed, in the order they were made."""
        return list(Constraints(await self.records.corrections()).standing.values())

    async def _desk(self) -> Desk:
        known = await self.records.corrections()
        at = await self.records.clock() or EARLIEST
        after = known[-1].id if known else 0
        return Desk(self.records, self.by, at, await self.records.settled_until(), after, Constraints(known))

    async def _make(self, work_out: Callable[[Desk], Awaitable[Correction]]) -> Correction:
        for attempt in range(TRIES):
            desk = await self._desk()
            said = await work_out(desk)
            places = await desk.places([*said.together, *said.apart])
            try:
                return await self.records.correct(
                    replace(said, places=places), desk.lineage, after=desk.after, order=self.order
                )
            except Conflict:
                if attempt == TRIES - 1:
                    raise
        raise AssertionError("the last try returns or raises")


async def _merged(desk: Desk, topics: Sequence[str]) -> Correction:
    found = list(dict.fromkeys([await desk.topic(key) for key in topics]))
    if len(found) < 2:
        raise Conflict(f"{' and '.join(map(repr, topics))} are one topic already: {found[0]!r}")
    into, *others = found
    members = {topic: await desk.originals(topic) for topic in found}
    named = [item for topic in found for item in telling(members[topic])]
    desk.allow([*named, *(item for some in members.values() for item in some if item in desk.rules)])
    for topic in others:
        desk.move(members[topic], topic, into)
        await desk.close(topic, into)
    return desk.said("merge", into, of=topics, together=named)


async def _split(desk: Desk, topic: str, items: Sequence[str]) -> Correction:
    key = await desk.topic(topic)
    members = await desk.originals(key)
    chosen: list[str] = []
    for item in items:
        original, place = await desk.original(item)
        if place != key:
            raise Conflict(f"item {item!r} is not in topic {topic!r} but in {place!r}")
        chosen.append(original)
    chosen = list(dict.fromkeys(chosen))
    rest = [item for item in members if item not in chosen]
    if not rest:
        raise Conflict(f"these are all items of topic {topic!r}: there is nothing to part them from")
    mates = [mate for item in chosen for mate in desk.rules.mates(item) if mate in rest]
    apart = list(dict.fromkeys([*telling(rest), *mates]))
    desk.allow(chosen, apart)
    own = desk.found(chosen[0], key)
    desk.move(chosen, key, own)
    return desk.said("split", own, of=[topic], together=chosen, apart=apart)


async def _pinned(desk: Desk, item: str, topic: str) -> Correction:
    original, left = await desk.original(item)
    key = await desk.topic(topic)
    mates = list(await desk.places(desk.rules.mates(original)))
    rest = [member for member in await desk.originals(key) if member not in mates]
    if not rest:
        raise Conflict(f"topic {topic!r} holds nothing but {item!r}: there is nothing to pin it to")
    named = list(dict.fromkeys((original, rest[0], rest[len(rest) // 2], rest[-1])))
    desk.allow([*named, *(member for member in rest if member in desk.rules)])
    if left != key:
        desk.move(mates, left, key)
        await desk.close(left, key)
    return desk.said("pin", key, of=[topic], together=named)


async def _undone(desk: Desk, number: int) -> Correction:
    said = next((c for c in await desk.records.corrections() if c.id == number), None)
    if said is None:
        raise Missing(f"no correction {number}")
    if said.kind == "undo":
        raise Conflict(f"correction {number} took back correction {said.undoes}; say that one again instead")
    if number not in desk.rules.standing:
        raise Conflict(f"correction {number} was taken back already")
    desk.rules = desk.rules.without(number)
    here = await desk.topic(said.topic)
    for left in dict.fromkeys(left for _, left, _ in said.moved):
        await _sent_back(desk, said, left, here)
    return desk.said("undo", here, of=said.of, undoes=number)


async def _sent_back(desk: Desk, said: Correction, left: str, here: str) -> None:
    """Send back what a correction moved out of `left` and what is still `here`, save what others hold here."""
    members = set(await desk.originals(here))
    leaving = {item for item, source, _ in said.moved if source == left and item in members}
    while held := {i for i in leaving if any(m in members - leaving for m in desk.rules.mates(i))}:
        leaving -= held
    target = await desk.topic(left)
    barred = set(await desk.originals(target)) if target != here else set()
    leaving = {i for i in leaving if not barred.intersection(desk.rules.strangers(i))}
    items = [item for item, _, _ in said.moved if item in leaving]
    if not items:
        return
    if target == here:
        if not _emptied(await desk.records.lineage(left), said, left) or leaving == members:
            return
        target = desk.found(items[0], here)
    desk.move(items, here, target)
    await desk.close(here, target)


def _emptied(changes: Sequence[Lineage], said: Correction, left: str) -> bool:
    """Whether the correction itself took all that a topic had, so that its id leads to where that went."""
    return any((c.topic, c.change, c.at) == (left, "merged", said.at) for c in changes)


async def _taken_in(desk: Desk, said: Correction) -> Correction:
    together, apart = [await _standing_for(desk, items) for items in (said.together, said.apart)]
    desk.allow(together, apart)
    desk.rules.add(replace(said, together=together, apart=apart, id=desk.after + 1))
    places = await desk.places(desk.rules.mates(together[0]))
    barred = set((await desk.places(desk.rules.strangers(together[0]))).values())
    target = ""
    if places:
        shares = Counter(topic for topic in places.values() if topic not in barred)
        target = shares.most_common(1)[0][0] if shares else desk.found(*next(iter(places.items())))
    for left in dict.fromkeys(topic for topic in places.values() if topic != target):
        members = await desk.originals(left)
        whole = said.kind == "merge" and set(telling(members)).issubset(together)
        desk.move(members if whole else [item for item in members if item in places], left, target)
        await desk.close(left, target)
    return desk.said(said.kind, target, of=said.of, together=together, apart=apart)


async def _standing_for(desk: Desk, items: Sequence[str]) -> list[str]:
    """The items, with what they copy in place of copies; those we do not know as they are."""
    found = []
    for item in items:
        try:
            found.append((await desk.original(item))[0])
        except (Missing, Conflict, Rejected):
            found.append(item)
    return list(dict.fromkeys(found))


def telling(members: Sequence[str]) -> list[str]:
    """The items of a topic by which it is named: its first and its newest."""
    return list(dict.fromkeys([*members[:1], *members[1 - NAMED :]]))


def same(one: Correction, other: Correction) -> bool:
    """Whether two corrections say the same."""
    return (set(one.together), set(one.apart)) == (set(other.together), set(other.apart))
