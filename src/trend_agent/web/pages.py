"""The pages: the list of trends, and a page for each of them."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk, Desk
from trend_agent.api.parameters import MOST, AsOf, Languages, Sources, States, TopicId
from trend_agent.api.rest.trends import chosen
from trend_agent.web.drawing import timeline
from trend_agent.web.grouping import SHOWN, grouped, witnesses
from trend_agent.web.rendering import PageRoute, render

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[READ])

Rows = Annotated[int, Query(ge=1, le=MOST)]


@router.get("/")
async def start_page(
    request: Request,
    desk: AtDesk,
    limit: Rows = 50,
    as_of: AsOf = None,
    source: Sources = [],  # noqa: B006
    lang: Languages = [],  # noqa: B006
    state: States = [],  # noqa: B006
) -> Response:
    """What rises now or rose at a past moment."""
    ranked = await desk.trends(MOST, as_of)
    wanted = chosen(ranked, source, lang, state)
    return render(
        request,
        "start.html",
        trends=wanted[:limit],
        more=f"?{request.url.include_query_params(limit=min(MOST, limit + 50)).query}"
        if len(wanted) > limit
        else "",
        total=len(ranked),
        counts=Counter(t.state for t in ranked),
        as_of=as_of,
        at=as_of or (ranked[0].at if ranked else await desk.records.clock()),
        filters={"source": source, "lang": lang, "state": state},
        health=[] if ranked else await desk.records.health(),
        **await _frame(desk),
    )


@router.get("/trends/{id}")
async def trend_page(request: Request, desk: AtDesk, topic: TopicId) -> Response:
    """One trend down to its last item."""
    found = await desk.records.trend(topic)
    if found.topic != topic:
        return RedirectResponse(request.url_for("trend_page", id=found.topic).path)
    facts = await desk.records.members(topic, limit=SHOWN + 1)
    return render(
        request,
        "trend.html",
        trend=found,
        at=found.at,
        groups=grouped(facts[:SHOWN]),
        more=len(facts) > SHOWN,
        witnesses=await witnesses(desk.records, found, facts),
        timeline=timeline(await desk.records.series(topic), found.at),
        lineage=await desk.records.lineage(topic),
        **await _frame(desk),
    )


async def _frame(desk: Desk) -> dict[str, Any]:
    """What stands around every page."""
    return {"notices": desk.notices(), "balance": await desk.records.balance()}
