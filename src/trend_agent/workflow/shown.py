"""Workflows in the words of the API: what can be run, and how it goes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from trend_agent.api.executions import Execution, ExecutionStep, Parameter, StepKind, Template
from trend_agent.workflow.definition import WorkflowDefinition
from trend_agent.workflow.execution import StepRecord, WorkflowExecution
from trend_agent.workflow.step import WorkflowStep, kinds
from trend_agent.workflow.templates import TEMPLATES, parameters_of

OURS = "trend_agent."


def templates() -> list[Template]:
    return [
        Template(
            name,
            inspect.getdoc(made) or "",
            [
                Parameter(key, field.default, schema)
                for key, field, schema in (
                    (key, field, parameters_of(name).model_json_schema()["properties"][key])
                    for key, field in parameters_of(name).model_fields.items()
                )
            ],
            [step.name for step in made().steps],
        )
        for name, made in TEMPLATES.items()
    ]


def step_kinds() -> list[StepKind]:
    return [_kind(name, kind) for name, kind in sorted(kinds().items())]


def _kind(name: str, kind: type[WorkflowStep]) -> StepKind:
    does = " ".join((inspect.getdoc(kind) or "").split())
    return StepKind(name, does, kind.takes, kind.gives, kind.model_json_schema())


def shown(
    found: WorkflowExecution, definition: WorkflowDefinition | None = None, *, whole: bool = True
) -> Execution:
    """An execution as it stands; without its steps unless it is wanted `whole`."""
    steps = [_step(record, definition) for record in found.steps]
    return Execution(
        id=found.id,
        workflow=found.workflow,
        state=found.state,
        progress=1.0 if found.state == "done" else _share(steps),
        created=found.created,
        ended=found.ended,
        seconds=(found.ended - found.created).total_seconds() if found.ended else None,
        error=found.error,
        executor=found.executor,
        schedule=found.schedule,
        forked_from=found.forked_from,
        recoveries=found.recoveries,
        steps=steps if whole else (),
    )


def _share(steps: Sequence[ExecutionStep]) -> float:
    """How much is done of the last round."""
    last = [step for step in steps if step.round == steps[-1].round]
    return round(sum(step.progress for step in last) / len(last), 4) if last else 0.0


def _step(record: StepRecord, definition: WorkflowDefinition | None) -> ExecutionStep:
    return ExecutionStep(
        number=record.number,
        name=record.name,
        kind=record.kind,
        round=record.round,
        state=record.state,
        progress=_done(record),
        needs=definition.needs[record.name] if definition else (),
        attempts=record.attempts,
        began=record.began,
        ended=record.ended,
        seconds=record.seconds,
        result=record.output,
        error=record.error,
    )


def _done(record: StepRecord) -> float:
    if record.state == "done":
        return 1.0
    done, of = record.progress or (0, 0)
    return round(min(done / of, 1.0), 4) if of else 0.0
