"""Administration: the kinds of sources, collecting now, how this process does, and the cache."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from trend_agent.api import cursor as places
from trend_agent.api.access import ADMIN, Caller
from trend_agent.api.access.writes import note
from trend_agent.api.desk import AtDesk, AtHands
from trend_agent.api.parameters import PLAIN, Limit, RunsPage
from trend_agent.api.rest.answers import OrderTold, PluginPage, RunPage
from trend_agent.api.rest.documented import answers, body, nothing
from trend_agent.api.rest.examples.admin import COLLECTING, DOING, PLUGIN, PLUGIN_PAGE, RUN, RUN_PAGE
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.observability.standing import Doing, doing
from trend_agent.sources.choosing import Plugin
from trend_agent.storage import Run

router = APIRouter(
    prefix="/api/v1/admin", tags=["administration"], dependencies=[ADMIN], route_class=SparseRoute
)

PluginName = Annotated[
    str,
    Path(
        alias="name", min_length=1, max_length=100, pattern=PLAIN, description="the name of a kind of source"
    ),
]
RunId = Annotated[int, Path(alias="id", ge=1, lt=places.LARGEST, description="the run's number")]
SourceName = Annotated[str, Field(min_length=1, max_length=2100, pattern=PLAIN)]


class Collecting(BaseModel):
    """What is to be collected: sources by their keys, or all of them where none is named."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sources: list[SourceName] = Field(default=[], max_length=100)


@router.get("/plugins", summary="List the kinds of sources", responses=answers(PLUGIN_PAGE, 409, 422, 503))
async def plugins(desk: AtDesk, hands: AtHands) -> PluginPage:
    """Every kind there is, ours and those of installed packages, with what can be set of a source of it; of secrets
    only that they are. `enabled` says whether any source of it is visited."""
    return PluginPage(await hands.sources.plugins(), None, await desk.records.clock())


@router.get(
    "/plugins/{name}", summary="Show one kind of source", responses=answers(PLUGIN, 404, 409, 422, 503)
)
async def plugin(hands: AtHands, name: PluginName) -> Plugin:
    """What it is and what can be set of a source of it."""
    return await hands.sources.plugin(name)


@router.post(
    "/plugins/{name}/enable",
    summary="Visit the sources of a kind",
    responses=answers(PLUGIN, 404, 409, 422, 503, told="Enabled"),
)
async def enable_plugin(request: Request, hands: AtHands, name: PluginName) -> Plugin:
    """All sources of the kind are visited again; where there is none, one under its default settings is added. A kind
    that has to be given settings is added as a source instead."""
    note(request, plugin=name)
    return await hands.sources.switch(name, enabled=True)


@router.post(
    "/plugins/{name}/disable",
    summary="Visit no source of a kind",
    responses=answers(PLUGIN, 404, 409, 422, 503, told="Disabled"),
)
async def disable_plugin(request: Request, hands: AtHands, name: PluginName) -> Plugin:
    """None of them is visited any more; what they said stays."""
    note(request, plugin=name)
    return await hands.sources.switch(name, enabled=False)


@router.post(
    "/collect",
    status_code=202,
    summary="Collect now",
    response_model=Run | OrderTold,
    responses=answers(RUN, 404, 409, 422, 503, status=202, told="Begun, or ordered"),
    openapi_extra=body(COLLECTING),
)
async def collect(
    request: Request, desk: AtDesk, hands: AtHands, caller: Caller, asked: Collecting, response: Response
) -> Run:
    """Visit some sources now, or all of them, whenever they are due; the run tells what came of it. One such
    collection is under way at a time. Where another process owns the records and does not answer at once, the answer
    is the order instead."""
    run = await hands.collect(asked.sources, by=caller.name or caller.key_id)
    note(request, run=run)
    response.headers["Location"] = f"/api/v1/admin/runs/{run}"
    return await desk.records.run(run)


@router.get("/runs", summary="List the runs", responses=answers(RUN_PAGE, 422, 503))
async def runs(desk: AtDesk, limit: Limit = 50, cursor: RunsPage = "") -> RunPage:
    """Executions of pieces of work that were written down, such as collections that were asked for, the last begun
    first. One without an end goes on, or its process did not live to see it."""
    before = places.number_at("runs", cursor) if cursor else None
    found = await desk.records.runs(before=before, limit=limit + 1)
    more = places.behind("runs", found[limit - 1].id) if len(found) > limit else None
    return RunPage(found[:limit], more, await desk.records.clock())


@router.get("/runs/{id}", summary="Show one run", responses=answers(RUN, 404, 422, 503))
async def run(desk: AtDesk, number: RunId) -> Run:
    """When it began and ended, what came of it, and why it failed, where it did."""
    return await desk.records.run(number)


@router.get("/metrics", summary="How does this process do?", responses=answers(DOING, 422, 503))
async def process_metrics() -> Doing:
    """Throughput, what waits, how long stages and requests take, how the cache does, and memory; since the process
    began. `/metrics` has all counters for Prometheus."""
    return doing()


@router.delete(
    "/cache/clear", status_code=204, summary="Forget the answers that are kept", responses=nothing(503)
)
async def clear_cache(hands: AtHands) -> None:
    """Every answer is made anew when it is asked for next; nothing else is lost."""
    await hands.clear_cache()
