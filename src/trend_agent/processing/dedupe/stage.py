"""Dedupe, as a stage: copies get their fate, and stay in the batch as evidence of how far a thing has spread."""

from __future__ import annotations

from trend_agent.items import Fate
from trend_agent.processing.batch import Batch
from trend_agent.processing.dedupe.deduper import Copy, Deduper, DedupeSettings


class Dedupe:
    """Gives every copy the fate of a duplicate, with what it copies and what it changed."""

    name = "dedupe"

    def __init__(self, settings: DedupeSettings | None = None) -> None:
        self.settings = settings or DedupeSettings()
        self.forget()

    def __call__(self, batch: Batch) -> None:
        found = self.deduper.add(batch.items, prepared=batch.prepared)
        for item, copy in zip(batch.items, found, strict=True):
            if copy:
                batch.fates[item.id] = Fate(
                    item.id, "duplicate", item.seen_at, copy.why, copy.of, detail=detail(copy)
                )

    def dump(self) -> bytes:
        return self.deduper.dump()

    def load(self, state: bytes) -> None:
        self.deduper = Deduper.load(state, self.settings)

    def forget(self) -> None:
        self.deduper = Deduper(self.settings)


def detail(copy: Copy) -> str:
    """Whose report it is and how much of a copy, in words: `report of Reuters, 94 % alike, changed 12 → 15`."""
    alike = f"{int(100 * copy.similarity)} % alike" if copy.similarity < 1 else ""
    parts = (
        f"report of {copy.wire}" if copy.wire else "",
        alike,
        f"changed {'; '.join(copy.altered)}" if copy.altered else "",
    )
    return ", ".join(part for part in parts if part)
