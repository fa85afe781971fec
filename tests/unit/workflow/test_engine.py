"""The engine: what it remembers, how it tries again, how one steps in."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from engines import engine_at, running
from plain_steps import Flaky, Note, Odd, lines

from trend_agent.errors import Conflict, Missing, Rejected
from trend_agent.workflow import ApprovalStep, Progress, Retry, SimpleWorkflowEngine, create_custom_workflow
from trend_agent.workflow.execution import State

QUICK = Retry(attempts=3, first=0.01, longest=0.02)


@pytest.fixture
def spot(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'workflows.sqlite3'}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines"


async def until(look: Callable[[], Awaitable[bool]], *, seconds: float = 20) -> float:
    """Wait for something to become so; returns how long that took."""
    began = time.monotonic()
    while not await look():
        assert time.monotonic() - began < seconds
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def is_in(engine: SimpleWorkflowEngine, execution: str, step: str, state: str) -> bool:
    found = await engine.repository.get(execution)
    return any(r.name == step and r.state == state for r in found.steps)


async def test_each_step_gets_what_those_before_it_gave(spot: str, file: Path) -> None:
    steps = [
        Note(name="a", file=str(file), gives_back=1),
        Note(name="b", file=str(file), needs=("a",)),
        Note(name="c", file=str(file), needs=("a",)),
        Note(name="d", file=str(file), needs=("b", "c")),
    ]
    done = await engine_at(spot).execute(create_custom_workflow("diamond", steps))
    assert done.state == "done"
    assert done.outputs["d"]["seen"] == ["a", "b", "c"]
    assert done.steps[3].inputs["results"]["a"] == {"value": 1, "seen": []}
    assert all(step.seconds is not None and step.attempts == 1 for step in done.steps)


async def test_steps_that_do_not_need_each_other_run_side_by_side(spot: str, file: Path) -> None:
    steps = [Note(name=n, file=str(file), sleep=0.4, needs=()) for n in "abc"]
    await engine_at(spot).execute(create_custom_workflow("beside", steps))
    assert set(lines(file)[:3]) == {"a", "b", "c"}


async def test_what_passes_is_tried_again_and_counted(spot: str, tmp_path: Path) -> None:
    heard: list[Progress] = []
    step = Flaky(file=str(tmp_path / "x"), times=2, retry=QUICK)
    done = await engine_at(spot, listeners=[heard.append]).execute(create_custom_workflow("flaky", [step]))
    assert (done.state, done.steps[0].attempts, done.outputs["flaky"]) == ("done", 3, {"tries": 3})
    assert [p.what for p in heard] == ["began", "again", "began", "again", "began", "worked", "remembered"]


async def test_what_does_not_pass_fails_and_can_be_run_again_from_there(spot: str, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    steps = [Note(name="a", file=str(file)), Flaky(file=str(tmp_path / "x"), times=3, retry=QUICK)]
    async with running(spot) as engine:
        failed = await engine.execute(create_custom_workflow("twice", steps))
        assert failed.state == "failed"
        assert failed.error == "step 'flaky' failed after 3 attempts: not yet"
        again = await engine.wait(await engine.rerun(failed.id, "flaky"))
    assert (again.state, again.forked_from) == ("done", failed.id)
    assert lines(file) == ["a", "a end"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("never", "it took longer than 0.3 seconds"),
        ("large", "it gave 100,000,002 bytes, wanted are 1,048,576 at most"),
        ("object", "it gave what is no JSON"),
        ("nan", "it gave what is no JSON"),
        ("surrogate", "it gave what is no JSON"),
        ("deep", "it gave what is no JSON"),
        ("bug", "KeyError: 'nothing'"),
    ],
)
async def test_a_step_that_does_what_it_should_not_is_named_and_leaves_nothing_running(
    spot: str, what: str, words: str
) -> None:
    step = Odd(what=what, timeout=0.3 if what == "never" else 60, retry=Retry(attempts=1))
    async with running(spot) as engine:
        before = asyncio.all_tasks()
        done = await engine.execute(create_custom_workflow("odd", [step]))
        await asyncio.sleep(0.05)
        left = {t for t in asyncio.all_tasks() - before if not t.done()}
    assert done.state == "failed"
    assert done.error.startswith("step 'odd' failed: ")
    assert words in done.error
    assert [t for t in left if "run" in repr(t.get_coro()) and "Odd" in repr(t.get_coro())] == []


async def test_a_failure_cuts_what_runs_beside_it(spot: str, file: Path) -> None:
    steps = [
        Odd(what="bug", needs=()),
        Note(name="slow", file=str(file), sleep=30, needs=()),
        Note(name="after", file=str(file), needs=("odd",)),
    ]
    done = await engine_at(spot).execute(create_custom_workflow("cut", steps))
    assert [(s.name, s.state) for s in done.steps] == [
        ("odd", "failed"),
        ("slow", "cut"),
        ("after", "waiting"),
    ]
    assert "slow end" not in lines(file)


async def test_paused_it_stops_and_resumed_it_goes_on_behind_the_last_step(spot: str, file: Path) -> None:
    steps = [Note(name=n, file=str(file), sleep=0.3 if n != "c" else 0) for n in "abc"]
    async with running(spot) as engine:
        execution = await engine.start(create_custom_workflow("slow", steps))
        await until(lambda: is_in(engine, execution, "a", "done"))
        began = time.monotonic()
        await engine.pause(execution)
        assert (await engine.repository.get(execution)).state == "paused"
        assert time.monotonic() - began <= 1
        await asyncio.sleep(1.5)
        assert "c" not in lines(file)
        await engine.resume(execution)
        assert await until(lambda: is_in(engine, execution, "b", "running")) <= 1
        done = await engine.wait(execution)
    assert done.state == "done"
    assert lines(file).count("a") == 1
    assert lines(file)[-1] == "c end"


async def test_cancelled_it_cuts_a_running_step_and_ends(spot: str, file: Path) -> None:
    async with running(spot) as engine:
        execution = await engine.start(
            create_custom_workflow("slow", [Note(name="a", file=str(file), sleep=30), "collect"])
        )
        await until(lambda: is_in(engine, execution, "a", "running"))
        await engine.cancel(execution)
        done = await engine.wait(execution)
        assert (done.state, done.steps[0].state) == ("cancelled", "cut")
        with pytest.raises(Conflict, match="is cancelled, not waiting or running"):
            await engine.cancel(execution)
    assert "a end" not in lines(file)


async def test_a_workflow_has_a_time_limit_of_its_own(spot: str, file: Path) -> None:
    steps = [Note(name="a", file=str(file), sleep=30)]
    done = await engine_at(spot).execute(create_custom_workflow("late", steps, timeout=0.5))
    assert (done.state, done.error) == ("timed out", "timed out after 0.5 seconds")


@pytest.mark.parametrize(("yes", "state"), [(True, "done"), (False, "failed")])
async def test_a_person_decides(spot: str, file: Path, yes: bool, state: State) -> None:
    steps = [ApprovalStep(name="ask", needs=()), Note(name="a", file=str(file))]
    async with running(spot) as engine:
        execution = await engine.start(create_custom_workflow("ask", steps))
        await until(lambda: is_in(engine, execution, "ask", "approval"))
        with pytest.raises(Conflict, match="no step waits"):
            await engine.approve(execution, "other")
        await engine.approve(execution, yes=yes, by="Ada", note="as agreed")
        done = await engine.wait(execution)
    assert done.state == state
    assert lines(file) == (["a", "a end"] if yes else [])
    if yes:
        assert done.outputs["ask"]["by"] == "Ada"
    else:
        assert "Ada said no: as agreed" in done.error


async def test_a_key_used_before_is_the_same_execution(spot: str, file: Path) -> None:
    made = create_custom_workflow("once", [Note(name="a", file=str(file))])
    async with running(spot) as engine:
        first = await engine.execute(made, key="k-1")
        second = await engine.execute(made, key="k-1")
    assert first.id == second.id == "k-1"
    assert lines(file) == ["a", "a end"]


async def test_what_is_remembered_is_listed_and_can_be_forgotten(spot: str, file: Path) -> None:
    engine = engine_at(spot)
    with pytest.raises(Missing, match="no workflow was ever run here"):
        await engine.repository.list()
    async with engine:
        done = await engine.execute(create_custom_workflow("one", [Note(name="a", file=str(file))]))
        await engine.execute(create_custom_workflow("two", [Odd(what="bug")]))
        assert {(e.workflow, e.state) for e in await engine.repository.list()} == {
            ("two", "failed"),
            ("one", "done"),
        }
        assert [e.id for e in await engine.repository.list(state="done")] == [done.id]
        assert [e.workflow for e in await engine.repository.list(workflow="two")] == ["two"]
        assert await engine.repository.forget(done.created - timedelta(seconds=1)) == 0
        assert await engine.repository.forget(done.created + timedelta(seconds=60)) == 2
        assert await engine.repository.list() == []
        with pytest.raises(Missing, match="no execution 'nothing'"):
            await engine.repository.get("nothing")


async def test_there_is_one_engine_in_a_process(spot: str, tmp_path: Path) -> None:
    async with running(spot):
        with pytest.raises(Conflict, match="an engine is up in this process already"):
            async with running(f"sqlite:///{tmp_path / 'other.sqlite3'}"):
                pass
    async with running(f"sqlite:///{tmp_path / 'other.sqlite3'}") as engine:
        assert engine.runs
    assert await asyncio.to_thread(lambda: 1) == 1


async def test_rerun_wants_a_step_that_is_there(spot: str, file: Path) -> None:
    async with running(spot) as engine:
        done = await engine.execute(create_custom_workflow("one", [Note(name="a", file=str(file))]))
        with pytest.raises(Rejected, match="has no step 'b'; it has 'a'"):
            await engine.rerun(done.id, "b")
