"""An empty job of ours, with all that the board does around it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis import Redis

from trend_agent.egress import Http
from trend_agent.items import digest
from trend_agent.jobs import Tools
from trend_agent.jobs.celery import Handed, Workshop, application, open_for_jobs, task_id
from trend_agent.storage.address import parsed
from trend_agent.storage.redis.board import Board

address = parsed(os.environ["BENCH_REDIS"], setting="BENCH_REDIS")
client = Redis.from_url(os.environ["BENCH_REDIS"])
app = application(address)
ASKED = b'{"arrivals":[],"configuration":""}'


class Empty:
    def __call__(self, arrivals: Sequence[Any]) -> list[Any]:
        client.incr("bench:done")
        return []


@asynccontextmanager
async def empty() -> AsyncIterator[Any]:
    yield Empty()


def tools() -> Tools:
    return Tools(configuration="", reader=empty, http=Http, pipeline=empty, outlets=empty)


open_for_jobs(app, Workshop(lambda: Board(address), tools), warm=lambda: None)


async def hand_out(count: int) -> None:
    handed = Handed(app, Board(address))
    for number in range(count):
        key = task_id(f"empty:{number}")
        await handed.board.post(key, digest("process"), ASKED, most=1)
        app.send_task("trend.process", task_id=key)
    await handed.board.close()
