"""The jobs there are, by name."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from trend_agent.errors import Missing, Rejected
from trend_agent.jobs.collect import collect
from trend_agent.jobs.lists import deliver, refresh_trends, summarise
from trend_agent.jobs.process import process
from trend_agent.jobs.tools import Tools

Job = Callable[..., Awaitable[Any]]

JOBS: Mapping[str, Job] = {
    "collect": collect,
    "process": process,
    "refresh_trends": refresh_trends,
    "summarise": summarise,
    "deliver": deliver,
}

PRIORITIES: Mapping[str, int] = {
    "deliver": 9,
    "refresh_trends": 8,
    "summarise": 6,
    "collect": 4,
    "process": 2,
}
"""0 to 9; the highest first: what a reader waits for before what only fills the log."""


async def do(tools: Tools, job: str, arguments: Mapping[str, Any]) -> Any:
    """Do a job here. `Missing` where there is none of that name, `Rejected` where its arguments are others."""
    found = JOBS.get(job)
    if found is None:
        raise Missing(f"no job called {job!r}; there are {', '.join(sorted(JOBS))}")
    try:
        inspect.signature(found).bind(tools, **arguments)
    except TypeError as fault:
        raise Rejected(f"the job {job!r} cannot be done like that: {fault}") from fault
    return await found(tools, **arguments)
