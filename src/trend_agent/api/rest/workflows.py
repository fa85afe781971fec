"""Workflows: what can be run, what is run, and stepping in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from trend_agent.api import cursor as places
from trend_agent.api.access import READ, WRITE, Caller
from trend_agent.api.access.writes import KEY_PATTERN
from trend_agent.api.desk import AtDesk
from trend_agent.api.executions import AtExecutions, Execution, ExecutionState, Wanted
from trend_agent.api.parameters import PLAIN, Limit
from trend_agent.api.rest.answers import ExecutionPage, TemplatePage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples.workflows import (
    APPROVED,
    CANCELLED,
    DECISIONS,
    EXECUTION,
    EXECUTION_PAGE,
    PAUSED,
    STARTED,
    TEMPLATE_PAGE,
    TO_RUN,
)
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.items import digest

router = APIRouter(
    prefix="/api/v1/workflows", tags=["workflows"], dependencies=[READ], route_class=SparseRoute
)

YEAR = 31_536_000.0
NOTHING_OR_PLAIN = f"{PLAIN[:-2]}*$"


class Written(BaseModel):
    """A workflow written out. A step is its `kind`, or an object of it and its fields; `GET /workflows/templates`
    lists both. One needs the step before it, unless it says what it `needs`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="custom", min_length=1, max_length=60, description="letters, digits, - and _")
    steps: list[str | dict[str, Any]] = Field(min_length=1, max_length=200)
    timeout: float | None = Field(default=None, gt=0, le=YEAR, description="seconds for the whole")
    repeat: bool = Field(default=False, description="go round again while items wait")


class ToRun(BaseModel):
    """Either a template's name and its parameters, or a workflow."""

    model_config = ConfigDict(extra="forbid")

    template: str = Field(default="", max_length=60)
    parameters: dict[str, Any] = Field(default_factory=dict)
    workflow: Written | None = None


class Decision(BaseModel):
    """What a person decides on a step that waits for it; which, where several do."""

    model_config = ConfigDict(extra="forbid")

    yes: bool = Field(default=True, description="no ends the execution")
    step: str = Field(default="", max_length=100, pattern=NOTHING_OR_PLAIN)
    note: str = Field(default="", max_length=1000, pattern=NOTHING_OR_PLAIN, description="why")


ExecutionId = Annotated[
    str, Path(alias="id", min_length=1, max_length=200, pattern=PLAIN, description="the execution's id")
]
InState = Annotated[ExecutionState | None, Query(alias="state", description="only those in this state")]
OfTemplate = Annotated[
    str,
    Query(
        alias="template",
        max_length=60,
        pattern=NOTHING_OR_PLAIN,
        description="only those of this template, or of the workflow of this name",
    ),
]
ExecutionsPage = Annotated[
    str,
    Query(
        alias="cursor",
        max_length=40,
        pattern=places.EXECUTIONS,
        description="the `next` of an earlier answer: goes on from there",
    ),
]
Key = Annotated[
    Annotated[str, StringConstraints(pattern=KEY_PATTERN)] | None,
    Header(
        alias="Idempotency-Key",
        description="whatever is sent again with the same key is the same execution, also after a fault",
    ),
]


@router.get("/templates", summary="List what can be run", responses=answers(TEMPLATE_PAGE, 422, 503))
async def workflow_templates(desk: AtDesk, executions: AtExecutions) -> TemplatePage:
    """The templates with their parameters, and the kinds of steps that workflows of one's own are made of."""
    return TemplatePage(executions.templates(), executions.kinds(), None, await desk.records.clock())


@router.post(
    "/execute",
    summary="Run a workflow",
    status_code=202,
    responses=answers(
        STARTED, 409, 422, 503, status=202, told="It will be run; `Location` tells how it goes"
    ),
    dependencies=[WRITE],
)
async def execute_workflow(
    executions: AtExecutions,
    caller: Caller,
    asked: Annotated[ToRun, Body(openapi_examples=TO_RUN)],
    response: Response,
    key: Key = None,
) -> Execution:
    """A template or a workflow is checked whole before anything runs, and then queued for whoever runs workflows."""
    written = asked.workflow.model_dump() if asked.workflow else None
    wanted = Wanted(asked.template, asked.parameters, written)
    found = await executions.execute(wanted, key=f"asked-{digest(caller.owner, key)}" if key else "")
    response.headers["Location"] = f"{router.prefix}/{found.id}"
    return found


@router.get("", summary="List executions", responses=answers(EXECUTION_PAGE, 422, 503))
async def list_executions(
    desk: AtDesk,
    executions: AtExecutions,
    state: InState = None,
    template: OfTemplate = "",
    limit: Limit = 50,
    cursor: ExecutionsPage = "",
) -> ExecutionPage:
    """What runs and what ran, the newest first; their steps are left out."""
    after = places.executions_place(cursor) if cursor else None
    found, place = await executions.page(state=state, template=template, limit=limit, after=after)
    more = places.executions_after(*place) if place else None
    return ExecutionPage(found, more, await desk.records.clock())


@router.get("/{id}", summary="Show one execution", responses=answers(EXECUTION, 404, 422, 503))
async def show_execution(executions: AtExecutions, execution: ExecutionId) -> Execution:
    """Each step with its state, times, counts and error, and how much of it is done."""
    return await executions.get(execution)


@router.post(
    "/{id}/cancel",
    summary="End an execution",
    responses=answers(CANCELLED, 404, 409, 422, 503),
    dependencies=[WRITE],
)
async def cancel_execution(executions: AtExecutions, execution: ExecutionId) -> Execution:
    """A step on its way is cut; `resume` takes even this back. 409 where it has ended."""
    return await executions.cancel(execution)


@router.post(
    "/{id}/pause",
    summary="Pause an execution",
    responses=answers(PAUSED, 404, 409, 422, 503),
    dependencies=[WRITE],
)
async def pause_execution(executions: AtExecutions, execution: ExecutionId) -> Execution:
    """It stops before its next step; one on its way is cut and run again on `resume`. 409 where it has ended."""
    return await executions.pause(execution)


@router.post(
    "/{id}/resume",
    summary="Go on with an execution",
    responses=answers(EXECUTION, 404, 409, 422, 503),
    dependencies=[WRITE],
)
async def resume_execution(executions: AtExecutions, execution: ExecutionId) -> Execution:
    """It goes on behind its last finished step. 409 where it is neither paused nor cancelled nor timed out."""
    return await executions.resume(execution)


@router.post(
    "/{id}/approve",
    summary="Decide on a step that waits",
    responses=answers(APPROVED, 404, 409, 422, 503),
    dependencies=[WRITE],
)
async def approve_execution(
    executions: AtExecutions,
    execution: ExecutionId,
    caller: Caller,
    decision: Annotated[Decision | None, Body(openapi_examples=DECISIONS)] = None,
) -> Execution:
    """Yes where nothing else is said; who decided is remembered. 409 where no step waits, or several do and none is
    named."""
    said = decision or Decision()
    return await executions.approve(
        execution, step=said.step, yes=said.yes, by=caller.name or caller.kind, note=said.note
    )
