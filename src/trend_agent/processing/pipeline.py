"""The program: what happens to an item between its arrival and a trend, stage by stage.

A batch of arrivals goes through the stages in memory and becomes true in one transaction. A process that
dies before it has changed nothing; one that starts again takes up the stages' last written states, sends
what was settled since through them once more without writing, and goes on as if nothing had happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from trend_agent.errors import Conflict
from trend_agent.items import Correction, Trend
from trend_agent.observability import metrics
from trend_agent.observability.log import logger
from trend_agent.processing.batch import Batch, Correctable, Remembering, Stage
from trend_agent.processing.rank import Ranker, Standing
from trend_agent.processing.rank.change import MOST as MARGIN
from trend_agent.processing.rank.change import Change, Reranking
from trend_agent.processing.rank.export import exported
from trend_agent.processing.rank.moment import Moment
from trend_agent.processing.rank.window import Window
from trend_agent.processing.reading import Page, lay_out
from trend_agent.processing.scorecard import keep_score
from trend_agent.processing.summarise import Summariser
from trend_agent.processing.turns import Turns, uncut
from trend_agent.storage import Arrival, Fact, Records

log = logger("processing")

ReadElsewhere = Callable[[Sequence[Arrival]], Awaitable[Mapping[str, Page]]]
"""Gives the pages of all these arrivals, by item id, read by whoever carries the work."""

BETWEEN_STATES = 10_000
"""Items between two written states of the stages: what a restart has to send through again at most."""


class Pipeline:
    """Takes what waits in the log to its fates, and the facts to a list of trends.

    `stages` run in order on each batch of `size` arrivals; with `read` others do what needs no memory. One pipeline
    has one owner, and its stages serve one at a time: `drain` takes `turns`, `step` is for who has one.
    """

    def __init__(
        self,
        records: Records,
        stages: Sequence[Stage],
        *,
        ranker: Ranker,
        summariser: Summariser,
        configuration: str,
        size: int = 500,
        between_states: int = BETWEEN_STATES,
        read: ReadElsewhere | None = None,
    ) -> None:
        self.records = records
        self.stages = stages
        self.ranker = ranker
        self.summariser = summariser
        self.configuration = configuration
        self.size = size
        self.between_states = between_states
        self.read = read
        self.window = Window(records, ranker.settings.window)
        self.turns = Turns()
        self.unpublished = False
        """Whether anything was settled since a list was published here."""
        self._written_at: int | None = None
        self._corrected = 0

    async def drain(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Settle all that waits; returns how many items that were."""
        total = 0
        while done := await self._turn():
            total += done
            progress(done)
        return total

    async def _turn(self) -> int:
        async with self.turns.batch():
            return await self.step()

    async def step(self) -> int:
        """Settle one batch; returns how many items it had. After a fault nothing has happened."""
        await self.ready()
        arrivals = await self.records.pending(self.size)
        if not arrivals:
            return 0
        try:
            batch = await self.batch(arrivals)
            await self.sent(batch, self.stages)
            await self.settle(batch)
        except BaseException as fault:
            self.lose_place()
            if isinstance(fault, Conflict) and await self.records.corrections(after=self._corrected):
                return await self.step()
            raise
        return len(arrivals)

    async def ready(self) -> None:
        """Bring the stages to where the records are, and tell them what was corrected since."""
        if self._written_at is None:
            await self._take_up()
        for correction in await self.records.corrections(after=self._corrected):
            self._correct(correction)

    def lose_place(self) -> None:
        """The stages have seen what the records have not: they are brought up anew before the next batch."""
        self._written_at = None

    async def batch(self, arrivals: Sequence[Arrival]) -> Batch:
        """Arrivals as the stages take them; what workers read of them is laid out."""
        batch = Batch(arrivals, corrected=self._corrected)
        if self.read:
            lay_out(batch, await self.read(arrivals))
        return batch

    async def sent(self, batch: Batch, stages: Sequence[Stage]) -> None:
        """Send a batch through stages, on a thread of its own."""
        await uncut(asyncio.to_thread(self.send, batch, stages))

    def send(self, batch: Batch, stages: Sequence[Stage]) -> None:
        for stage in stages:
            if stage.name in batch.passed:
                continue
            with metrics.STAGE_SECONDS.labels(stage.name).time():
                stage(batch)

    async def settle(self, batch: Batch, *, last: bool = True) -> None:
        """Make a batch true that went through all stages; `last` where they have seen nothing beyond it, so that
        their states may be written down with it."""
        place = batch.arrivals[-1].seq
        states = self._states_if_due(place) if last else {}
        await uncut(self.records.settle(batch.settled(states)))
        self.unpublished = True
        if states:
            self._written_at = place
        for fate in batch.fates.values():
            metrics.FATES.labels(fate.verdict).inc()

    def _correct(self, correction: Correction) -> None:
        for stage in self.stages:
            if isinstance(stage, Correctable):
                stage.correct(correction)
        self._corrected = correction.id

    def _states_if_due(self, seq: int) -> dict[str, bytes]:
        if seq - (self._written_at or 0) < self.between_states:
            return {}
        return {stage.name: stage.dump() for stage in self.stages if isinstance(stage, Remembering)}

    async def _take_up(self) -> None:
        """Bring the stages to where the records are. Each correction is told at its place in the log, so that they
        see the same as those who saw it first."""
        seq, states = await self.records.states(self.configuration)
        until = await self.records.settled_until()
        for stage in self.stages:
            if isinstance(stage, Remembering):
                stage.load(states[stage.name]) if stage.name in states else stage.forget()
        self._corrected, place = 0, seq
        for correction in await self.records.corrections():
            if correction.place >= seq:
                place = await self._send_again(place, correction.place)
                self._correct(correction)
            self._corrected = correction.id
        await self._send_again(place, until)
        if until:
            log.debug("taken up", settled=until, sent_again=until - seq)
        self._written_at = seq

    async def _send_again(self, place: int, until: int) -> int:
        """Send what was settled between two places of the log through the stages; returns the latter."""
        while again := await self.records.pending(self.size, after=place, until=until):
            await self.sent(await self.batch(again), self.stages)
            place = again[-1].seq
        return until

    async def trends(self, *, at: datetime | None = None, limit: int = 100) -> list[Trend]:
        """The trends at a moment of stream time, now where none is given: a pure function of the facts."""
        return await asyncio.to_thread(self.summariser, await self.standings(at=at, limit=limit))

    async def standings(self, *, at: datetime | None = None, limit: int = 100) -> list[Standing]:
        """The list of a moment before it is put into words."""
        found = await self._measured(at, limit)
        return await asyncio.to_thread(self.ranker.standings, *found, limit=limit) if found else []

    async def _measured(self, at: datetime | None, limit: int) -> tuple[Moment, Mapping[int, Fact]] | None:
        """A moment, and the facts it takes to know the first `limit` of its list; None where nothing was seen."""
        moment = at or await self.records.clock()
        columns = await self.window.columns(moment) if moment else None
        if moment is None or columns is None or not columns.size:
            return None
        measured = await asyncio.to_thread(self.ranker.measured, columns, moment)
        return measured, await self.window.facts(measured, self.ranker.close(measured, limit))

    async def export(self, *, at: datetime | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """The list of a moment with all it takes to compute its scores again; see `processing/rank/export.py`."""
        found = await self._measured(at, limit)
        return await asyncio.to_thread(self._exported, *found, limit) if found else []

    def _exported(self, measured: Moment, facts: Mapping[int, Fact], limit: int) -> list[dict[str, Any]]:
        return exported(
            self.ranker, measured, facts, list(islice(self.ranker.placed(measured, facts), limit))
        )

    async def changes(self, topic: str, at: datetime) -> tuple[Change | None, Change | None]:
        """The smallest changes that would lift a topic above the one before it, and drop it below the one after,
        on the list of a moment; None where there is no such topic, or no small change."""
        found = await self._measured(at, MARGIN)
        return (
            await asyncio.to_thread(Reranking(self.ranker, *found).around, topic) if found else (None, None)
        )

    async def publish(self, *, limit: int = 100) -> list[Trend]:
        """Make the trends of now the current list."""
        self.unpublished = False
        try:
            trends = await self.trends(limit=limit)
            await self.records.publish(trends)
        except BaseException:
            self.unpublished = True
            raise
        await keep_score(self.records, trends, self.ranker.settings.window)
        metrics.TRENDS.set(len(trends))
        return trends
