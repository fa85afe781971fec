"""Read ahead: the arrivals that are next in the log, shard by shard, by whoever carries.

While the owner settles one batch, workers read the next ones. A shard that ends whoever reads it is halved until the
one arrival is found that does; that one gets the fate of the quarantined, and the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from trend_agent.items import Fate, digest
from trend_agent.jobs.carrier import ATTEMPTS, Carrier
from trend_agent.jobs.faults import GivenUp
from trend_agent.jobs.process import SHARD, shards
from trend_agent.observability.log import logger
from trend_agent.processing import wire
from trend_agent.processing.reading import Page
from trend_agent.storage import Arrival, Records

log = logger("jobs")

AHEAD = 16
"""Shards that are handed out before they are needed; new ones are cut once half of them are used up."""

Pages = Mapping[str, Page]
REASON = "cannot be processed"


class Spread:
    """Gives the pages of arrivals, read by `carrier`; what follows them in the log is handed out already."""

    def __init__(
        self,
        records: Records,
        carrier: Carrier,
        *,
        configuration: str,
        size: int = SHARD,
        ahead: int = AHEAD,
    ) -> None:
        """`configuration` is the hash of all that reading depends on: whoever reads by another one refuses."""
        self.records, self.carrier = records, carrier
        self.configuration, self.size, self.ahead = configuration, size, ahead
        self._reading: dict[int, asyncio.Task[Pages]] = {}
        """By place in the log."""
        self._until = 0

    async def __call__(self, arrivals: Sequence[Arrival]) -> Pages:
        """The pages of these arrivals, by item id. `Unavailable` where nobody carries: then ask again."""
        self._reading = {seq: task for seq, task in self._reading.items() if not _failed(task)}
        self._hand_out([a for a in arrivals if a.seq not in self._reading])
        await self._look_ahead(arrivals[-1].seq)
        wanted = dict.fromkeys(self._reading[a.seq] for a in arrivals)
        pages: dict[str, Page] = {}
        for found in await asyncio.gather(*wanted):
            pages.update(found)
        self._reading = {seq: task for seq, task in self._reading.items() if seq > arrivals[-1].seq}
        return pages

    async def close(self) -> None:
        for task in self._reading.values():
            task.cancel()
        await asyncio.gather(*set(self._reading.values()), return_exceptions=True)
        self._reading.clear()

    async def _look_ahead(self, place: int) -> None:
        """Hand out what follows a place in the log, as far as is looked ahead."""
        self._until = max(self._until, place)
        room = self.size * self.ahead - len(self._reading)
        if room >= self.size * self.ahead // 2:
            self._hand_out(await self.records.pending(room, after=self._until))

    def _hand_out(self, arrivals: Sequence[Arrival]) -> None:
        for shard in shards(arrivals, size=self.size):
            task = asyncio.create_task(self._read(shard))
            self._reading.update({arrival.seq: task for arrival in shard})
        if arrivals:
            self._until = max(self._until, arrivals[-1].seq)

    async def _read(self, shard: Sequence[Arrival], *, part: str = "") -> Pages:
        key = f"process:{digest(self.configuration, part, *(arrival.item.id for arrival in shard))}"
        asked = {"arrivals": wire.arrival_rows(shard), "configuration": self.configuration}
        attempts = (
            1 if part and len(shard) > 1 else ATTEMPTS
        )  # of what is suspect a half that fails is halved again
        try:
            found = await self.carrier.carry("process", asked, key=key, attempts=attempts)
        except GivenUp as fault:
            return await self._halved(shard, fault, part)
        pages = await asyncio.to_thread(wire.unpacked, shard, found)
        await self.carrier.forget(key)
        return {arrival.item.id: page for arrival, page in zip(shard, pages, strict=True)}

    async def _halved(self, shard: Sequence[Arrival], fault: GivenUp, part: str) -> Pages:
        if len(shard) == 1:
            item = shard[0].item
            log.error("an item ends whoever reads it", item=item.id, error=str(fault))
            fate = Fate(item.id, "quarantined", item.seen_at, REASON, detail=str(fault))
            return {item.id: Page(item, fate)}
        half = len(shard) // 2
        parts = await asyncio.gather(
            *(self._read(each, part=f"{part}/") for each in (shard[:half], shard[half:]))
        )
        return {**parts[0], **parts[1]}


def _failed(task: asyncio.Task[Pages]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
