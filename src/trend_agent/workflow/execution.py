"""What is known of executions, and the ports of this room: the engine that runs, the repository that remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, cast, get_args

from trend_agent.errors import Rejected, TrendError
from trend_agent.workflow.definition import WorkflowDefinition

State = Literal["waiting", "running", "paused", "done", "failed", "cancelled", "timed out"]
"""`waiting` has not begun; the last four are ends, of which all but `done` can be gone on from."""

StepState = Literal["waiting", "running", "approval", "done", "failed", "cut"]
"""`approval` waits for a person; `cut` was running when its execution was ended or paused."""

ENDS: tuple[State, ...] = ("done", "failed", "cancelled", "timed out")


def known_state(text: str) -> State:
    """The state of that name; `Rejected` says which there are."""
    if text not in (states := get_args(State)):
        raise Rejected(f"no state {text!r}; there are {', '.join(states)}")
    return cast(State, text)


class StepFailed(TrendError):
    """A step raised what does not pass, or did so too often; the message names the step."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What is remembered of one step. `number` is its place in the execution from 1 on, over all `round`s; `inputs`
    are its settings and the results it got, `progress` how much of how much is done."""

    number: int
    name: str
    kind: str
    round: int
    state: StepState
    inputs: Mapping[str, Any]
    output: Any = None
    error: str = ""
    attempts: int = 0
    began: datetime | None = None
    ended: datetime | None = None
    progress: tuple[int, int] | None = None

    @property
    def seconds(self) -> float | None:
        return (self.ended - self.began).total_seconds() if self.began and self.ended else None


@dataclass(frozen=True, slots=True)
class WorkflowExecution:
    """One run of a workflow. `executor` is the process that has it or had it last."""

    id: str
    workflow: str
    state: State
    created: datetime
    ended: datetime | None
    steps: Sequence[StepRecord]
    error: str = ""
    executor: str = ""
    forked_from: str = ""
    schedule: str = ""
    recoveries: int = 0

    @property
    def outputs(self) -> dict[str, Any]:
        """The newest result of each step that is done."""
        return {step.name: step.output for step in self.steps if step.state == "done"}


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that happened in this process: a step began, tries again (`error` says why), went on (`done` of
    `of`), did its work, was remembered, or failed."""

    execution: str
    step: str
    what: Literal["began", "again", "went on", "worked", "remembered", "failed"]
    done: int = 0
    of: int = 0
    error: str = ""


Place = tuple[datetime, str]
"""An execution's place among all: when it was created, and the digest of its id, which orders those of one moment."""

Listener = Callable[[Progress], None]


class WorkflowRepository(Protocol):
    """What is remembered of executions; readable from any process."""

    async def get(self, execution: str) -> WorkflowExecution:
        """`Missing` where there is none of that id."""
        ...

    async def list(
        self, *, state: State | None = None, workflow: str = "", limit: int = 50, after: Place | None = None
    ) -> list[WorkflowExecution]:
        """The newest first, without their steps, from behind a place on."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget executions that ended before a moment; returns how many."""
        ...


class WorkflowEngine(Protocol):
    """Runs workflows so that a kill at any moment costs the step it hit, and nothing else."""

    async def execute(self, definition: WorkflowDefinition, *, key: str = "") -> WorkflowExecution:
        """Run it to its end, and return how that was. A `key` used before is that same execution."""
        ...

    async def start(self, definition: WorkflowDefinition, *, key: str = "") -> str:
        """Have it run; returns the execution's id at once."""
        ...

    async def wait(self, execution: str) -> WorkflowExecution:
        """Wait for an end, through pauses."""
        ...

    async def pause(self, execution: str) -> None:
        """Stop it before its next step; a step on its way is cut within a second and run again on resume.
        `Conflict` where it has ended."""
        ...

    async def resume(self, execution: str) -> None:
        """Go on behind the last finished step. `Conflict` where it is not paused, cancelled or timed out."""
        ...

    async def cancel(self, execution: str) -> None: ...

    async def rerun(self, execution: str, step: str) -> str:
        """Run it again from a step on, under a new id that is returned; results of steps before are kept."""
        ...

    async def approve(
        self, execution: str, step: str = "", *, yes: bool = True, by: str = "", note: str = ""
    ) -> None:
        """Decide on the step that waits for it. `Conflict` where none does."""
        ...
