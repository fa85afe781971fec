"""Items in stream order become topics: provisional at once, settled when the stream has moved on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from trend_agent.items import Correction, Item, Lineage, Membership, topic_id
from trend_agent.processing.cluster import snapshot
from trend_agent.processing.cluster.address import NOWHERE, address
from trend_agent.processing.cluster.alike import Alike
from trend_agent.processing.cluster.anchors import FREE, Anchors
from trend_agent.processing.cluster.constraints import Constraints
from trend_agent.processing.cluster.correcting import correct, wake
from trend_agent.processing.cluster.identity import Clustered, Named, named
from trend_agent.processing.cluster.live import Entry, Group
from trend_agent.processing.cluster.regroup import noise_of, regrouped, scarcity_of
from trend_agent.processing.cluster.resting import Resting
from trend_agent.processing.cluster.settings import ClusterSettings
from trend_agent.processing.cluster.settled import Fold, Settled, folded
from trend_agent.processing.cluster.terms import Reading, read
from trend_agent.processing.cluster.weights import Counts
from trend_agent.processing.cluster.window import Window

INDEXED_EVERY = 128
"""Items between two places of the stream where counts and index take in what is new."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
USUAL_NOISE = 0.03
USUAL_SCARCITY = 0.5
"""What is assumed of a stream before its first border."""

EXACT = 9
"""Decimals of a mean likeness: what lies beyond them depends on the order of summing."""

NEARLY = 10.0**-EXACT

STANDARD = ClusterSettings()


class Clusterer:
    """Streaming topics. What comes out depends on the order of the items, never on their batches."""

    def __init__(
        self, settings: ClusterSettings = STANDARD, *, corrections: Iterable[Correction] = ()
    ) -> None:
        """`corrections` are obeyed from the first item on."""
        self.settings = settings
        self.anchors = Anchors(Constraints(corrections))
        self.counts = Counts()
        self.window = Window(settings)
        self.settled = Settled(reach=settings.reach_topics)
        self.resting = Resting(settings)
        self.groups: dict[int, Group] = {}
        self.live: list[Entry] = []
        """The items of the window, in its order."""
        self.pages: dict[int, int] = {}
        """The topic of the settled items at an address."""
        self.fresh_pages: dict[int, int] = {}
        self.uncounted: list[Reading] = []
        self.clock: datetime | None = None
        self.timed = False
        self.step = 0
        self.in_step = 0
        self.next_group = 0
        self.newborn = 0
        """The first number that a topic begun in this step can have."""
        self.noise, self.scarcity = USUAL_NOISE, USUAL_SCARCITY

    def add(self, items: Sequence[Item], *, readings: Mapping[str, Reading] | None = None) -> Clustered:
        """Give every item a topic; where a border of the stream is crossed, settle what came before it.

        `readings`, by item id, spare reading the items here.
        """
        made = Clustered()
        waiting: list[tuple[Item, Reading]] = []
        for item in items:
            if self._crosses(item):
                self._arrive(waiting, made)
                self._settle(item.seen_at, made)
            self._tick(item)
            waiting.append((item, readings[item.id] if readings else read(item.title, item.lang)))
            if self.in_step % INDEXED_EVERY == 0:
                self._arrive(waiting, made)
                self._index()
            if self.in_step >= (self.settings.most_items if self.timed else self.settings.step_items):
                self._arrive(waiting, made)
                self._settle(self._now, made)
        self._arrive(waiting, made)
        return made

    def close(self) -> Clustered:
        """The end of a recorded stream: settle what is pending."""
        made = Clustered()
        if self.clock is not None:
            self._settle(self.clock, made)
        return made

    def correct(self, correction: Correction) -> Clustered:
        """Obey a correction from here on; returns what changes at once beyond what it says it moved."""
        return correct(self, correction)

    def dump(self) -> bytes:
        """The complete state; a clusterer loaded from it continues exactly."""
        return snapshot.dump(self)

    @classmethod
    def load(cls, state: bytes, settings: ClusterSettings = STANDARD) -> Clusterer:
        """The clusterer that was dumped; `Rejected` where the bytes are no dump."""
        clusterer = cls(settings)
        snapshot.restore(clusterer, state)
        return clusterer

    @property
    def _now(self) -> datetime:
        return self.clock or EPOCH

    @property
    def hour(self) -> float:
        return hours(self._now)

    @property
    def _cut(self) -> float:
        return self.settings.cut(self.noise, self.scarcity)

    def _crosses(self, item: Item) -> bool:
        """Whether the item moves the stream's clock over the border of a step."""
        if self.clock is None:
            return False
        length = self.settings.step_hours
        return hours(item.seen_at) // length > hours(self.clock) // length

    def _tick(self, item: Item) -> None:
        self.timed = self.timed or item.seen_at != (self.clock or item.seen_at)
        self.clock = max(self._now, item.seen_at)
        self.in_step += 1

    def _arrive(self, waiting: list[tuple[Item, Reading]], made: Clustered) -> None:
        """Place the waiting items (none of which crosses a border) and empty the list."""
        if not waiting:
            return
        readings = [reading for _, reading in waiting]
        vectors = self.counts.vectors(readings, gram_share=self.settings.gram_share)
        times = np.array([hours(item.seen_at) for item, _ in waiting])
        pairs, topics = self.window.compare(vectors, times, self.settled)
        cut = self.settings.arrival_share * self._cut
        alike = Alike(pairs, topics, self.live, least=cut - NEARLY)
        for row, (item, _) in enumerate(waiting):
            page = address(item.url)
            bound = self.anchors.bound(item.id) if self.anchors.rules else FREE
            number = self._woken(bound.wakes, item, made) if bound.wakes else bound.group
            if number is None:
                number = self._home(page, bound.barred)
            if number is None:
                number = self._likest(alike.sums(len(self.live)), cut, bound.barred)
            group = self._found(item, made) if number is None else self.groups[number]
            self._join(group, Entry(item.id, float(times[row]), self.step, group.number, page))
            made.memberships.append(Membership(item.id, group.id, item.seen_at))
        self.uncounted.extend(readings)
        waiting.clear()

    def _home(self, page: int, barred: frozenset[int]) -> int | None:
        """The topic that is at an address already."""
        number = None if page == NOWHERE else self.fresh_pages.get(page, self.pages.get(page))
        return None if number in barred else number

    def _likest(self, sums: Mapping[int, float], cut: float, barred: frozenset[int]) -> int | None:
        """The topic whose items are likest on average, the older one in a tie; None below the cut."""
        best, likest = None, cut
        for number, total in sums.items():
            mean = total / self.groups[number].size
            if mean < likest - NEARLY or number in barred:
                continue
            mean = round(mean, EXACT)
            if mean > likest or (mean == likest and best is not None and number < best):
                best, likest = number, mean
        return best

    def _found(self, item: Item, made: Clustered) -> Group:
        group = Group(topic_id(item.id), self.next_group)
        self.groups[group.number] = group
        self.next_group += 1
        made.lineage.append(Lineage(group.id, "born", item.seen_at))
        return group

    def _woken(self, topic: str, item: Item, made: Clustered) -> int:
        made.lineage.append(Lineage(topic, "woken", item.seen_at))
        return wake(self, topic, hours(item.seen_at)).number

    def _join(self, group: Group, entry: Entry) -> None:
        self.live.append(entry)
        self.anchors.arrived(entry)
        group.take(entry)
        if entry.address != NOWHERE:
            self.fresh_pages[entry.address] = group.number

    def _index(self) -> None:
        self.counts.settle(self.uncounted, self.step)
        self.uncounted.clear()
        self.window.index()

    def _settle(self, at: datetime, made: Clustered) -> None:
        """The border of a step: cluster the last two steps anew, name the outcome, forget what is over."""
        self._index()
        self._rest(at, made)
        if self.live:
            self.noise, self.scarcity = noise_of(self.window.vectors), scarcity_of(self.window)
            parts = regrouped(self.live, self.window, self.settled, self.pages, self.anchors, cut=self._cut)
            touched = {entry.group for entry in self.live}.union(*(part.topics for part in parts))
            found = named(parts, self.groups, first=self.next_group, at=at, made=made)
            self.next_group = max(self.next_group, found[-1].number + 1)
            found = self._wakened(found, at, made)
            self._renew(found, {number: self.groups.pop(number) for number in sorted(touched)})
        self.step += 1
        self.in_step = 0
        self.newborn = self.next_group

    def _wakened(self, found: Sequence[Named], at: datetime, made: Clustered) -> list[Named]:
        """The same, where a topic begun in this step is a topic at rest told again: under that one's id."""
        rows = {entry.id: row for row, entry in enumerate(self.live)}
        new = [one for one in found if one.number >= self.newborn and not one.part.topics]
        if not new or not self.resting.ids:
            return list(found)
        folds = [Fold(one.number, [], [rows[entry.id] for entry in one.part.entries]) for one in new]
        pasts = folded(folds, self.window.vectors, self.window.times, most=self.settings.kept_items)
        barred = set(self.anchors.resting.values())  # those are woken by what people said of them
        woken: dict[int, Named] = {}
        for one, topic in zip(
            new, self.resting.likest(pasts, self.settings.wake_share * self._cut), strict=True
        ):
            if topic is None or topic in barred:
                continue
            barred.add(topic)
            woken[one.number] = Named(one.number, topic, one.part)
            made.lineage.extend((Lineage(topic, "woken", at), Lineage(one.id, "merged", at, topic)))
            made.memberships.extend(Membership(entry.id, topic, at) for entry in one.part.entries)
        self.resting.forget([one.id for one in woken.values()])
        return [woken.get(one.number, one) for one in found]

    def _rest(self, at: datetime, made: Clustered) -> None:
        """End the topics that have been idle for too long."""
        over = self._over(at)
        if not over:
            return
        self._put_to_rest(over, at)
        for number in over:
            group = self.groups.pop(number)
            made.lineage.append(Lineage(group.id, "ended", at))
            if self.anchors.rules:
                self.anchors.rested(number, group.id)
            for page in group.addresses:
                self.pages.pop(page, None)
        self.settled.put((), gone=over)
        kept = np.array([entry.group in self.groups for entry in self.live], np.bool_)
        self.window.forget(over)
        if not kept.all():
            self._keep(kept)

    def _put_to_rest(self, over: Sequence[int], at: datetime) -> None:
        rows: dict[int, list[int]] = {number: [] for number in over}
        for row, entry in enumerate(self.live):
            if entry.group in rows:
                rows[entry.group].append(row)
        known = {number: self.settled.pasts.get(number) for number in over}
        folds = [Fold(n, [past] if (past := known[n]) else [], rows[n]) for n in over if known[n] or rows[n]]
        pasts = folded(folds, self.window.vectors, self.window.times, most=self.settings.kept_items)
        rested = [
            (fold.number, self.groups[fold.number].id, past)
            for fold, past in zip(folds, pasts, strict=True)
            if past.own
        ]
        self.resting.put(rested, hours(at))

    def _over(self, at: datetime) -> list[int]:
        if self.timed:
            since = hours(at) - self.settings.live_hours
            return [number for number, group in self.groups.items() if group.last_at < since]
        step = self.step - self.settings.live_steps
        return [number for number, group in self.groups.items() if group.last_step <= step]

    def _renew(self, found: Sequence[Named], old: Mapping[int, Group]) -> None:
        """Make the groups what clustering found, and put down the items that it will not see again."""
        done = np.array([entry.step < self.step for entry in self.live], np.bool_)
        rows = {entry.id: row for row, entry in enumerate(self.live)}
        folds: list[Fold] = []
        for one in found:
            group = Group.heir(one.number, one.id, [old[number] for number in one.part.topics])
            self.groups[one.number] = group
            fold = Fold(one.number, [self.settled.pasts[number] for number in one.part.topics])
            for entry in one.part.entries:
                row = rows[entry.id]
                group.take(entry, settled=bool(done[row]))
                if done[row]:
                    fold.rows.append(row)
            if fold.rows or one.part.topics not in ([], [one.number]):
                folds.append(fold)
                for page in group.forgotten():
                    self.pages.pop(page, None)
                self.pages.update(dict.fromkeys(group.addresses, one.number))
        gone = [number for one in found for number in one.part.topics if one.part.topics != [one.number]]
        pasts = folded(folds, self.window.vectors, self.window.times, most=self.settings.kept_items)
        for fold, past in zip(folds, pasts, strict=True):
            self.groups[fold.number].past = past
        changed = [fold.number for fold in folds]
        self.settled.put(zip(changed, pasts, strict=True), gone=gone)
        if self.anchors.rules:
            heirs = {number: one.number for one in found for number in one.part.topics}
            self.anchors.renewed((self.live[row] for row in np.flatnonzero(done)), heirs)
        self._keep(~done)
        self.window.look_again(self.settled, changed, gone)

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        self.live = [entry for entry, stays in zip(self.live, kept.tolist(), strict=True) if stays]
        self.window.keep(kept)
        self.index_fresh_pages()

    def index_fresh_pages(self) -> None:
        """Find again which topic is at which address of the window."""
        self.fresh_pages = {entry.address: entry.group for entry in self.live if entry.address != NOWHERE}


def hours(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds() / 3600
