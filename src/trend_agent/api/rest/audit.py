"""The audit log: who did what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from trend_agent.api import cursor as places
from trend_agent.api.access import ADMIN
from trend_agent.api.access.serving import AtAccess
from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import DeedsPage, Limit
from trend_agent.api.rest.access_answers import DEED_PAGE, DeedPage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.fields import SparseRoute

router = APIRouter(
    prefix="/api/v1/admin/audit", tags=["administration"], dependencies=[ADMIN], route_class=SparseRoute
)

By = Annotated[str, Query(pattern="^[0-9A-Za-z]{0,40}$", description="only what the key of this id did")]


@router.get("", summary="Read the audit log", responses=answers(DEED_PAGE, 422, 503))
async def audit(
    desk: AtDesk, access: AtAccess, limit: Limit = 100, cursor: DeedsPage = "", caller: By = ""
) -> DeedPage:
    """Every request that changed something or was meant to, newest first: by whom, from where, and with what result.
    Lines are sealed one upon the other and are never changed; `trend doctor` checks them."""
    before = places.deeds_place(cursor) if cursor else None
    deeds = await access.store.deeds(limit + 1, before=before, caller=caller)
    more = places.deeds_before(deeds[limit - 1].number) if len(deeds) > limit else None
    return DeedPage(deeds[:limit], more, await desk.records.clock())
