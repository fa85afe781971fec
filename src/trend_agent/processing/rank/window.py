"""The facts of a window as ranking wants them: read once, then only what is new and what moved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from trend_agent.processing.rank.columns import Columns, Table
from trend_agent.processing.rank.lines import lines_of
from trend_agent.processing.rank.moment import Moment
from trend_agent.storage import Fact, Records

STALE = 0.5
"""Once so large a share of what is held has left the window, it is read anew."""


class Window:
    """Columns of any moment. Moments that follow each other cost what came between; a past one is read whole.

    What is held follows from the records, so that a fault or a restart costs a reading and nothing else.
    """

    def __init__(self, records: Records, length: timedelta) -> None:
        self.records, self.length = records, length
        self.lock = asyncio.Lock()
        self._forget()

    def _forget(self) -> None:
        self.table = Table()
        self.last_seq = self.last_move = 0
        self.known: dict[int, Fact] = {}

    async def columns(self, at: datetime) -> Columns:
        """The items seen in the window up to `at`, in the topics they were in by then."""
        since = at - self.length
        async with self.lock:
            newest = await self.records.clock()
            if newest is None or at < newest:
                table = Table()
                await self._read(table, since, at)
                return await asyncio.to_thread(table.columns, since.timestamp(), at.timestamp())
            self.last_seq, self.last_move = await self._read(self.table, since, at)
            columns = await asyncio.to_thread(self.table.columns, since.timestamp(), at.timestamp())
            if len(self.table) > 1000 and columns.seq.size < STALE * len(self.table):
                self._forget()
            return columns

    async def _read(self, table: Table, since: datetime, until: datetime) -> tuple[int, int]:
        after = (self.last_seq, self.last_move) if table is self.table else (0, 0)
        seen = await self.records.seen(since=since, until=until, after_seq=after[0], after_move=after[1])
        table.move(seen.moves)
        table.extend(await asyncio.to_thread(lines_of, seen.items))
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


def _within(fact: Fact, topic: str) -> Fact:
    return fact if fact.topic == topic else replace(fact, topic=topic)
