"""What is remembered of executions, read out of DBOS's tables through its client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from dbos import DBOSClient, StepInfo, WorkflowStatus
from sqlalchemy.exc import OperationalError, ProgrammingError

from trend_agent.errors import Missing, TrendError, Unavailable
from trend_agent.items import digest
from trend_agent.workflow import durable
from trend_agent.workflow.definition import WorkflowDefinition
from trend_agent.workflow.execution import (
    ENDS,
    State,
    StepRecord,
    StepState,
    WorkflowExecution,
    WorkflowRepository,
)
from trend_agent.workflow.execution import Place as Spot
from trend_agent.workflow.place import Place
from trend_agent.workflow.steps import ApprovalStep

T = TypeVar("T")

PAGE = 100
"""Executions that are read at once."""

STOPPED = "stopped"
"""The mark on an execution that somebody stopped: `pause` or `cancel`. DBOS itself cancels what is too late."""

PLAIN: Mapping[str, State] = {
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
}


class History(WorkflowRepository):
    """`WorkflowRepository` at a place. It can be opened by any process, and writes marks only."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._client: DBOSClient | None = None

    async def get(self, execution: str) -> WorkflowExecution:
        status = await self.status(execution)
        steps = await self.ask(lambda c: c.list_workflow_steps(execution))
        return _execution(status, steps)

    async def status(self, execution: str, *, whole: bool = True) -> WorkflowStatus:
        """As DBOS has it; without what went in and came out unless `whole`."""
        found = await self.ask(
            lambda c: c.list_workflows(workflow_ids=[execution], load_input=whole, load_output=whole)
        )
        if not found:
            raise Missing(f"no execution {execution!r}; `trend workflows list` shows them")
        return found[0]

    async def list(
        self, *, state: State | None = None, workflow: str = "", limit: int = 50, after: Spot | None = None
    ) -> list[WorkflowExecution]:
        names = [name for name, plain in PLAIN.items() if plain == state] or ["CANCELLED"]
        found: list[WorkflowExecution] = []
        async for status in self._newest(names if state else None, after):
            execution = _execution(status, [])
            if state in (None, execution.state) and workflow in ("", execution.workflow):
                found.append(execution)
            if len(found) == limit:
                break
        return found

    async def _newest(self, names: Sequence[str] | None, after: Spot | None) -> AsyncIterator[WorkflowStatus]:
        """From behind a place on: by their moments, and those of one moment by their marks."""
        place = (round(after[0].timestamp() * 1000), after[1]) if after else None
        until = (after[0] if after else datetime.now(UTC)) + timedelta(seconds=1)
        rows: list[WorkflowStatus] = []
        offset = 0
        while True:
            page = await self.ask(
                lambda c, offset=offset: c.list_workflows(  # type: ignore[misc]
                    status=names and [*names],
                    end_time=until.isoformat(),
                    sort_desc=True,
                    limit=PAGE,
                    offset=offset,
                )
            )
            last = len(page) < PAGE
            rows += page
            offset += len(page)
            # of the oldest moment that is seen there may be more on the next page
            sure = len(rows) if last else sum(_place(row)[0] > _place(rows[-1])[0] for row in rows)
            for row in sorted(rows[:sure], key=_place, reverse=True):
                if place is None or _place(row) < place:
                    yield row
            rows = rows[sure:]
            if last:
                return

    async def ended_since(self, moment: datetime) -> Sequence[str]:
        """The ids of those that came to an end, or were stopped, since then."""
        since = moment.astimezone(UTC).isoformat()
        found = await self.ask(
            lambda c: c.list_workflows(completed_after=since, load_input=False, load_output=False)
        )
        return [status.workflow_id for status in found]

    async def begun_with(self, execution: str) -> Mapping[str, Any]:
        """The definition an execution was begun with, as JSON."""
        status = await self.status(execution)
        row: Mapping[str, Any] = (status.input or {"args": ({},)})["args"][-1]
        return row

    async def forget(self, before: datetime) -> int:
        until = before.astimezone(UTC).isoformat()
        ended = await self.ask(
            lambda c: c.list_workflows(
                completed_before=until,
                status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
                load_input=False,
                load_output=False,
            )
        )
        ids = [s.workflow_id for s in ended if _state(s) in ENDS]
        await self.ask(lambda c: c.delete_workflows(ids))
        return len(ids)

    async def mark(self, execution: str, **marks: Any) -> None:
        """Note things beside an execution, under names of their own."""
        await self.ask(lambda c: c.update_workflow_attributes(execution, marks, merge=True))

    async def ask(self, question: Callable[[DBOSClient], T]) -> T:
        """Ask DBOS's client. `Missing` where nothing was ever remembered, `Unavailable` where it cannot be asked."""
        return await asyncio.to_thread(self._ask, question)

    def _ask(self, question: Callable[[DBOSClient], T]) -> T:
        if not self.place.exists:
            raise Missing("no workflow was ever run here; `trend workflows run` begins one")
        try:
            self._client = self._client or durable.client(self.place)
            return question(self._client)
        except (OperationalError, ProgrammingError) as fault:
            if "no such table" in str(fault) or "UndefinedTable" in str(fault):
                raise Missing("no workflow was ever run here; `trend workflows run` begins one") from None
            raise Unavailable(f"the place of the workflows cannot be used: {fault.orig}") from fault

    async def close(self) -> None:
        if self._client is not None:
            await asyncio.to_thread(self._client.destroy)
            self._client = None


def _place(status: WorkflowStatus) -> tuple[int, str]:
    return (status.created_at or 0, digest(status.workflow_id))


def _state(status: WorkflowStatus) -> State:
    if status.status != "CANCELLED":
        return PLAIN[status.status]
    stopped = (status.attributes or {}).get(STOPPED)
    if stopped == "pause":
        return "paused"
    return "timed out" if not stopped and status.workflow_deadline_epoch_ms else "cancelled"


def _execution(status: WorkflowStatus, steps: Sequence[StepInfo]) -> WorkflowExecution:
    definition = definition_in(status)
    state = _state(status)
    done = {info["function_id"]: info for info in steps}
    return WorkflowExecution(
        id=status.workflow_id,
        workflow=definition.name if isinstance(definition, WorkflowDefinition) else status.name,
        state=state,
        created=_moment(status.created_at) or datetime.min.replace(tzinfo=UTC),
        ended=_moment(status.completed_at) if state in ENDS else None,
        steps=_records(status, state, definition, done) if isinstance(definition, WorkflowDefinition) else (),
        error=_error(status, state, definition),
        executor=status.executor_id or "",
        forked_from=status.forked_from or "",
        schedule=status.schedule_name or "",
        recoveries=max(0, (status.recovery_attempts or 1) - 1),
    )


def definition_in(status: WorkflowStatus) -> WorkflowDefinition | TrendError | None:
    """The definition an execution was begun with; what is wrong with it where this program no longer knows it."""
    arguments = (status.input or {"args": ()})["args"]
    if not arguments:
        return None
    row = arguments[-1]
    try:
        return WorkflowDefinition.of(row.get("definition", row))
    except TrendError as fault:
        return fault


def _error(status: WorkflowStatus, state: State, definition: Any) -> str:
    if state == "timed out":
        return f"timed out after {(status.workflow_timeout_ms or 0) / 1000:g} seconds"
    if status.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        return f"given up: the process running it ended {status.recovery_attempts} times"
    if status.error is not None:
        return str(status.error)
    return str(definition) if isinstance(definition, TrendError) else ""


def _records(
    status: WorkflowStatus, state: State, definition: WorkflowDefinition, done: Mapping[int, StepInfo]
) -> list[StepRecord]:
    """Every step of every round begun so far."""
    size = len(definition.steps)
    rounds = max(1, -(-max(done, default=0) // size))
    found: list[StepRecord] = []
    for number in range(1, rounds * size + 1):
        record = _record(number, status, state, definition, done, {r.name: r for r in found[-size:]})
        found.append(record)
    return found


def _record(
    number: int,
    status: WorkflowStatus,
    state: State,
    definition: WorkflowDefinition,
    done: Mapping[int, StepInfo],
    others: Mapping[str, StepRecord],
) -> StepRecord:
    step = definition.steps[(number - 1) % len(definition.steps)]
    info = done.get(number)
    needs = [others[name] for name in definition.needs[step.name]]
    decided = _step_state(info, state, needs, asks=isinstance(step, ApprovalStep))
    output = info["output"] if info else None
    given = {n: others[n].output for n in definition.before(step.name) if n in others}
    began = _moment(info["started_at_epoch_ms"]) if info else None
    if decided in ("running", "approval"):
        began = max(
            (r.ended for r in needs if r.ended), default=_moment(status.dequeued_at or status.created_at)
        )
    told = (status.attributes or {}).get(f"progress:{number}") if decided == "running" else None
    return StepRecord(
        number=number,
        name=step.name,
        kind=step.kind,
        round=(number - 1) // len(definition.steps) + 1,
        state=decided,
        inputs={"settings": step.plain(), "results": given},
        output=output["result"] if isinstance(output, Mapping) else None,
        error=str(info["error"]) if info and info["error"] else "",
        attempts=int(output["attempts"]) if isinstance(output, Mapping) else 0,
        began=began,
        ended=_moment(info["completed_at_epoch_ms"]) if info else None,
        progress=(told[0], told[1]) if told else None,
    )


def _step_state(info: StepInfo | None, state: State, needs: Sequence[StepRecord], *, asks: bool) -> StepState:
    if info:
        return "failed" if info["error"] else "done"
    if any(need.state != "done" for need in needs) or state in ("waiting", "done"):
        return "waiting"
    if state == "running":
        return "approval" if asks else "running"
    return "cut"


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
