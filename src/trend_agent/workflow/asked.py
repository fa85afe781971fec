"""What the API asks of workflows, answered by an engine, whether executions run in this process or in another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from trend_agent.api.executions import (
    Execution,
    Executions,
    ExecutionState,
    Place,
    StepKind,
    Template,
    Wanted,
    mark_of,
)
from trend_agent.errors import Conflict, Missing, Rejected, Unavailable
from trend_agent.workflow import serial
from trend_agent.workflow.definition import WorkflowDefinition
from trend_agent.workflow.engine import SimpleWorkflowEngine
from trend_agent.workflow.execution import WorkflowExecution
from trend_agent.workflow.live import Changes
from trend_agent.workflow.shown import shown, step_kinds, templates
from trend_agent.workflow.templates import get_template

ASIDE: tuple[ExecutionState, ...] = ("waiting", "done")
"""States in which the steps say nothing that the state does not say."""

UNDER_WAY: tuple[ExecutionState, ...] = ("waiting", "running")

LARGEST = 1 << 18
"""Bytes of a definition."""

WATCHED = 200
"""Executions of one state that are watched at most, the newest."""


class EngineExecutions(Executions):
    """`Executions` by an engine. What is to be run is queued, so that only so many are under way at once."""

    def __init__(self, engine: SimpleWorkflowEngine) -> None:
        self.engine = engine
        self._changes = Changes(self._look)
        engine.listeners.append(lambda _: self._changes.nudge())

    def templates(self) -> Sequence[Template]:
        return templates()

    def kinds(self) -> Sequence[StepKind]:
        return step_kinds()

    async def execute(self, wanted: Wanted, *, key: str = "") -> Execution:
        definition = definition_of(wanted)
        try:
            execution = await self.engine.enqueue(definition, key=key)
        except Missing as fault:
            raise Unavailable(
                "nobody has run workflows here yet; `trend up` does, beside everything else"
            ) from fault
        if key and await self.engine.repository.begun_with(execution) != definition.plain():
            raise Conflict("this key was used before, for another workflow")
        return await self.get(execution)

    async def page(
        self,
        *,
        state: ExecutionState | None = None,
        template: str = "",
        limit: int = 50,
        after: Place | None = None,
    ) -> tuple[Sequence[Execution], Place | None]:
        try:
            found = await self.engine.repository.list(
                state=state, workflow=template, limit=limit + 1, after=after
            )
        except Missing:
            return [], None  # no workflow was ever run
        last = found[limit - 1] if len(found) > limit else None
        listed = await asyncio.gather(*map(self._listed, found[:limit]))
        return listed, (last.created, mark_of(last.id)) if last else None

    async def _listed(self, found: WorkflowExecution) -> Execution:
        whole = found if found.state in ASIDE else await self.engine.repository.get(found.id)
        return shown(whole, whole=False)

    async def get(self, execution: str) -> Execution:
        return shown(await self.engine.repository.get(execution))

    async def cancel(self, execution: str) -> Execution:
        await self.engine.cancel(execution)
        return await self.get(execution)

    async def pause(self, execution: str) -> Execution:
        await self.engine.pause(execution)
        return await self.get(execution)

    async def resume(self, execution: str) -> Execution:
        await self.engine.resume(execution)
        return await self.get(execution)

    async def approve(
        self, execution: str, *, step: str = "", yes: bool = True, by: str = "", note: str = ""
    ) -> Execution:
        await self.engine.approve(execution, step, yes=yes, by=by, note=note)
        return await self.get(execution)

    def changes(self) -> AsyncIterator[Execution]:
        return self._changes.follow()

    async def _look(self, since: datetime, ids: Sequence[str]) -> Sequence[Execution]:
        repository = self.engine.repository
        try:
            active = [e.id for state in UNDER_WAY for e in await repository.list(state=state, limit=WATCHED)]
            wanted = dict.fromkeys([*active, *ids, *await repository.ended_since(since)])
        except Missing:
            return []
        found = [await self._found(execution) for execution in wanted]
        return [one for one in found if one]

    async def _found(self, execution: str) -> Execution | None:
        try:
            return await self.get(execution)
        except Missing:
            return None  # it was forgotten meanwhile


def definition_of(wanted: Wanted) -> WorkflowDefinition:
    """What is to be run. `Rejected` names what is wrong with it."""
    definition = _made(wanted)
    try:
        size = len(serial.dumps(definition.plain()).encode())
    except ValueError as fault:  # half a character, no number
        raise Rejected(f"the workflow cannot be written down: {fault}") from None
    if size > LARGEST:
        raise Rejected(f"the workflow has {size:,} bytes, wanted are {LARGEST:,} at most")
    return definition


def _made(wanted: Wanted) -> WorkflowDefinition:
    if bool(wanted.template) == (wanted.workflow is not None):
        raise Rejected("wanted is either a `template` or a `workflow`, and not both")
    if wanted.workflow is not None and wanted.parameters:
        raise Rejected("`parameters` go with a `template`; a `workflow` says all by itself")
    try:
        if wanted.workflow is not None:
            return WorkflowDefinition.of(wanted.workflow)
        return get_template(wanted.template, **wanted.parameters)
    except Missing as fault:  # there is such a path, and no such word in what was sent
        raise Rejected(str(fault)) from None
