"""A worker's side of a job: take it in hand, do it, give signs meanwhile, and tell on the board what came of it."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

from trend_agent.errors import TrendError, Unavailable
from trend_agent.jobs import faults
from trend_agent.jobs.doing import do
from trend_agent.jobs.faults import GivenUp
from trend_agent.jobs.tools import Tools
from trend_agent.observability.log import logger
from trend_agent.storage.redis.board import Board

log = logger("jobs")

BEAT = 1.0
"""Seconds between two signs that a job is still in hand."""

INSISTED = 60.0
"""Seconds for which a worker tries to tell what came of a job."""


def holder() -> str:
    """This process, as the board calls it."""
    return f"{platform.node()}/{os.getpid()}"


async def attend(board: Board, tools: Tools, holder: str, key: str, job: str) -> None:
    """Do the job a message told of, unless it is done or in a living hand, and tell on the board what came of it."""
    attempt, most, asked = await insist(lambda: _taken(board, holder, key))
    if not attempt:
        return
    if attempt > most:
        worn = _told(GivenUp(f"the job {job!r} ended its process {_times(most)}"))
        await insist(lambda: board.fail(key, worn))
        return
    async with _beating(board, holder, key):
        try:
            answer = orjson.dumps(await do(tools, job, orjson.loads(asked)))
        except TrendError as fault:
            told = _told(fault)
            await insist(lambda: board.fail(key, told))
        except Exception as fault:  # whatever it is, who waits for the job has to hear of it
            log.exception("a job has a fault", job=job, attempt=attempt)
            words = f"{type(fault).__name__}: {fault}"
            failed = _told(GivenUp(f"the job {job!r} failed {_times(most)}, at last with {words[:500]}"))
            await insist(lambda: board.let_go(key) if attempt < most else board.fail(key, failed))
        else:
            await insist(lambda: board.answer(key, answer))


async def _taken(board: Board, holder: str, key: str) -> tuple[int, int, bytes]:
    before = (await board.look(key)).holder
    return await board.begin(key, holder, dead=before if _gone(before) else "")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that is no more."""
    host, _, number = holder.rpartition("/")
    if host != platform.node() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _told(fault: TrendError) -> bytes:
    return orjson.dumps(faults.plain(fault))


@asynccontextmanager
async def _beating(board: Board, holder: str, key: str) -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT)
            with suppress(Unavailable):
                await board.beat(key, holder)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


async def insist(tell: Callable[[], Awaitable[Any]], *, seconds: float = INSISTED) -> Any:
    """What `tell` gives, tried again while the board does not answer."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await tell()
        except Unavailable:
            if asyncio.get_running_loop().time() > end:
                raise
        await asyncio.sleep(0.5)
