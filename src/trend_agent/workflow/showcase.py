"""Workflows over a made-up world, so that there is something to see of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from trend_agent.api.executions import Executions, Wanted
from trend_agent.owner import Owner
from trend_agent.workflow.alongside import alongside

BETWEEN = 2.0
"""Seconds between two beginnings."""

SHOWN: Sequence[Wanted] = (
    Wanted("processing_only", {"top_n_trends": 30}),
    Wanted(
        workflow={
            "name": "reviewed",
            "steps": [
                {"kind": "rank", "limit": 10},
                {"kind": "approval", "question": "Shall these ten be the list?"},
                "summarise",
                "persist",
            ],
        }
    ),
)
"""One that comes to its end, and one that waits for a person."""


@asynccontextmanager
async def showcase(owner: Owner) -> AsyncIterator[Executions]:
    """Run executions beside the rest, and begin some."""
    async with alongside(owner) as executions:
        showing = asyncio.create_task(_begin(executions))
        try:
            yield executions
        finally:
            showing.cancel()
            await asyncio.wait([showing])


async def _begin(executions: Executions) -> None:
    for wanted in SHOWN:
        await executions.execute(wanted)
        await asyncio.sleep(BETWEEN)
