"""Workflows for those who serve: run beside the rest in the owner's process, or only asked for in any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from trend_agent.api.executions import Executions
from trend_agent.errors import TrendError
from trend_agent.observability.log import logger
from trend_agent.owner import Owner
from trend_agent.settings import Settings
from trend_agent.workflow.asked import EngineExecutions
from trend_agent.workflow.engine import SimpleWorkflowEngine

log = logger("workflow")

BETWEEN_TRIES = 5.0
"""Seconds between two looks whether another process has ended that runs workflows under our name."""


@asynccontextmanager
async def alongside(owner: Owner) -> AsyncIterator[Executions]:
    """Run executions in the owner's process, on what it works with: those asked for, those scheduled, and those
    that were under way when it ended last."""
    engine = SimpleWorkflowEngine(owner.settings, owning=lambda: nullcontext(owner))
    async with engine:
        tasks = [asyncio.create_task(work) for work in (_keep_trying(engine), engine.keep_forgetting())]
        try:
            yield EngineExecutions(engine)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _keep_trying(engine: SimpleWorkflowEngine) -> None:
    if not engine.runs:
        log.warning("another process runs workflows; we do once it ends", executor=engine.executor)
    while not engine.runs:
        await asyncio.sleep(BETWEEN_TRIES)
        try:
            await engine.join()
        except TrendError as fault:
            log.error("could not begin to run workflows", error=str(fault))


@asynccontextmanager
async def from_afar(settings: Settings) -> AsyncIterator[Executions]:
    """Ask whoever runs executions, and run none here."""
    engine = SimpleWorkflowEngine(settings)
    try:
        yield EngineExecutions(engine)
    finally:
        await engine.repository.close()
