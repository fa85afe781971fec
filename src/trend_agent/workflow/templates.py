"""Workflows that most need, by name; and how to put together others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model

from trend_agent.errors import Missing, Rejected
from trend_agent.workflow.definition import WorkflowDefinition, step_of, told
from trend_agent.workflow.step import LONGEST, WorkflowStep
from trend_agent.workflow.steps import (
    MOST,
    ClusterItemsStep,
    CollectDataStep,
    DeduplicateStep,
    DetectLanguageStep,
    GenerateSummariesStep,
    PersistTrendsStep,
    RankTopicsStep,
)

BRANCHES = 4
"""Steps that collect side by side where nobody says how many."""

Top = Annotated[int, Field(ge=1, le=1000, description="how many trends the list has")]
Most = Annotated[int, Field(ge=1, le=1_000_000, description="items of one round")]
Seconds = Annotated[
    float | None, Field(gt=0, le=LONGEST, description="seconds for the whole; null: no limit")
]
Branches = Annotated[int, Field(ge=1, le=64, description="steps that collect side by side")]
Sources = Annotated[
    Sequence[Annotated[str, StringConstraints(min_length=1, max_length=2000)]],
    Field(max_length=100, description="names of sources or addresses of feeds; none: all that there are"),
]


def full_pipeline(
    *, top_n_trends: Top = 100, sources: Sources = (), most: Most = MOST, timeout: Seconds = None
) -> WorkflowDefinition:
    """Collect what is due, process what waits, publish the list."""
    steps = [CollectDataStep(sources=tuple(sources)), *_processing(most), *_publishing(top_n_trends)]
    return WorkflowDefinition("full_pipeline", steps, timeout=timeout, repeat=True)


def collection_only(*, sources: Sources = (), timeout: Seconds = None) -> WorkflowDefinition:
    """Collect what is due; it waits in the log."""
    return WorkflowDefinition("collection_only", [CollectDataStep(sources=tuple(sources))], timeout=timeout)


def processing_only(
    *, top_n_trends: Top = 100, most: Most = MOST, timeout: Seconds = None
) -> WorkflowDefinition:
    """Process what waits, publish the list."""
    steps = [*_processing(most), *_publishing(top_n_trends)]
    return WorkflowDefinition("processing_only", steps, timeout=timeout, repeat=True)


def refresh(*, top_n_trends: Top = 100, timeout: Seconds = None) -> WorkflowDefinition:
    """Measure, word and publish what is settled already."""
    return WorkflowDefinition("refresh", _publishing(top_n_trends), timeout=timeout)


def parallel_collection(
    *,
    sources: Sources = (),
    branches: Branches = BRANCHES,
    top_n_trends: Top = 100,
    most: Most = MOST,
    timeout: Seconds = None,
) -> WorkflowDefinition:
    """Collect side by side, each source named in a step of its own or all in `branches` shares; then the rest."""
    collecting = (
        [
            CollectDataStep(name=f"collect_{n}", sources=(source,), needs=())
            for n, source in enumerate(sources, 1)
        ]
        if sources
        else [
            CollectDataStep(name=f"collect_{n + 1}", share=(n, branches), needs=())
            for n in range(max(1, branches))
        ]
    )
    first, *rest = _processing(most)
    joined = first.model_copy(update={"needs": tuple(step.name for step in collecting)})
    steps = [*collecting, joined, *rest, *_publishing(top_n_trends)]
    return WorkflowDefinition("parallel_collection", steps, timeout=timeout, repeat=True)


def _processing(most: int) -> list[WorkflowStep]:
    return [DetectLanguageStep(most=most), DeduplicateStep(most=most), ClusterItemsStep(most=most)]


def _publishing(top: int) -> list[WorkflowStep]:
    return [RankTopicsStep(limit=top), GenerateSummariesStep(), PersistTrendsStep()]


TEMPLATES: Mapping[str, Callable[..., WorkflowDefinition]] = {
    made.__name__: made
    for made in (full_pipeline, collection_only, processing_only, refresh, parallel_collection)
}


@cache
def parameters_of(name: str) -> type[BaseModel]:
    """What a template can be told, as its signature says."""
    signature = inspect.signature(TEMPLATES[name], eval_str=True)
    fields: Any = {p.name: (p.annotation, p.default) for p in signature.parameters.values()}
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)


def get_template(name: str, **parameters: Any) -> WorkflowDefinition:
    """The template of that name under these parameters. `Missing` and `Rejected` say what there is."""
    if name not in TEMPLATES:
        raise Missing(f"no template called {name!r}; there are {', '.join(sorted(TEMPLATES))}")
    known = parameters_of(name).model_fields
    if unknown := sorted(set(parameters) - set(known)):
        raise Rejected(
            f"template {name!r} has no parameter {', '.join(map(repr, unknown))}; it has {', '.join(known)}"
        )
    try:
        given = parameters_of(name)(**parameters).model_dump(exclude_unset=True)
        made = TEMPLATES[name](**given)
    except ValidationError as fault:
        raise Rejected(f"template {name!r}: {told(fault)}") from None
    made.parameters = {key: list(v) if isinstance(v, tuple) else v for key, v in given.items()}
    return made


def create_custom_workflow(
    name: str,
    steps: Iterable[WorkflowStep | Mapping[str, Any] | str],
    *,
    timeout: float | None = None,
    repeat: bool = False,
) -> WorkflowDefinition:
    """A workflow of these steps: each a step, its fields, or its kind alone; one behind the other where a step does
    not say what it needs."""
    made = [step if isinstance(step, WorkflowStep) else step_of(step) for step in steps]
    return WorkflowDefinition(name, made, timeout=timeout, repeat=repeat)
