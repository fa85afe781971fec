"""Workflows as the API knows them. Who runs them is elsewhere: in this process, or in another that is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from fastapi import Depends, Request

from trend_agent.errors import Unavailable
from trend_agent.items import digest

ExecutionState = Literal["waiting", "running", "paused", "done", "failed", "cancelled", "timed out"]
"""`waiting` has not begun; the last four are ends."""

StepState = Literal["waiting", "running", "approval", "done", "failed", "cut"]
"""`approval` waits for a person; `cut` was running when its execution was ended or paused."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a template can be told. `schema` is what its value has to be, as JSON schema."""

    name: str
    default: Any
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A workflow that is ready to be run. `steps` are those it has where no parameter says otherwise."""

    name: str
    does: str
    parameters: Sequence[Parameter]
    steps: Sequence[str]


@dataclass(frozen=True, slots=True)
class StepKind:
    """What a step can be. `takes` are values that a step before it has to give, `schema` is that of its fields."""

    kind: str
    does: str
    takes: Sequence[str]
    gives: Sequence[str]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExecutionStep:
    """How a step went. `number` counts over all rounds, `result` is what it gave, counts mostly; `progress` is the
    share of it that is done, `question` what a person is asked."""

    number: int
    name: str
    kind: str
    round: int
    state: StepState
    progress: float
    needs: Sequence[str] = ()
    attempts: int = 0
    began: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None
    result: Any = None
    error: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """A workflow on its way, or at its end. `progress` is the share of the round it is in that is done; in lists
    `steps` are left out. `executor` is the process that has it or had it last."""

    id: str
    workflow: str
    state: ExecutionState
    progress: float
    created: datetime
    ended: datetime | None = None
    seconds: float | None = None
    error: str = ""
    executor: str = ""
    schedule: str = ""
    forked_from: str = ""
    recoveries: int = 0
    steps: Sequence[ExecutionStep] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run: a template under `parameters`, or a `workflow` written out, as it is in a file."""

    template: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    workflow: Mapping[str, Any] | None = None


Place = tuple[datetime, str]
"""Behind the execution that was created at a moment and whose id has this mark (`mark_of`)."""


def mark_of(execution: str) -> str:
    """What executions of one moment are ordered by."""
    return digest(execution)


class Executions(Protocol):
    """Runs workflows or has them run, and tells how they do. `Missing` where there is no such execution,
    `Conflict` where it is not in a state for what is asked."""

    def templates(self) -> Sequence[Template]: ...

    def kinds(self) -> Sequence[StepKind]: ...

    async def execute(self, wanted: Wanted, *, key: str = "") -> Execution:
        """Have it run. `Rejected` names the step and the field that are wrong. A `key` used before is that same
        execution; `Conflict` where that was another workflow."""
        ...

    async def page(
        self,
        *,
        state: ExecutionState | None = None,
        template: str = "",
        limit: int = 50,
        after: Place | None = None,
    ) -> tuple[Sequence[Execution], Place | None]:
        """The newest first, and the place of the next page where there is one."""
        ...

    async def get(self, execution: str) -> Execution: ...

    async def cancel(self, execution: str) -> Execution: ...

    async def pause(self, execution: str) -> Execution: ...

    async def resume(self, execution: str) -> Execution: ...

    async def approve(
        self, execution: str, *, step: str = "", yes: bool = True, by: str = "", note: str = ""
    ) -> Execution:
        """Decide on the step that waits for a person."""
        ...

    def changes(self) -> AsyncIterator[Execution]:
        """Every execution that waits or runs, and from then on each one whenever it has changed, wherever it runs:
        as it stands by then, so that who is slow misses steps in between and never the last."""
        ...


def _executions(request: Request) -> Executions:
    found: Executions | None = request.app.state.executions
    if found is None:
        raise Unavailable("workflows are not run here")
    return found


AtExecutions = Annotated[Executions, Depends(_executions)]
"""The application's workflows, as a parameter of a route."""
