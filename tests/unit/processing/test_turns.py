"""Turns at the stages: batches wait for a workflow's next step a moment, and no longer."""

import asyncio
import threading
import time

import pytest

from trend_agent.processing.turns import Turns, uncut


async def taken(turns: Turns, order: list[str]) -> None:
    async with turns.batch():
        order.append("batch")


async def test_a_batch_waits_for_the_step_that_is_expected() -> None:
    turns, order = Turns(patience=5), ["expected"]
    turns.expect(lambda: order.append("put away"))
    batch = asyncio.create_task(taken(turns, order))
    await asyncio.sleep(0.02)
    async with turns.step():
        turns.go_on()
        order.append("step")
        await asyncio.sleep(0.02)
    turns.expect()
    turns.go_on()
    assert order == ["expected", "step"]
    batch.cancel()


async def test_a_step_that_does_not_come_is_waited_for_only_so_long_and_its_span_put_away_once() -> None:
    turns, order = Turns(patience=0.1), []
    turns.expect(lambda: order.append("put away"))
    began = time.monotonic()
    await taken(turns, order)
    await taken(turns, order)
    assert order == ["put away", "batch", "batch"]
    assert 0.09 <= time.monotonic() - began < 2


async def test_batch_and_step_are_never_there_at_once() -> None:
    turns, there = Turns(patience=0), 0

    async def busy(by_batch: bool) -> None:
        nonlocal there
        for _ in range(20):
            async with turns.batch() if by_batch else turns.step():
                there += 1
                assert there == 1
                await asyncio.sleep(0.001)
                there -= 1

    await asyncio.gather(busy(True), busy(False), busy(True), busy(False))


async def test_who_is_cut_waits_for_the_thread_that_is_at_work() -> None:
    may_end, ended = threading.Event(), threading.Event()

    def work() -> None:
        may_end.wait()
        ended.set()

    task = asyncio.create_task(uncut(asyncio.to_thread(work)))
    await asyncio.sleep(0.05)
    task.cancel()
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_what_is_not_cut_gives_its_result_or_its_fault() -> None:
    async def fine() -> int:
        return 3

    async def broken() -> int:
        raise ValueError("no")

    assert await uncut(fine()) == 3
    with pytest.raises(ValueError, match="no"):
        await uncut(broken())
