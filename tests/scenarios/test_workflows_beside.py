"""Workflows in the process that settles for ever: whoever is at the stages when, the end is the same."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from trend_agent.app import make_pipeline, open_records
from trend_agent.errors import Conflict
from trend_agent.items import Item
from trend_agent.owner import Owner, owning
from trend_agent.service import keep_processing
from trend_agent.settings import Settings
from trend_agent.showing import Showing
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.workflow import SimpleWorkflowEngine, create_custom_workflow, get_template

STEPS = [{"kind": kind, "most": 120} for kind in ("detect_language", "deduplicate", "cluster")]


@pytest.fixture(scope="module")
def items() -> Sequence[Item]:
    until = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return list(World(seed=7, days=1, per_day=500, until=until).items())


@pytest.fixture(scope="module")
def clean(items: Sequence[Item], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of what one pipeline makes of the items, undisturbed."""
    settings = Settings(records=f"sqlite:///{tmp_path_factory.mktemp('clean')}/r.sqlite3", batch=40)

    async def run() -> str:
        async with open_records(settings, write=True) as book:
            await book.ingest([Arrival(item) for item in items])
            await make_pipeline(book, settings).drain()
            return await book.logical_hash()

    return asyncio.run(run())


@asynccontextmanager
async def up(folder: Path) -> AsyncIterator[tuple[Owner, SimpleWorkflowEngine]]:
    """An owner that settles what comes for ever, woken by every step of an engine that works with what it has."""
    settings = Settings(records=f"sqlite:///{folder}/r.sqlite3", batch=40, top=20)
    async with owning(settings) as owner:
        owner.pipeline.turns.patience = 0.2
        showing = Showing(owner.records, owner.pipeline, made_up=None)
        work = keep_processing(owner.pipeline, showing, owner.arrived, limit=20, pause=0.01)
        settling = asyncio.create_task(work)
        try:
            wake = partial(asyncio.get_running_loop().call_soon_threadsafe, owner.arrived.set)
            async with SimpleWorkflowEngine(settings, owning=lambda: nullcontext(owner)) as engine:
                engine.listeners.append(lambda _: wake() and None)
                yield owner, engine
        finally:
            settling.cancel()
            await asyncio.wait([settling])


async def until(there: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await there():  # noqa: ASYNC110  others make it true
            await asyncio.sleep(0.05)


async def all_settled(book: SqlRecords, count: int) -> None:
    async def settled() -> bool:
        return not (await book.balance()).waiting and await book.settled_until() >= count

    await until(settled)


async def test_steps_between_batches_lose_nothing_and_change_nothing(
    items: Sequence[Item], clean: str, tmp_path: Path
) -> None:
    async with up(tmp_path) as (owner, engine):
        ids = []
        for at in range(0, len(items), 250):
            await owner.records.ingest([Arrival(item) for item in items[at : at + 250]])
            ids.append(await engine.enqueue(get_template("processing_only", top_n_trends=10, most=90)))
        ended = [await engine.wait(one) for one in ids]
        await all_settled(owner.records, len(items))
        assert [e.state for e in ended] == ["done"] * len(ids), [e.error for e in ended]
        by_steps = sum(s.output["settled"] for e in ended for s in e.steps if s.name == "cluster")
        assert 0 < by_steps < len(items)
        assert await owner.records.logical_hash() == clean
        assert (await owner.records.balance()).holds
        assert await owner.records.check() == []


async def test_cut_in_the_middle_of_the_stages_the_rest_goes_on_as_if_nothing_had_been(
    items: Sequence[Item], clean: str, tmp_path: Path
) -> None:
    async with up(tmp_path) as (owner, engine):
        await owner.records.ingest([Arrival(item) for item in items])
        ids = []
        for wait in (0.05, 0.15, 0.3, 0.6):
            ids.append(await engine.enqueue(create_custom_workflow("cut", STEPS, repeat=True)))
            await asyncio.sleep(0.4 + wait)
            with suppress(Conflict):  # it may have come to its end
                await engine.cancel(ids[-1])
        await all_settled(owner.records, len(items))
        assert {(await engine.wait(one)).state for one in ids} <= {"cancelled", "done"}
        assert await owner.records.logical_hash() == clean
        assert await owner.records.check() == []


async def test_a_workflow_that_waits_for_a_person_between_two_stages_holds_nobody_up(
    items: Sequence[Item], clean: str, tmp_path: Path
) -> None:
    steps = [STEPS[0], STEPS[1], {"kind": "approval", "name": "ask"}, STEPS[2]]
    async with up(tmp_path) as (owner, engine):
        await owner.records.ingest([Arrival(item) for item in items[:200]])
        execution = await engine.enqueue(create_custom_workflow("asks", steps))

        async def asks() -> bool:
            found = await engine.repository.get(execution)
            return any(step.state == "approval" for step in found.steps)

        await until(asks)
        await owner.records.ingest([Arrival(item) for item in items[200:]])
        owner.arrived.set()
        await all_settled(owner.records, len(items))
        await engine.approve(execution, by="Ada")
        done = await engine.wait(execution)
        assert (done.state, done.outputs["cluster"]["settled"]) == ("done", 0)
        assert await owner.records.logical_hash() == clean


async def test_what_a_workflow_settles_is_on_the_list_that_is_shown(
    items: Sequence[Item], tmp_path: Path
) -> None:
    async with up(tmp_path) as (owner, engine):
        await owner.records.ingest([Arrival(item) for item in items])
        done = await engine.wait(await engine.enqueue(create_custom_workflow("settles", STEPS, repeat=True)))
        assert done.state == "done"

        async def shown() -> bool:
            return await owner.records.trends(limit=20) == await owner.pipeline.trends(limit=20)

        await until(shown)
        assert await owner.records.trends(limit=20)
