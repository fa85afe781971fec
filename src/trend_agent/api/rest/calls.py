"""The calls of a rise, one by one, and how each came out."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from trend_agent.api import cursor as places
from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import AsOf, CallsPage, Limit
from trend_agent.api.rest.answers import CallPage, CallTold
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples.calls import CALL_PAGE
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.processing.scorecard import Made, as_known
from trend_agent.storage import Records

router = APIRouter(prefix="/api/v1", tags=["standing"], dependencies=[READ], route_class=SparseRoute)

LOOKED_AT = 10
"""Items of a call that are looked at for a title; copies have none of their own."""

Came = Literal["open", "held", "missed"]
Outcomes = Annotated[
    list[Came], Query(alias="outcome", max_length=3, description="only calls that came out so")
]


@router.get("/calls", summary="List the calls of a rise", responses=answers(CALL_PAGE, 422, 503))
async def calls(
    desk: AtDesk,
    outcome: Outcomes = [],  # noqa: B006
    limit: Limit = 50,
    cursor: CallsPage = "",
    as_of: AsOf = None,
) -> CallPage:
    """Every call that was made, the newest first, with its confidence then and what came of it six hours later; now,
    or as it was known at a past moment."""
    after = places.number_at("calls", cursor) if cursor else 0
    made = await desk.records.calls()
    known = as_known(made, as_of) if as_of else made
    wanted = [one for one in known if not outcome or _came(one) in outcome]
    newest = sorted(wanted, key=lambda one: (one[0].at, -one[0].rank, one[0].topic), reverse=True)
    shown = newest[after : after + limit]
    more = places.behind("calls", after + limit) if len(newest) > after + limit else None
    return CallPage(await _told(desk.records, shown), more, as_of or await desk.records.clock())


def _came(made: Made) -> Came:
    _, outcome = made
    return "open" if outcome is None else "held" if outcome.held else "missed"


async def _told(records: Records, made: list[Made]) -> list[CallTold]:
    """The calls with a title of each: that of the newest original the topic was known by when it was called."""
    known = {item for call, _ in made for item in call.items[-LOOKED_AT:]}
    titles = {fact.item.id: fact.item.title for fact in await records.standing(sorted(known))}
    return [
        CallTold(
            call.topic,
            next((titles[item] for item in reversed(call.items[-LOOKED_AT:]) if item in titles), ""),
            call.at,
            call.rank,
            call.confidence,
            call.before,
            outcome,
        )
        for call, outcome in made
    ]
