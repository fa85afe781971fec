"""How the whole stands: its sources, its ledger, and how good its calls were."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk, Desk
from trend_agent.api.kept import AtKeptDesk
from trend_agent.api.parameters import AsOf, Hours, OneSource
from trend_agent.api.rest.answers import Ledger, MissedPage, Quiet, Scored
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import LEDGER, MISSED_PAGE, SCORED
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.processing.missed import missed as estimated
from trend_agent.processing.scorecard import as_known
from trend_agent.processing.scorecard import scorecard as score
from trend_agent.sources.rhythm import LOOK_BACK, rhythms

router = APIRouter(prefix="/api/v1", tags=["standing"], dependencies=[READ], route_class=SparseRoute)
_missed = TypeAdapter(MissedPage)
_estimating = ThreadPoolExecutor(1, thread_name_prefix="estimates")


@router.get(
    "/missed",
    summary="Estimate what the sources did not see",
    response_model=MissedPage,
    responses=answers(MISSED_PAGE, 422, 503),
)
async def missed(desk: AtKeptDesk, hours: Hours = 24, as_of: AsOf = None) -> Response:
    """How many topics of each language there were beside those that were seen, from how the sources overlap; with a
    90 % interval. And the sources that have gone quiet against their own rhythm."""
    at = as_of or await desk.records.clock()

    async def make() -> bytes:
        return _missed.dump_json(await _page(desk, at, timedelta(hours=hours)))

    hour = f"{datetime.now(UTC):%Y-%m-%d %H}"  # a silence grows while nothing else changes
    return Response(
        await desk.answer("missed", str(at), str(hours), hour, make=make), media_type="application/json"
    )


async def _page(desk: Desk, at: datetime | None, span: timedelta) -> MissedPage:
    now = datetime.now(UTC)
    beats = rhythms(await desk.collected.visits(now - LOOK_BACK), now)
    quiet = [
        Quiet(key, beat.silence.total_seconds(), beat.usual, beat.chance)
        for key, beat in beats.items()
        if beat.quiet
    ]
    if at is None:
        return MissedPage([], quiet, None, None, None)
    facts = await desk.records.facts(since=at - span, until=at)
    # In a thread of its own: it takes seconds, nobody can stop it, and reading the records waits for threads as well.
    found = await asyncio.get_running_loop().run_in_executor(_estimating, estimated, facts)
    return MissedPage(found, quiet, at - span, None, at)


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
