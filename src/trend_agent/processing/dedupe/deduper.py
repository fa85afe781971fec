"""The memory of what has been seen, and the answer to whether an item copies some of it.

Candidates come from an index of MinHash bands; each is then compared exactly (judge.py). Only originals are
remembered, so that copies of copies lead to the first, and a flood of copies costs no memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from trend_agent.items import Item
from trend_agent.processing.dedupe.index import Index
from trend_agent.processing.dedupe.judge import Rivals, telling
from trend_agent.processing.dedupe.known import Arrival, Original, Text
from trend_agent.processing.dedupe.likeness import LEAST, Likeness, exchanged, fold, jaccard, letter_runs
from trend_agent.processing.dedupe.prepare import prepare

Why = Literal["same address", "same text", "near copy"]

MOST_COMPARED = 16
"""Candidates that an item is compared with, those that share most keys first."""

MOST_WORDINGS = 4
"""Texts remembered of one original as it is edited under its address."""

MOST_ADDRESSES = 256
"""Addresses remembered of one original and its copies."""


@dataclass(frozen=True, slots=True)
class DedupeSettings:
    """`window`: how long an original is remembered after it or a copy of it was last seen. `most` originals
    are remembered; beyond, the oldest is forgotten early (about 3 kB each)."""

    window: timedelta = timedelta(hours=72)
    most: int = 250_000


@dataclass(frozen=True, slots=True)
class Copy:
    """That an item copies the item `of`. `similarity` lies between 0 and 1; `altered` names what the copy
    changed, as `12 → 15`. `wire` is the agency whose report both print, where either names it."""

    of: str
    why: Why
    similarity: float
    altered: tuple[str, ...] = ()
    wire: str = ""


class Deduper:
    """Finds copies in a stream. What it answers depends on the items and their order alone, not on how they
    are cut into batches. Time is the items' `seen_at`."""

    def __init__(self, settings: DedupeSettings | None = None) -> None:
        self.settings = settings or DedupeSettings()
        self.clock = float("-inf")
        self.originals: dict[int, Original] = {}
        self.oldest = 0
        """No number below it is known."""
        self.texts: dict[int, tuple[int, Text]] = {}
        self.counted = [0, 0]
        self.by_address: dict[int, int] = {}
        self.by_text: dict[int, int] = {}
        self.index = Index()
        self.ageing: list[tuple[float, int]] = []

    def add(
        self, items: Sequence[Item], *, prepared: Mapping[str, Arrival] | None = None
    ) -> list[Copy | None]:
        """What each item copies, in their order; None for an original.

        `prepared`, by item id and of all of them, spare preparing the items here.
        """
        return [
            self._take(arrival)
            for arrival in ([prepared[item.id] for item in items] if prepared else prepare(items))
        ]

    def dump(self) -> bytes:
        """Everything remembered."""
        from trend_agent.processing.dedupe.snapshot import dump

        return dump(self)

    @classmethod
    def load(cls, state: bytes, settings: DedupeSettings | None = None) -> Deduper:
        """A deduper that goes on where the dumped one stood."""
        from trend_agent.processing.dedupe.snapshot import restore

        return restore(cls(settings), state)

    def _take(self, arrival: Arrival) -> Copy | None:
        self._forget_until(arrival.reading.seen)
        found = self._same_address(arrival) or self._same_text(arrival) or self._near(arrival)
        if found is None:
            self._remember(arrival)
            return None
        number, copy = found
        self._confirm(number, arrival, edited=copy.why == "same address" and copy.similarity < 1)
        return replace(copy, wire=arrival.reading.wire or self.originals[number].wire)

    def _same_address(self, arrival: Arrival) -> tuple[int, Copy] | None:
        number = self.by_address.get(arrival.address) if arrival.address else None
        if number is None:
            return None
        original = self.originals[number]
        known = self.texts[original.texts[0]][1]
        if known.exact == arrival.text.exact:
            return number, Copy(original.id, "same address", 1.0)
        first, second = fold(known.title), fold(arrival.reading.title)
        alike = 1.0 if first == second else jaccard(letter_runs(first), letter_runs(second))
        changes = exchanged(known.title, arrival.reading.title) if LEAST <= alike < 1 else ()
        return number, Copy(original.id, "same address", round(alike, 4), changes)

    def _same_text(self, arrival: Arrival) -> tuple[int, Copy] | None:
        place = self.by_text.get(arrival.text.exact)
        if place is None:
            return None
        number = self.texts[place][0]
        if self._verdict(arrival, place) is None:
            return None
        return number, Copy(self.originals[number].id, "same text", 1.0)

    def _near(self, arrival: Arrival) -> tuple[int, Copy] | None:
        best: tuple[float, int] | None = None
        likeness = Likeness(0.0)
        for place in self.index.sharing(arrival.text.keys, MOST_COMPARED):
            found = self._verdict(arrival, place)
            if found and (best is None or found.similarity > best[0]):
                best, likeness = (found.similarity, place), found
        if best is None:
            return None
        number = self.texts[best[1]][0]
        why: Why = "same text" if self._word_for_word(arrival, best[1], likeness) else "near copy"
        return number, Copy(self.originals[number].id, why, round(likeness.similarity, 4), likeness.altered)

    def _word_for_word(self, arrival: Arrival, place: int, likeness: Likeness) -> bool:
        """Whether nothing that both say differs; one may lack a body."""
        known, short = self.texts[place][1].short, arrival.reading.short
        same_short = not (known and short) or fold(known) == fold(short)
        return likeness.similarity == 1 and not likeness.altered and same_short

    def _verdict(self, arrival: Arrival, place: int) -> Likeness | None:
        number, known = self.texts[place]
        original = self.originals[number]
        if abs(arrival.reading.seen - original.last) > self.settings.window.total_seconds():
            return None
        return Rivals(arrival.reading, arrival.text, original, known).verdict()

    def _remember(self, arrival: Arrival) -> None:
        reading = arrival.reading
        number = self.counted[0]
        self.counted[0] += 1
        self.originals[number] = Original(
            reading.id, reading.house, reading.address, reading.seen, reading.seen, reading.wire
        )
        heapq.heappush(self.ageing, (reading.seen, number))
        self._learn_address(number, arrival.address)
        self._learn_text(number, arrival.text)
        if len(self.originals) > self.settings.most:
            self._forget(self._oldest())

    def _oldest(self) -> int:
        """The first number that is still known. A dict finds its first key only behind all that it has lost."""
        while self.oldest not in self.originals:
            self.oldest += 1
        return self.oldest

    def _confirm(self, number: int, arrival: Arrival, *, edited: bool) -> None:
        """Note a copy of an original: it lives on, under one more address or wording."""
        original = self.originals[number]
        original.last = max(original.last, arrival.reading.seen)
        self._learn_address(number, arrival.address)
        if edited and telling(arrival.reading.title) and len(original.texts) < MOST_WORDINGS:
            self._learn_text(number, arrival.text)

    def _learn_address(self, number: int, address: int) -> None:
        known = self.originals[number].addresses
        if address and address not in self.by_address and len(known) < MOST_ADDRESSES:
            known.append(address)
            self.by_address[address] = number

    def _learn_text(self, number: int, text: Text) -> None:
        place = self.counted[1]
        self.counted[1] += 1
        self.originals[number].texts.append(place)
        self.texts[place] = (number, text)
        self.by_text[text.exact] = place
        for gone, key in self.index.add(place, text.keys):
            self.texts[gone][1].keys.remove(key)

    def _forget_until(self, seen: float) -> None:
        self.clock = max(self.clock, seen)
        horizon = self.clock - self.settings.window.total_seconds()
        while self.ageing and self.ageing[0][0] < horizon:
            _, number = heapq.heappop(self.ageing)
            original = self.originals.get(number)
            if original and original.last < horizon:
                self._forget(number)
            elif original:
                heapq.heappush(self.ageing, (original.last, number))

    def _forget(self, number: int) -> None:
        original = self.originals.pop(number)
        for address in original.addresses:
            del self.by_address[address]
        for place in original.texts:
            _, text = self.texts.pop(place)
            self.index.remove(place, text.keys)
            if self.by_text.get(text.exact) == place:
                del self.by_text[text.exact]
