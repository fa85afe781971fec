"""Workflows in the words of the API: what can be run, and how it goes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from trend_agent.api.executions import Execution, ExecutionStep, Parameter, StepKind, Template
from trend_agent.workflow.execution import StepRecord, WorkflowExecution
from trend_agent.workflow.step import WorkflowStep, kinds
from trend_agent.workflow.templates import TEMPLATES, parameters_of


def templates() -> list[Template]:
    return [
        Template(
            name,
            inspect.getdoc(made) or "",
            _parameters(name),
            [step.name for step in made().steps],
        )
        for name, made in TEMPLATES.items()
    ]


def _parameters(template: str) -> list[Parameter]:
    model = parameters_of(template)
    schemas = model.model_json_schema()["properties"]
    return [Parameter(name, field.default, schemas[name]) for name, field in model.model_fields.items()]


def step_kinds() -> list[StepKind]:
    return [_kind(name, kind) for name, kind in sorted(kinds().items())]


def _kind(name: str, kind: type[WorkflowStep]) -> StepKind:
    does = " ".join((inspect.getdoc(kind) or "").split())
    return StepKind(name, does, kind.takes, kind.gives, kind.model_json_schema())


def shown(found: WorkflowExecution, *, whole: bool = True) -> Execution:
    """An execution as it stands; without its steps unless it is wanted `whole`."""
    steps = [_step(record) for record in found.steps]
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


def _step(record: StepRecord) -> ExecutionStep:
    return ExecutionStep(
        number=record.number,
        name=record.name,
        kind=record.kind,
        round=record.round,
        state=record.state,
        progress=_done(record),
        needs=record.inputs["settings"].get("needs", ()),
        attempts=record.attempts,
        began=record.began,
        ended=record.ended,
        seconds=record.seconds,
        result=record.output,
        error=record.error,
        question=record.inputs["settings"].get("question", ""),
    )


def _done(record: StepRecord) -> float:
    if record.state == "done":
        return 1.0
    done, of = record.progress or (0, 0)
    return round(min(done / of, 1.0), 4) if of else 0.0
