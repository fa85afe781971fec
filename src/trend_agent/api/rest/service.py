"""What watches the service asks: is it alive, is it ready, what does it count."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from trend_agent.api.desk import AtDesk
from trend_agent.api.rest.answers import Alive, Readiness
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import ALIVE, METRICS, NOT_READY, READY
from trend_agent.observability.metrics import REGISTRY

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
async def readyz(desk: AtDesk, response: Response) -> Readiness:
    """Whether all that is needed is there, part by part."""
    ready, parts = desk.ready()
    response.status_code = 200 if ready else 503
    return Readiness(ready, parts)


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=Response,
    responses={200: {"description": "Text exposition", "content": {"text/plain": {"example": METRICS}}}},
)
async def metrics() -> Response:
    """Counters and timings of this process in the text format of Prometheus."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
