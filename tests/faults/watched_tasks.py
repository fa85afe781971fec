"""Workers as `trend_agent.tasks` makes them, whose reader writes down what it reads and obeys what items tell it.

An item titled `KILL` ends the process, `RAISE` raises, `SLOW` takes two seconds.
Run as `celery -A watched_tasks worker`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from trend_agent.app import configuration, make_reader, open_board
from trend_agent.egress import Http
from trend_agent.jobs import Tools
from trend_agent.jobs.celery import Workshop, application, open_for_jobs
from trend_agent.processing.reading import Page, Reader
from trend_agent.settings import load
from trend_agent.storage import Arrival
from trend_agent.storage.address import parsed

settings = load()
book = Path(os.environ["WATCHED_BOOK"])


class Watched(Reader):
    def __call__(self, arrivals: Sequence[Arrival]) -> list[Page]:
        titles = {arrival.item.title for arrival in arrivals}
        with book.open("a", encoding="utf-8") as lines:
            lines.write(f"{os.getpid()} {' '.join(arrival.item.id for arrival in arrivals)}\n")
        if "KILL" in titles:
            os.kill(os.getpid(), signal.SIGKILL)
        if "RAISE" in titles:
            raise RecursionError("too deep")
        if "SLOW" in titles:
            time.sleep(2)
        return super().__call__(arrivals)


def watched() -> Watched:
    reader = make_reader(settings)
    own = Watched()
    own.stages = reader.stages
    return own


@asynccontextmanager
async def reader() -> AsyncIterator[Reader]:
    yield watched()


@asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    raise NotImplementedError("these workers only read")
    yield


def tools() -> Tools:
    return Tools(
        configuration=configuration(settings), reader=reader, http=Http, pipeline=nothing, outlets=nothing
    )


app = application(parsed(settings.broker, setting="TREND_BROKER"), seconds=settings.job_seconds)
open_for_jobs(app, Workshop(lambda: open_board(settings), tools), warm=make_reader(settings).warm)
