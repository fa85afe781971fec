"""What became of an item: every one that was ever fetched has an answer."""

from __future__ import annotations

from fastapi import APIRouter

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import Address, ItemId
from trend_agent.api.rest.answers import FatePage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import FATE_PAGE
from trend_agent.text.address import canonical

router = APIRouter(prefix="/api/v1", tags=["items"], dependencies=[READ])


@router.get(
    "/items/{id:path}/fate", summary="Tell an item's fate", responses=answers(FATE_PAGE, 404, 422, 503)
)
async def fate_by_id(desk: AtDesk, item: ItemId) -> FatePage:
    """The verdict on an item with its reason, and the topics it has been in."""
    return FatePage(await desk.records.fate(item=item), None, await desk.records.clock())


@router.get(
    "/fate", summary="Tell the fate of what an address holds", responses=answers(FATE_PAGE, 404, 422, 503)
)
async def fate_by_address(desk: AtDesk, address: Address) -> FatePage:
    """The same for every item that came from an address, however it was written."""
    told = await desk.records.fate(address=canonical(address))
    return FatePage(told, None, await desk.records.clock())
