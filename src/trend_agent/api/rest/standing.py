"""How the whole stands: its sources and its ledger."""

from __future__ import annotations

from fastapi import APIRouter

from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import OneSource
from trend_agent.api.rest.answers import Ledger, SourcePage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import LEDGER, SOURCE_PAGE

router = APIRouter(prefix="/api/v1", tags=["standing"])


@router.get("/sources", summary="List the sources and their health", responses=answers(SOURCE_PAGE, 503))
async def sources(desk: AtDesk) -> SourcePage:
    """When each source was tried and answered last, what it delivered, and what its failures say."""
    return SourcePage(await desk.records.health(), None, await desk.records.clock())


@router.get("/ledger", summary="Balance the ledger", responses=answers(LEDGER, 422, 503))
async def ledger(desk: AtDesk, source: OneSource = "") -> Ledger:
    """How many items were fetched and what became of them; nothing is lost when it holds."""
    balance = await desk.records.balance(source=source)
    return Ledger(balance, balance.holds, await desk.records.clock())
