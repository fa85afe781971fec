"""Topics that have ended, by what is left of them. The same happening, told again, wakes its topic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from trend_agent.processing.cluster.live import Past
from trend_agent.processing.cluster.settings import ClusterSettings
from trend_agent.processing.cluster.settled import INDEXED_COLUMNS, Asked, Settled, rows_of
from trend_agent.processing.cluster.shelf import ALL


class Resting:
    """Pasts of ended topics by their old number, and the ids of these topics. The oldest are forgotten."""

    def __init__(self, settings: ClusterSettings) -> None:
        self.settings = settings
        self.settled = Settled(reach=settings.reach_topics)
        self.ids: dict[int, str] = {}
        self.numbers: dict[str, int] = {}

    def put(self, rested: Iterable[tuple[int, str, Past]], at: float) -> None:
        """Take in topics that have ended by an hour of the stream."""
        since = at - self.settings.rest_hours
        taken = [one for one in rested if one[2].at >= since]
        for number, topic, _ in taken:
            self.ids[number], self.numbers[topic] = topic, number
        pasts = self.settled.pasts
        over = max(0, len(pasts) + len(taken) - self.settings.most_resting)
        old = [number for place, number in enumerate(pasts) if place < over or pasts[number].at < since]
        for number in old:
            self.numbers.pop(self.ids.pop(number), None)
        self.settled.put([(number, past) for number, _, past in taken], gone=old)

    def forget(self, topics: Sequence[str]) -> None:
        """These topics are no longer at rest: they live again, or have gone into others."""
        gone = [self.numbers.pop(topic) for topic in topics if topic in self.numbers]
        for number in gone:
            del self.ids[number]
        if gone:
            self.settled.put((), gone=gone)

    def likest(self, pasts: Sequence[Past], cut: float) -> list[str | None]:
        """The topic at rest that each is likest to, whatever time has gone by; None below the cut."""
        best: list[tuple[float, str | None]] = [(cut, None)] * len(pasts)
        power = self.settings.density / 2
        asked = Asked(self.settings.least_topic, 8, fade_hours=ALL)
        found = self.settled.likest(rows_of(pasts, INDEXED_COLUMNS), np.zeros(len(pasts)), asked)
        order = np.lexsort((found.numbers, found.rows))
        for place in order.tolist():
            row, number = int(found.rows[place]), int(found.numbers[place])
            scale = (pasts[row].own * self.settled.pasts[number].own) ** power
            score = float(found.values[place]) / scale
            if score > best[row][0]:
                best[row] = score, self.ids[number]
        return [topic for _, topic in best]
