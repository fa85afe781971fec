"""What people say of topics: taken in, checked against what stands, obeyed, and listed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from trend_agent.api import cursor as places
from trend_agent.api.access import READ, WRITE, Caller
from trend_agent.api.access.writes import note
from trend_agent.api.desk import AtDesk, AtHands
from trend_agent.api.parameters import AsOf, CorrectionsPage, Limit
from trend_agent.api.rest.answers import CorrectionPage, Said
from trend_agent.api.rest.documented import answers, body
from trend_agent.api.rest.examples.trends import ASKED, CORRECTION_PAGE, SAID
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.api.rest.orders import PENDING
from trend_agent.processing.cluster.constraints import Constraints
from trend_agent.processing.saying import Asked

router = APIRouter(prefix="/api/v1/corrections", tags=["topics"], route_class=SparseRoute)


@router.get(
    "", summary="List the corrections", dependencies=[READ], responses=answers(CORRECTION_PAGE, 422, 503)
)
async def corrections(
    desk: AtDesk, limit: Limit = 50, cursor: CorrectionsPage = "", as_of: AsOf = None
) -> CorrectionPage:
    """What people said of topics, the newest first, with what it moved at once and whether it stands."""
    before = places.number_at("said", cursor) if cursor else places.LARGEST
    known = [c for c in await desk.records.corrections() if as_of is None or c.at <= as_of]
    standing = Constraints(known).standing
    found = [c for c in reversed(known) if c.id < before]
    more = places.behind("said", found[limit - 1].id) if len(found) > limit else None
    said = [Said(c, c.id in standing) for c in found[:limit]]
    return CorrectionPage(said, more, as_of or await desk.records.clock())


@router.post(
    "",
    status_code=201,
    summary="Put topics right",
    dependencies=[WRITE],
    responses={**answers(SAID, 404, 409, 422, 503, status=201, told="Made true"), **PENDING},
    openapi_extra=body(*ASKED),
)
async def correct(request: Request, hands: AtHands, caller: Caller, asked: Asked, response: Response) -> Said:
    """Merge topics, split items out of one, pin an item to one, take a pin back, or undo a correction. It holds for
    ever, whatever clustering thinks, until it is taken back. What contradicts a correction that stands is a conflict,
    and the answer names that one."""
    made = await hands.correct(asked, by=caller.name or caller.key_id or caller.kind)
    note(request, correction=made.id, kind=made.kind, topic=made.topic)
    response.headers["Location"] = "/api/v1/corrections"
    return Said(made, stands=made.kind != "undo")
