"""Collect: ask sources what is new. What they say goes back to the owner, who keeps it together with the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from weakref import WeakValueDictionary

from pydantic import ValidationError

from trend_agent.egress import Http
from trend_agent.errors import Rejected, TrendError
from trend_agent.items import Cursor, Item, item_of, plain
from trend_agent.jobs import faults
from trend_agent.jobs.carrier import Carrier
from trend_agent.jobs.tools import Tools
from trend_agent.processing.wire import FOREVER
from trend_agent.sources import Source, source

MOST = 5_000
"""Items of one visit: at the first cursor behind so many it ends, and the next visit goes on there."""


async def collect(tools: Tools, *, sources: list[dict[str, Any]]) -> dict[str, Any]:
    """Visit sources, each an object of its `kind`, its `settings` and the `cursor` to go on from. Those of one host
    belong into one job, as a host is spared by whoever visits it. Gives a haul for each, in their order: its items,
    the cursor behind them, the items behind that, and the fault that ended the visit, if any."""
    http = await tools.http()
    return {"hauls": await asyncio.gather(*(_visit(http, row) for row in sources))}


async def _visit(http: Http, row: dict[str, Any]) -> dict[str, Any]:
    try:
        asked = source(row["kind"], **row["settings"])
    except (KeyError, TypeError, ValidationError) as fault:
        raise Rejected(f"no source can be made of {row!r}: {fault}") from fault
    kept: list[dict[str, Any]] = []
    loose: list[dict[str, Any]] = []
    haul: dict[str, Any] = {"items": kept, "loose": loose, "cursor": None, "fault": None}
    try:
        async for found in asked.collect(http, Cursor(asked.key, row.get("cursor") or {})):
            if not isinstance(found, Cursor):
                loose.append(plain(found))
                continue
            kept += loose
            loose.clear()
            haul["cursor"] = dict(found.value)
            if len(kept) >= MOST:
                break
    except TrendError as fault:
        haul["fault"] = faults.plain(fault)
    return haul


class CarriedVisits:
    """Visits made by whoever carries, for a collector that keeps what they bring. To one host goes one at a time:
    workers do not know of each other."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, asked: Source, since: Cursor) -> AsyncIterator[Item | Cursor]:
        """What a visit brought; the fault that ended it is raised behind what it brought."""
        settings = asked.model_dump(
            mode="json", exclude={"full_text"}
        )  # who keeps the items reads their pages
        host = urlsplit(str(settings.get("url", ""))).hostname or asked.name
        async with self._turns.setdefault(host, asyncio.Lock()):
            haul = await self._brought(asked, settings, since)
        for item in haul["items"]:
            yield item_of(item, clock=FOREVER, now=FOREVER)
        if haul["cursor"] is not None:
            yield Cursor(asked.key, haul["cursor"])
        for item in haul["loose"]:
            yield item_of(item, clock=FOREVER, now=FOREVER)
        if haul["fault"]:
            raise faults.fault_of(haul["fault"])

    async def _brought(self, asked: Source, settings: dict[str, Any], since: Cursor) -> dict[str, Any]:
        row = {"kind": asked.name, "settings": settings, "cursor": dict(since.value)}
        key = f"collect:{asked.key}:{uuid4().hex}"
        found = await self.carrier.carry("collect", {"sources": [row]}, key=key)
        await self.carrier.forget(key)
        haul: dict[str, Any] = found["hauls"][0]
        return haul
