"""Search: the items a text is about."""

from __future__ import annotations

from fastapi import APIRouter

from trend_agent.api import cursor as places
from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import (
    FoundItemsPage,
    InLanguages,
    Limit,
    OfSources,
    OfTopics,
    SeenSince,
    SeenUntil,
    Text,
    WayOfSearch,
)
from trend_agent.api.rest.answers import FoundPage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import FOUND_PAGE
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.processing import finding
from trend_agent.storage.ports.vectors import Where

router = APIRouter(prefix="/api/v1", tags=["items"], dependencies=[READ], route_class=SparseRoute)

DEEPEST = 200
"""Items that all pages of one answer hold together: further down nothing is near any more. So many are searched for
whatever page is asked for, as the ranks of a merged list depend on how deep its lists are."""


@router.get("/search", summary="Search for items", responses=answers(FOUND_PAGE, 404, 422, 503))
async def search(
    desk: AtDesk,
    q: Text,
    way: WayOfSearch = "hybrid",
    source: OfSources = [],  # noqa: B006
    lang: InLanguages = [],  # noqa: B006
    topic: OfTopics = [],  # noqa: B006
    since: SeenSince = None,
    until: SeenUntil = None,
    limit: Limit = 20,
    cursor: FoundItemsPage = "",
) -> FoundPage:
    """Items by the words they hold (`keyword`, newest first), by how near they are in words and meaning (`semantic`),
    or by both lists merged. `way` of the answer is how it was searched: where the index of vectors does not answer,
    by words alone, and `degraded` says so.
    """
    after = places.found_place(cursor) if cursor else 0
    where = Where(since=since, until=until, sources=source, languages=lang, topics=topic)
    answer = await finding.search(desk.records, desk.index, q, way=way, where=where, limit=DEEPEST)
    more = places.found_after(after + limit) if len(answer.found) > after + limit else None
    return FoundPage(
        answer.found[after : after + limit], answer.way, answer.degraded, more, await desk.records.clock()
    )
