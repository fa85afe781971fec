"""Engines for tests: over no pipeline, at a place of the test's own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from plain_steps import NoCrew

from trend_agent.settings import Settings
from trend_agent.workflow import SimpleWorkflowEngine
from trend_agent.workflow.execution import Listener
from trend_agent.workflow.place import place_of


def engine_at(
    place: str, *, executor: str = "local", listeners: Sequence[Listener] = ()
) -> SimpleWorkflowEngine:
    return SimpleWorkflowEngine(
        Settings(), crew=NoCrew(), place=place_of(place), executor=executor, listeners=listeners
    )


@asynccontextmanager
async def running(place: str, **how: object) -> AsyncIterator[SimpleWorkflowEngine]:
    async with engine_at(place, **how) as engine:  # type: ignore[arg-type]
        yield engine
