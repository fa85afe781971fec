"""The platform run by workflows: their steps are the product's, over the light stages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from harness.platform import Ground, light_pipeline, settings_of, standing
from harness.points import Points
from trend_agent.owner import Owner
from trend_agent.workflow import (
    ClusterItemsStep,
    DeduplicateStep,
    DetectLanguageStep,
    Progress,
    Retry,
    SimpleWorkflowEngine,
    WorkflowDefinition,
    create_custom_workflow,
)
from trend_agent.workflow.chores import Chores
from trend_agent.workflow.crew import AtHome
from trend_agent.workflow.place import Place, place_of

PATIENT = Retry(attempts=100, first=0.05, factor=1.3, longest=0.5)
"""Another process may have the records; its turn ends."""


def processing(most: int) -> WorkflowDefinition:
    steps = [
        kind(most=most, retry=PATIENT) for kind in (DetectLanguageStep, DeduplicateStep, ClusterItemsStep)
    ]
    return create_custom_workflow("processing", steps, repeat=True)


def place_in(ground: Ground) -> Place:
    return place_of(f"sqlite:///{ground.folder / 'workflows.sqlite3'}")


def engine_on(ground: Ground, points: Points, executor: str = "local") -> tuple[AtHome, SimpleWorkflowEngine]:
    """An engine whose crew works on the platform; whatever lasts is a point, and so is each step's course."""

    @asynccontextmanager
    async def owning() -> AsyncIterator[Owner]:
        nothing: Any = None  # the platform collects by itself
        async with standing(ground, points) as platform:
            pipeline = light_pipeline(platform.records, ground)
            yield Owner(settings, platform.records, pipeline, nothing, platform.collector(), nothing)

    def tell(progress: Progress) -> None:
        if progress.what in ("began", "worked", "remembered"):
            points.reach(f"{progress.step} {progress.what}")

    settings = settings_of(ground)
    crew = AtHome(Chores(owning))
    engine = SimpleWorkflowEngine(
        settings,
        crew=crew,
        place=place_in(ground),
        executor=executor,
        listeners=[tell],
    )
    return crew, engine


async def process_by_workflow(ground: Ground, points: Points, *, key: str, most: int) -> None:
    """Collect, then have one workflow process all that came, then send."""
    async with standing(ground, points) as platform:
        while await platform.collect():
            pass
    crew, engine = engine_on(ground, points)
    try:
        done = await engine.execute(processing(most), key=key)
    finally:
        await crew.close()
    assert done.state == "done", done.error
    async with standing(ground, points) as platform:
        await platform.whole()
