"""What watches the service asks: is it alive, is it ready, what does it count."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk, Desk
from trend_agent.api.rest.answers import Alive, Readiness
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import ALIVE, METRICS, NOT_READY, READY
from trend_agent.errors import TrendError
from trend_agent.observability.metrics import REGISTRY

READ_SECONDS = 2.0
"""How long the records may take to answer before they count as down."""

router = APIRouter(tags=["service"])


@router.get("/healthz", summary="Is the process alive?", responses=answers(ALIVE))
async def healthz() -> Alive:
    """Answers as long as the process can answer anything; what it needs is not asked."""
    return Alive()


@router.get(
    "/readyz",
    summary="Can requests be answered?",
    responses={
        **answers(READY),
        503: {
            "model": Readiness,
            "description": "Not yet, or not any more",
            "content": {"application/json": {"example": NOT_READY}},
        },
    },
)
async def readyz(request: Request, desk: AtDesk, response: Response) -> Readiness:
    """Whether all that is needed is there, part by part: the records answer a read, and nobody told us to stop."""
    ready, parts = desk.ready()
    answers_reads = await _answers(desk)
    leaving = request.app.state.leaving.is_set()
    ready = ready and answers_reads and not leaving
    response.status_code = 200 if ready else 503
    parts = {**parts, **(request.app.state.access.parts() if request.app.state.access else {})}
    told = {"records": "fine", **parts} if answers_reads else {**parts, "records": "do not answer"}
    return Readiness(ready, {**told, "service": "stopping"} if leaving else told)


async def _answers(desk: Desk) -> bool:
    """Whether the records answer a read in time."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            await desk.records.edition()
    except (TimeoutError, TrendError):
        return False
    return True


@router.get(
    "/metrics",
    dependencies=[READ],
    summary="Counters for Prometheus",
    response_class=Response,
    responses={200: {"description": "Text exposition", "content": {"text/plain": {"example": METRICS}}}},
)
async def metrics() -> Response:
    """Counters and timings of this process in the text format of Prometheus."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
