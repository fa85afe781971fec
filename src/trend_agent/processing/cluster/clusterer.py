"""Items in stream order become topics: provisional at once, settled when the stream has moved on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from trend_agent.items import Item, Lineage, Membership, topic_id
from trend_agent.processing.cluster import snapshot
from trend_agent.processing.cluster.address import address, known
from trend_agent.processing.cluster.arrivals import Arrivals, Newcomers, Shelf
from trend_agent.processing.cluster.identity import Clustered, renamed
from trend_agent.processing.cluster.live import Entry, Group
from trend_agent.processing.cluster.regroup import noise_of, regrouped
from trend_agent.processing.cluster.settings import ClusterSettings
from trend_agent.processing.cluster.terms import Reading, read
from trend_agent.processing.cluster.weights import Counts

INDEXED_EVERY = 128
"""Items between two places of the stream where counts and index take in what is new."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
USUAL_NOISE = 0.03
"""What is assumed of a stream before its first border."""

STANDARD = ClusterSettings()


class Clusterer:
    """Streaming topics. What comes out depends on the order of the items, never on their batches."""

    def __init__(self, settings: ClusterSettings = STANDARD) -> None:
        self.settings = settings
        self.counts = Counts()
        self.arrivals = Arrivals()
        self.groups: dict[int, Group] = {}
        self.live: list[Entry] = []
        self.uncounted: list[Reading] = []
        self.clock: datetime | None = None
        self.timed = False
        self.step = 0
        self.in_step = 0
        self.next_group = 0
        self.noise = USUAL_NOISE

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
    def _cut(self) -> float:
        return self.settings.cut(self.noise)

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
        items, readings = [item for item, _ in waiting], [reading for _, reading in waiting]
        times = np.array([hours(item.seen_at) for item in items])
        newcomers = Newcomers(self.counts.meaning(readings), times, [address(item.url) for item in items])
        cut = self.settings.arrival_share * self._cut
        placed = self.arrivals.place(newcomers, self.next_group, self.settings.fade_hours, cut)
        for place, (item, number) in enumerate(zip(items, placed.tolist(), strict=True)):
            group = self.groups.get(number) or self._found(number, item, made)
            entry = Entry(
                item.id, float(times[place]), self.step, readings[place], number, newcomers.addresses[place]
            )
            group.entries.append(entry)
            self.live.append(entry)
            made.memberships.append(Membership(item.id, group.id, item.seen_at))
        self.uncounted.extend(readings)
        waiting.clear()

    def _found(self, number: int, item: Item, made: Clustered) -> Group:
        group = self.groups[number] = Group(topic_id(item.id), number)
        self.next_group = number + 1
        made.lineage.append(Lineage(group.id, "born", item.seen_at))
        return group

    def _index(self) -> None:
        self.counts.settle(self.uncounted)
        self.uncounted.clear()
        self.arrivals.index()

    def _settle(self, at: datetime, made: Clustered) -> None:
        """The border of a step: cluster the last two steps anew, name the outcome, forget what is over."""
        self._index()
        self._rest(at, made)
        if self.live:
            readings = [entry.reading for entry in self.live]
            vectors = self.counts.vectors(readings, gram_share=self.settings.gram_share)
            self.noise = noise_of(vectors[[entry.step >= self.step - 1 for entry in self.live]])
            labels = regrouped(self.live, vectors, self.settings, since=self.step - 1, cut=self._cut)
            parts: dict[int, list[Entry]] = {}
            for label, entry in zip(labels.tolist(), self.live, strict=True):
                parts.setdefault(label, []).append(entry)
            self.groups = renamed(list(parts.values()), self.groups, first=self.next_group, at=at, made=made)
            self.next_group = max(self.next_group, max(self.groups) + 1)
            times = np.array([entry.at for entry in self.live])
            topics = np.array([entry.group for entry in self.live], np.int64)
            self.arrivals = Arrivals(
                Shelf(self.counts.meaning(readings), times, topics), at_address=known(self.live)
            )
        self.step += 1
        self.in_step = 0

    def _rest(self, at: datetime, made: Clustered) -> None:
        """End the topics that have been idle for too long, and forget the oldest items of large ones."""
        gone: set[Entry] = set()
        for number, group in list(self.groups.items()):
            if self._over(group, at):
                made.lineage.append(Lineage(group.id, "ended", at))
                gone.update(self.groups.pop(number).entries)
            else:
                gone.update(group.entries[: -self.settings.kept_items])
                del group.entries[: -self.settings.kept_items]
        self.live = [entry for entry in self.live if entry not in gone]

    def _over(self, group: Group, at: datetime) -> bool:
        if self.timed:
            return hours(at) - group.last_at > self.settings.live_hours
        return self.step - group.last_step >= self.settings.live_steps


def hours(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds() / 3600
