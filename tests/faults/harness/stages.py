"""Stages that take no time and remember all the same, so that what is measured is what lasts."""

from __future__ import annotations

import json

from trend_agent.items import Fate, Membership, topic_id
from trend_agent.processing.batch import Batch


class Take:
    name = "normalise"

    def __call__(self, batch: Batch) -> None:
        batch.items = [arrival.item for arrival in batch.arrivals]


class Language:
    name = "language"

    def __call__(self, batch: Batch) -> None:
        """All of it is English."""


class SameTitle:
    """An item copies the first one of its title."""

    name = "dedupe"

    def __init__(self) -> None:
        self.first: dict[str, str] = {}

    def __call__(self, batch: Batch) -> None:
        for item in batch.items:
            original = self.first.setdefault(item.title, item.id)
            if original != item.id:
                batch.fates[item.id] = Fate(item.id, "duplicate", item.seen_at, reason="title", of=original)

    def dump(self) -> bytes:
        return json.dumps(self.first).encode()

    def load(self, state: bytes) -> None:
        self.first = json.loads(state)

    def forget(self) -> None:
        self.first = {}


class FirstWord:
    """A topic is what begins with one word and was made in one stretch of numbers."""

    name = "cluster"

    def __init__(self) -> None:
        self.founders: dict[str, str] = {}

    def __call__(self, batch: Batch) -> None:
        for item in batch.originals():
            word, number = item.title.split()
            founder = self.founders.setdefault(f"{word} {int(number) // 1200}", item.id)
            batch.memberships.append(Membership(item.id, topic_id(founder), item.seen_at))

    def dump(self) -> bytes:
        return json.dumps(self.founders).encode()

    def load(self, state: bytes) -> None:
        self.founders = json.loads(state)

    def forget(self) -> None:
        self.founders = {}
