"""What a trend rests on: its timeline, its receipt, its summary with who says it, and what is like it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk, Desk
from trend_agent.api.kept import AtKeptDesk
from trend_agent.api.parameters import AsOf, Columns, FewAtMost, LimitOfList, TopicId
from trend_agent.api.rest.answers import Near, NearPage, ReceiptOf
from trend_agent.api.rest.documented import answers, text
from trend_agent.api.rest.examples.trends import NEAR_PAGE, RECEIPT, RECEIPTS, SUMMARY, TIMELINE
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.api.rest.trends import listed_at, trend_at
from trend_agent.items import Trend, stamp
from trend_agent.processing.citing import Summary, cited
from trend_agent.processing.rank.export import written
from trend_agent.processing.rank.receipt import worded
from trend_agent.processing.rank.words import would
from trend_agent.processing.similar import similar as like
from trend_agent.processing.timeline import Timeline
from trend_agent.processing.timeline import timeline as over_time

router = APIRouter(prefix="/api/v1", tags=["trends"], dependencies=[READ], route_class=SparseRoute)
_timeline = TypeAdapter(Timeline)
_near = TypeAdapter(NearPage)

WithChanges = Annotated[
    bool,
    Query(alias="changes", description="also find what would exchange it with its neighbours: takes longer"),
]


@router.get(
    "/trends/{id}/timeline",
    summary="Show a topic over time",
    response_model=Timeline,
    responses=answers(TIMELINE, 404, 422, 503),
)
async def timeline(desk: AtKeptDesk, topic: TopicId, as_of: AsOf = None, width: Columns = "hour") -> Response:
    """Its items by source, the alarms it raised, and what the next 24 hours may bring, with the bounds between which
    the items of an hour lie four times of five."""

    async def make() -> bytes:
        return _timeline.dump_json(await over_time(desk.records, topic, as_of=as_of, width=width))

    body = await desk.answer("timeline", topic, str(as_of), width, make=make)
    return Response(body, media_type="application/json")


@router.get(
    "/trends/{id}/receipt", summary="Explain a trend's score", responses=answers(RECEIPT, 404, 422, 503)
)
async def receipt(
    desk: AtDesk,
    topic: TopicId,
    as_of: AsOf = None,
    changes: WithChanges = False,  # noqa: FBT002
) -> ReceiptOf:
    """The terms that sum to the score, each with what it was computed from and in words, and the items beneath."""
    trend = await trend_at(desk, topic, as_of)
    lifts, drops = await _exchanges(desk, trend) if changes else ("", "")
    again = f"/api/v1/receipts?as_of={quote(stamp(trend.at), safe='')}&limit={trend.rank}"
    return ReceiptOf(worded(trend), lifts, drops, again, trend.at)


async def _exchanges(desk: Desk, trend: Trend) -> tuple[str, str]:
    """What would bring a trend above the one before it and below the one after it, in words."""
    ranked = {t.rank: t for t in await listed_at(desk, trend.at)}
    lifts, drops = await desk.changes(trend.topic, trend.at)
    above, below = ranked.get(trend.rank - 1), ranked.get(trend.rank + 1)
    return (
        would(lifts, above, "above", trend) if above else "",
        would(drops, below, "below", trend) if below else "",
    )


@router.get(
    "/receipts",
    summary="Write a list so that its scores can be computed again",
    response_class=Response,
    responses=text("application/x-ndjson", RECEIPTS, 422, 503),
)
async def receipts(desk: AtDesk, limit: LimitOfList = 50, as_of: AsOf = None) -> Response:
    """The list of now or of a past moment as JSON lines: what its scores share, then each trend with the facts of its
    items. `trend verify FILE` computes every score again from them alone; whoever changes one is found out."""
    at = as_of or await desk.records.clock()
    rows = await desk.export(limit, at) if at else []
    return Response(written(list(map(dict, rows))), media_type="application/x-ndjson")


@router.get(
    "/trends/{id}/summary",
    summary="Say what a trend is about, and who says it",
    responses=answers(SUMMARY, 404, 422, 503),
)
async def summary(desk: AtDesk, topic: TopicId, as_of: AsOf = None) -> Summary:
    """The headline and a few sentences, each as a source wrote it, with the items it stands in and their links."""
    return await cited(desk.records, await trend_at(desk, topic, as_of))


@router.get(
    "/trends/{id}/similar",
    summary="List the topics like one",
    response_model=NearPage,
    responses=answers(NEAR_PAGE, 404, 422, 503),
)
async def similar(desk: AtKeptDesk, topic: TopicId, limit: FewAtMost = 10) -> Response:
    """Topics whose items say much the same, in any language, the likest first."""

    async def make() -> bytes:
        found = await like(desk.records, desk.index, topic, limit=limit)
        ranks = {t.topic: t.rank for t in await listed_at(desk, None)} if found else {}
        near = [Near(one.topic, one.likeness, one.item, ranks.get(one.topic)) for one in found]
        return _near.dump_json(NearPage(near, None, await desk.records.clock()))

    indexed = "index" if desk.index else "list"
    body = await desk.answer("similar", topic, str(limit), indexed, make=make)
    return Response(body, media_type="application/json")
