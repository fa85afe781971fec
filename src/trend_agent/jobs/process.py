"""Process a shard: read arrivals, which is all of processing that needs no memory.

The stream is cut by neighbourhood: what one feed says, and feeds of one language, lie in the same shard, as they use
the same words. A page depends on its arrival alone, so that where it is cut changes what reading costs and nothing
else; the owner of the records puts the pages back in the order of the log, before anything that remembers sees them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from trend_agent.errors import Misconfigured
from trend_agent.jobs.tools import Tools
from trend_agent.processing import wire
from trend_agent.processing.reading import Reader
from trend_agent.storage import Arrival

SHARD = 250
"""Arrivals of one shard: some 150 ms of work, beside which carrying it costs little."""


async def process(tools: Tools, *, arrivals: list[dict[str, Any]], configuration: str) -> dict[str, Any]:
    """The pages of arrivals, both as `processing/wire.py` writes them. `Misconfigured` where they are to be read
    in another way than is done here."""
    if configuration != tools.configuration:
        raise Misconfigured(
            f"this worker reads by the configuration {tools.configuration!r}, wanted is {configuration!r}: its "
            "program or its TREND_LANGUAGES are not those of the records' owner"
        )
    reader = await tools.reader()
    return await asyncio.to_thread(_read, reader, arrivals)


def _read(reader: Reader, rows: list[dict[str, Any]]) -> dict[str, Any]:
    arrivals = wire.arrivals_of(rows)
    return wire.packed(arrivals, reader(arrivals))


def shards(arrivals: Sequence[Arrival], *, size: int = SHARD) -> Iterator[Sequence[Arrival]]:
    """Arrivals cut into shards of neighbours, `size` each but the last."""
    near = sorted(arrivals, key=lambda arrival: (arrival.item.lang, arrival.item.source))
    return (near[at : at + size] for at in range(0, len(near), size))
