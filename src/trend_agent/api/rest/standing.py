"""How the whole stands: its sources, its ledger, and how good its calls were."""

from __future__ import annotations

from fastapi import APIRouter

from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import AsOf, OneSource
from trend_agent.api.rest.answers import Ledger, Scored, SourcePage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import LEDGER, SCORED, SOURCE_PAGE
from trend_agent.processing.scorecard import as_known
from trend_agent.processing.scorecard import scorecard as score

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


@router.get("/scorecard", summary="Score the calls of a rise", responses=answers(SCORED, 422, 503))
async def scorecard(desk: AtDesk, as_of: AsOf = None) -> Scored:
    """Each call that a topic is rising was written down when it was made and resolved six hours later: how many held,
    precision at k, lead over the median source, and Brier score; now, or as it was known at a past moment."""
    at = as_of or await desk.records.clock()
    made = await desk.records.calls()
    return Scored(score(as_known(made, as_of) if as_of else made), at)
