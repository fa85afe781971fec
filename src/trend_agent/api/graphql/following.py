"""What can be followed: the same watcher as the stream's tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import strawberry

from trend_agent.api.executions import Execution
from trend_agent.api.graphql.asking import Wanted, chosen
from trend_agent.api.graphql.context import Info
from trend_agent.api.graphql.types import TrendChanges

STILL = 3600.0
"""Seconds a listener waits before it looks up, whatever happens."""


async def trends(info: Info, wanted: Wanted = None) -> AsyncIterator[TrendChanges]:
    """Changes of the chosen trends, until the reader leaves or the process ends."""
    live = info.context.live
    with live.listen(address=info.context.address, among=chosen(wanted)) as listener:
        await listener.start()
        while not listener.ended:
            moved = listener.take() if await listener.wait(STILL) else None
            if moved is None or listener.ended:
                continue
            if moved.reset:
                yield TrendChanges(live.now.at, [], [], [], reset=True)
            elif moved.trends is not None:
                told = moved.trends
                yield TrendChanges(told.at, told.new, told.changed, told.gone)


async def executions(info: Info, id: strawberry.ID | None = None) -> AsyncIterator[Execution]:
    """One execution, or every one, whenever it has changed; slow readers miss steps in between and never the last."""
    live = info.context.live
    with live.listen(address=info.context.address) as listener:
        await listener.start(everything=True)
        while not listener.ended:
            moved = listener.take() if await listener.wait(STILL) else None
            for one in moved.workflows if moved and not listener.ended else ():
                if id is None or one.id == id:
                    yield await info.context.engine().get(one.id) if not one.steps else one
