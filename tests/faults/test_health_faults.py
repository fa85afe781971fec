"""Readiness tells what is so: within seconds after the records went away, and after they came back."""

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from postgres_server import Server, server
from trend_agent.owner import owning
from trend_agent.service import keep_checking, keep_processing
from trend_agent.settings import Settings
from trend_agent.showing import Showing
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server to be stopped."""
    with server() as running:
        yield running


async def until(showing: Showing, ready: bool, *, seconds: float) -> None:
    began = time.monotonic()
    while showing.ready()[0] != ready:
        assert time.monotonic() - began <= seconds, f"after {seconds} s: {showing.ready()}"
        await asyncio.sleep(0.05)


@pytest.mark.timeout(120)
async def test_records_that_go_away_are_told_of_within_five_seconds_and_their_return_within_fifteen(
    own_server: Server, noon: datetime
) -> None:
    settings = Settings(records=own_server.url(), batch=100)
    items = list(World(seed=1, until=noon).items())
    async with owning(settings) as owner:
        showing = Showing(owner.records, owner.pipeline, made_up=None)
        work = [
            asyncio.create_task(keep_checking(owner.records, showing)),
            asyncio.create_task(keep_processing(owner.pipeline, showing, owner.arrived, limit=20)),
        ]
        try:
            await until(showing, True, seconds=5)
            await asyncio.to_thread(own_server.stop, "immediate")
            await until(showing, False, seconds=5)
            assert showing.ready()[1]["records"] == "do not answer"
            owner.arrived.set()  # so that processing is held up as well
            await asyncio.sleep(1)
            await asyncio.to_thread(own_server.start)
            await until(showing, True, seconds=15)
            await owner.records.ingest([Arrival(item) for item in items[:50]])
            owner.arrived.set()
            async with asyncio.timeout(30):
                while (await owner.records.balance()).waiting:  # noqa: ASYNC110  the other task settles it
                    await asyncio.sleep(0.05)
        finally:
            for task in work:
                task.cancel()
            await asyncio.wait(work)
