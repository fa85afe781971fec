"""Workflows that are asked for and never run."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from small_newsroom import NOON

from trend_agent.api.executions import Execution, ExecutionStep, Place, StepKind, Template, Wanted
from trend_agent.errors import Missing


class Workshop:
    """Runs nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.known: dict[str, Execution] = {}

    def templates(self) -> list[Template]:
        return [Template("refresh", "rank anew", [], ["RankTopicsStep"])]

    def kinds(self) -> list[StepKind]:
        return []

    async def execute(self, wanted: Wanted, *, key: str = "") -> Execution:
        step = ExecutionStep(1, "rank", "RankTopicsStep", 1, "waiting", 0.0, result={"topics": 3})
        made = Execution("w1", wanted.template, "waiting", 0.0, NOON, steps=[step])
        self.known[made.id] = made
        return made

    async def page(self, **asked: Any) -> tuple[list[Execution], Place | None]:
        return list(self.known.values()), None

    async def get(self, execution: str) -> Execution:
        if execution not in self.known:
            raise Missing(f"no execution {execution!r}")
        return self.known[execution]

    async def _turn(self, execution: str, state: Any) -> Execution:
        self.known[execution] = replace(await self.get(execution), state=state)
        return self.known[execution]

    async def cancel(self, execution: str) -> Execution:
        return await self._turn(execution, "cancelled")

    async def pause(self, execution: str) -> Execution:
        return await self._turn(execution, "paused")

    async def resume(self, execution: str) -> Execution:
        return await self._turn(execution, "running")

    async def approve(self, execution: str, **_: Any) -> Execution:
        return await self._turn(execution, "done")

    async def changes(self) -> AsyncIterator[Execution]:
        for execution in list(self.known.values()):
            yield execution
