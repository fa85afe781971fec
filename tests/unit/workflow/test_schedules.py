"""Schedules: each tick once, whoever keeps them, and not too many after a long night."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from engines import engine_at
from plain_steps import Note, lines

from trend_agent.errors import Missing, Rejected
from trend_agent.workflow import Schedule, SimpleWorkflowEngine, create_custom_workflow
from trend_agent.workflow.schedule import is_due, missed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUARTERS = "*/15 * * * *"


@pytest.mark.parametrize(
    ("ago", "catch_up", "due"),
    [
        (0, 0, True),
        (0, 1, True),
        (14, 1, True),
        (15, 1, False),
        (15, 2, True),
        (30, 2, False),
        (360, 24, False),
    ],
)
def test_a_tick_is_due_while_it_is_among_the_newest(ago: int, catch_up: int, due: bool) -> None:
    tick = NOON - timedelta(minutes=ago - ago % 15)
    seen = tick + timedelta(minutes=ago)
    assert is_due(tick, seen, cron=QUARTERS, catch_up=catch_up) is due


@pytest.mark.parametrize(
    ("hours", "catch_up", "ticks"), [(6, 0, 0), (6, 1, 1), (6, 4, 4), (6, 100, 24), (0.1, 4, 1), (0, 4, 0)]
)
def test_of_six_missed_hours_only_so_many_ticks_are_made_up_for(
    hours: float, catch_up: int, ticks: int
) -> None:
    last, now = NOON - timedelta(hours=hours), NOON + timedelta(minutes=5)
    start = missed(last, now, cron=QUARTERS, catch_up=catch_up)
    found = 0 if start is None else int((NOON - start) / timedelta(minutes=15)) + 1
    assert found == ticks


def test_a_schedule_that_is_wrong_is_named(tmp_path: Path) -> None:
    made = create_custom_workflow("one", [Note(name="a", file="f")])
    with pytest.raises(Rejected, match="wants a crontab"):
        Schedule("s", made, "every day")
    with pytest.raises(Rejected, match="is in no zone 'Mars'"):
        Schedule("s", made, QUARTERS, zone="Mars")
    with pytest.raises(Rejected, match="a schedule's name"):
        Schedule("s/1", made, QUARTERS)


@pytest.fixture
def spot(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'workflows.sqlite3'}"


async def ticks(engine: SimpleWorkflowEngine) -> list[str]:
    return sorted(e.id for e in await engine.repository.list(limit=1000) if e.id.startswith("sched-"))


async def test_a_schedule_runs_at_its_times_until_it_is_taken_back(spot: str, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    async with engine_at(spot) as engine:
        await engine.schedule(
            Schedule("often", create_custom_workflow("one", [Note(file=str(file))]), "* * * * * *")
        )
        for _ in range(200):
            await asyncio.sleep(0.1)
            if len(lines(file)) >= 4:
                break
        [(schedule, kept, last)] = await engine.timetable.list()
        assert (schedule.name, schedule.definition.name, kept) == ("often", "one", True)
        assert last
        await engine.timetable.remove("often")
        assert await engine.timetable.list() == []
        with pytest.raises(Missing, match="no schedule called 'often'; there are none"):
            await engine.timetable.remove("often")
        [*_, found] = await engine.repository.list(workflow="one")
        assert found.schedule == "often"


async def test_after_six_hours_the_newest_ticks_are_made_up_for_once(spot: str, tmp_path: Path) -> None:
    file = tmp_path / "lines"
    made = create_custom_workflow("one", [Note(file=str(file))])
    async with engine_at(spot) as engine:
        await engine.schedule(Schedule("quarters", made, QUARTERS, catch_up=3))
        now = datetime.now(UTC)
        before = now - timedelta(hours=6)
        await engine.repository.ask(lambda c: c._sys_db.update_last_fired_at("quarters", before.isoformat()))
        assert await engine.timetable.catch_up(await engine.timetable.fired(), now) == 3
        assert (
            await engine.timetable.catch_up(await engine.timetable.fired(), now) == 3
        )  # a second scheduler asks for the same, by the same ids
        found = await ticks(engine)
        for tick in found:
            await engine.wait(tick)
    assert len(found) == 3
    assert lines(file).count("note") == 3
