"""The facts of a window as ranking wants them: read once, then only what is new and what moved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from trend_agent.processing.rank.columns import Columns, Table
from trend_agent.processing.rank.lines import lines_of
from trend_agent.processing.rank.moment import Moment
from trend_agent.storage import Fact, Records, Seen

STALE = 0.5
"""Once so large a share of what is held has left the window, it is read anew."""


class Window:
    """Columns of any moment. Moments that follow each other cost what came between; a past one is read whole.

    What is held follows from the records, so that a fault or a restart costs a reading and nothing else.
    """

    def __init__(self, records: Records, length: timedelta) -> None:
        self.records, self.length = records, length
        self.lock, self.past = asyncio.Lock(), asyncio.Lock()
        self._forget()

    def _forget(self) -> None:
        self.table = Table()
        self.last_seq = self.last_move = 0
        self.known: dict[int, Fact] = {}

    async def columns(self, at: datetime) -> Columns:
        """The items seen in the window up to `at`, in the topics they were in by then."""
        since = at - self.length
        if not await self._gone_by(at):
            async with self.lock:
                if not await self._gone_by(at):  # others may have gone on while this waited for its turn
                    return await self._now(since, at)
        async with self.past:  # one at a time for their size; the list of now does not wait for them
            seen = await self.records.seen(since=since, until=at, after_seq=0, after_move=0)
            return await asyncio.to_thread(_columns_of, seen, since, at)

    async def _gone_by(self, at: datetime) -> bool:
        newest = await self.records.clock()
        return newest is None or at < newest

    async def _now(self, since: datetime, at: datetime) -> Columns:
        self.last_seq, self.last_move = await self._read(since, at)
        columns = await asyncio.to_thread(self.table.columns, since.timestamp(), at.timestamp())
        if len(self.table) > 1000 and columns.seq.size < STALE * len(self.table):
            self._forget()
        return columns

    async def _read(self, since: datetime, until: datetime) -> tuple[int, int]:
        seen = await self.records.seen(
            since=since, until=until, after_seq=self.last_seq, after_move=self.last_move
        )
        lines = await asyncio.to_thread(lines_of, seen.items)
        # Not in a thread: cut off in between, it would take the same in twice.
        self.table.move(seen.moves)
        self.table.extend(lines)
        return seen.last_seq, seen.last_move

    async def facts(self, moment: Moment, topics: Sequence[int]) -> Mapping[int, Fact]:
        """All that is known of the items of some topics, by place in the log."""
        columns = moment.weighed.columns
        wanted = {seq: columns.topics[topic] for topic in topics for seq in moment.places(topic)}
        known = self.known
        missing = [seq for seq in wanted if seq not in known]
        found = {fact.seq: fact for fact in await self.records.facts_at(missing)} if missing else {}
        facts = {seq: _within(found.get(seq) or known[seq], topic) for seq, topic in wanted.items()}
        self.known = facts
        return facts


def _columns_of(seen: Seen, since: datetime, until: datetime) -> Columns:
    """All of a window that was read in one go."""
    table = Table()
    table.move(seen.moves)
    table.extend(lines_of(seen.items))
    return table.columns(since.timestamp(), until.timestamp())


def _within(fact: Fact, topic: str) -> Fact:
    return fact if fact.topic == topic else replace(fact, topic=topic)
