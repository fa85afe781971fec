"""What the API reads from: the records of this installation, or a made-up world that stands in for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from trend_agent.api.desk import Notice
from trend_agent.errors import TrendError
from trend_agent.items import Trend
from trend_agent.observability import metrics
from trend_agent.observability.log import logger
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.rank.change import Change
from trend_agent.processing.search import Index
from trend_agent.processing.telling import told
from trend_agent.processing.watching import Watching
from trend_agent.storage import Gap, Health, Listed, Records
from trend_agent.storage.spool import Spool

log = logger("service")


def _nobody() -> None:
    """Nobody listens."""


class Showing:
    """What the API reads from: the made-up world until there are real trends, then those."""

    def __init__(
        self, records: Records, pipeline: Pipeline, *, made_up: tuple[Records, Pipeline] | None
    ) -> None:
        self.real = (records, pipeline)
        self.made_up = made_up
        self.filled = False
        self.fault = False
        self.answering = True
        self.failing: dict[str, str] = {}
        self.outdated = False
        self.gaps: Sequence[Gap] = ()
        self.spool: Spool | None = None
        self.watching: Watching | None = None
        self.indexed: Index | None = None
        self.wake: Callable[[], None] = _nobody

    @property
    def records(self) -> Records:
        return self._shown()[0]

    @property
    def collected(self) -> Records:
        return self.real[0]

    @property
    def index(self) -> Index | None:
        """That of the real records, while those are shown."""
        return self.indexed if self.records is self.real[0] else None

    def _shown(self) -> tuple[Records, Pipeline]:
        return self.made_up if self.made_up and not self.filled else self.real

    async def trends(self, limit: int, as_of: datetime | None) -> Sequence[Trend]:
        records, pipeline = self._shown()
        return await (
            records.trends(limit=limit) if as_of is None else pipeline.trends(at=as_of, limit=limit)
        )

    async def listed(self, limit: int, after_rank: int, as_of: datetime | None = None) -> Listed:
        return await self.records.listed(limit=limit, after_rank=after_rank, as_of=as_of)

    async def export(self, limit: int, as_of: datetime) -> Sequence[Mapping[str, Any]]:
        return await self._shown()[1].export(at=as_of, limit=limit)

    async def changes(self, topic: str, at: datetime) -> tuple[Change | None, Change | None]:
        return await self._shown()[1].changes(topic, at)

    def notices(self) -> Sequence[Notice]:
        found = []
        if self.made_up and not self.filled:
            until = "" if self.made_up is self.real else ", shown until a source answers"
            found.append(Notice(f"This is a made-up world{until}. None of it is real."))
        if self.fault:
            found.append(
                Notice("Processing is held up; what is shown may be old. It is tried again.", level="fault")
            )
        found += [
            Notice(
                f"What {gap.what[7:]!r} said was removed on {gap.at:%Y-%m-%d}; the past is shown without it."
            )
            for gap in self.gaps
            if gap.what.startswith("source:")
        ]
        return found + [
            Notice(words, level="fault", source=key) for key, words in sorted(self.failing.items())
        ]

    def ready(self) -> tuple[bool, Mapping[str, str]]:
        shown = "real" if self.filled else "made up" if self.made_up else "none yet"
        parts = {
            "trends": shown,
            "processing": "held up" if self.fault else "fine",
            "records": "fine" if self.answering else "do not answer",
        }
        if self.spool is not None:
            parts["timeseries"] = "does not answer" if self.spool.fault else "fine"
        return self.answering and not self.fault, parts

    def has_index(self, index: Index | None) -> None:
        self.indexed = index

    async def published(self, ranked: Sequence[Trend]) -> None:
        """Tell what follows from a list that was just published."""
        self.filled = self.filled or (bool(ranked) and self.made_up is not self.real)  # a demo stays made up
        self.wake()
        if self.spool is not None:
            self.spool.put(told(ranked))
        if self.watching is not None:
            try:
                alerts = await self.watching.look(ranked)
            except TrendError as fault:  # the next list is looked at beside what stood before this one
                log.error("the watches could not look at a list", error=str(fault))
            else:
                metrics.ALERTS.inc(len(alerts))

    def visited(self, health: Health) -> None:
        """Remember how a source did."""
        self.failing.pop(health.source, None)
        if health.error:
            self.failing[health.source] = health.error
