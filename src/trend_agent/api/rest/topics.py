"""Topics under any name they had, the headlines they wore, and what people said of them."""

from __future__ import annotations

from fastapi import APIRouter

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import AsOf, TopicId
from trend_agent.api.rest.answers import HeadlinePage, OneTopic
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples.trends import HEADLINE_PAGE, TOPIC
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.api.rest.trends import listed_at
from trend_agent.items import Lineage
from trend_agent.processing.citing import headlines as worn

router = APIRouter(prefix="/api/v1/topics", tags=["topics"], dependencies=[READ], route_class=SparseRoute)


@router.get("/{id}", summary="Show one topic", responses=answers(TOPIC, 404, 422, 503))
async def topic(desk: AtDesk, topic: TopicId) -> OneTopic:
    """The topic an id leads to: a topic that was merged into another is that other by now."""
    found = await desk.records.topic(topic)
    places = await desk.records.places(found.id, limit=1)
    rank = next((t.rank for t in await listed_at(desk, None) if t.topic == found.id), None)
    return OneTopic(
        topic=found,
        names=await desk.records.names(found.id),
        ended=at_rest(found.id, await desk.records.lineage(found.id)),
        headline=places[-1].headline.text if places else "",
        rank=rank,
        at=await desk.records.clock(),
    )


def at_rest(topic: str, changes: list[Lineage]) -> bool:
    """Whether the last that became of a topic is that it ended."""
    turns = [c.change for c in changes if c.topic == topic and c.change in ("ended", "woken")]
    return turns[-1:] == ["ended"]


@router.get(
    "/{id}/headlines",
    summary="List the headlines a topic had",
    responses=answers(HEADLINE_PAGE, 404, 422, 503),
)
async def headlines(desk: AtDesk, topic: TopicId, as_of: AsOf = None) -> HeadlinePage:
    """How its headline followed the story, by the last list of each hour that is kept."""
    places = await desk.records.places(topic, until=as_of)
    return HeadlinePage(worn(places), None, as_of or await desk.records.clock())
