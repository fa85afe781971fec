"""How much there is, in numbers: statistics, and the categories of the list."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk
from trend_agent.api.kept import AtKeptDesk
from trend_agent.api.parameters import AsOf
from trend_agent.api.rest.answers import CategoryPage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples.numbers import CATEGORY_PAGE, STATISTICS
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.api.rest.trends import listed_at
from trend_agent.processing.statistics import Statistics, by_category
from trend_agent.processing.statistics import statistics as counted

router = APIRouter(prefix="/api/v1", tags=["standing"], dependencies=[READ], route_class=SparseRoute)
_statistics = TypeAdapter(Statistics)

Days = Annotated[int, Query(ge=1, le=90, description="how many days to look back")]


@router.get(
    "/statistics",
    summary="Count items, topics and trends",
    response_model=Statistics,
    responses=answers(STATISTICS, 422, 503),
)
async def statistics(desk: AtKeptDesk, days: Days = 7, as_of: AsOf = None) -> Response:
    """How much was taken in and what became of it, how many topics are live and trends are listed, and how the items
    of the last days spread over days, sources and languages. `/api/v1/missed` estimates what the sources did not
    see."""

    async def make() -> bytes:
        listed = await listed_at(desk, as_of)
        return _statistics.dump_json(await counted(desk.records, listed, days=days, as_of=as_of))

    body = await desk.answer("statistics", str(days), str(as_of), make=make)
    return Response(body, media_type="application/json")


@router.get("/categories", summary="List the categories", responses=answers(CATEGORY_PAGE, 422, 503))
async def categories(desk: AtDesk, as_of: AsOf = None) -> CategoryPage:
    """Every category there is, with its trends on the list of now or of a past moment, the fullest first."""
    listed = await listed_at(desk, as_of)
    at = listed[0].at if listed else as_of or await desk.records.clock()
    return CategoryPage(by_category(listed), None, at)
