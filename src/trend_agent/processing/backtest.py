"""Walk settled records forward and score the calls that would have been made, without looking ahead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from trend_agent.items import Call, Outcome
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.scorecard import HORIZON, calls_of, outcome_of

Made = list[tuple[Call, Outcome | None]]


async def walk(
    pipeline: Pipeline,
    begin: datetime,
    end: datetime,
    *,
    every: timedelta = timedelta(hours=1),
    top: int = 50,
    progress: Callable[[datetime], None] = lambda _: None,
) -> Made:
    """The calls of each moment from `begin` on, with what came of those whose hours were over by `end`.

    The list of a moment rests on the facts up to it, as a past list does anywhere; so do its calls.
    """
    window = pipeline.ranker.settings.window
    made: list[Call] = []
    at = begin
    while at <= end:
        trends = await pipeline.trends(at=at, limit=top)
        running = {call.topic for call in made if call.at + HORIZON > at}
        facts = await pipeline.records.facts(since=at - HORIZON, until=at)
        made += calls_of(trends, facts, running)
        progress(at)
        at += every
    found: Made = []
    for over in sorted({call.at for call in made}):
        until = over + HORIZON
        facts = await pipeline.records.facts(since=until - window, until=until) if until <= end else []
        found += [(c, outcome_of(c, facts) if until <= end else None) for c in made if c.at == over]
    return found
