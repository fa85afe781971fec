"""What became of an item: every one that was ever fetched has an answer."""

from __future__ import annotations

from fastapi import APIRouter

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import Address, ItemId
from trend_agent.api.rest.answers import FatePage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import FATE_PAGE, ITEM_TOLD
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.errors import Missing, Rejected
from trend_agent.storage import Told
from trend_agent.text.address import canonical

router = APIRouter(prefix="/api/v1", tags=["items"], dependencies=[READ], route_class=SparseRoute)


@router.get(
    "/items/{id:path}/fate", summary="Tell an item's fate", responses=answers(FATE_PAGE, 404, 422, 503)
)
async def fate_by_id(desk: AtDesk, item: ItemId) -> FatePage:
    """The verdict on an item with its reason, and the topics it has been in."""
    return FatePage(await desk.records.fate(item=item), None, await desk.records.clock())


@router.get("/items/{id:path}", summary="Show one item", responses=answers(ITEM_TOLD, 404, 422, 503))
async def item_by_id(desk: AtDesk, item: ItemId) -> Told:
    """What a source published, with its fate and the topic it is in."""
    return (await desk.records.fate(item=item))[0]


@router.get(
    "/fate", summary="Tell the fate of what an address holds", responses=answers(FATE_PAGE, 404, 422, 503)
)
async def fate_by_address(desk: AtDesk, address: Address) -> FatePage:
    """The same for every item that came from an address, however it was written."""
    try:
        known = canonical(address)
    except Rejected as fault:  # nothing can have come from there
        raise Missing(f"no item {address!r} was ever fetched: {fault}") from fault
    return FatePage(await desk.records.fate(address=known), None, await desk.records.clock())
