"""Two processes keep one schedule, and one of them is killed: each tick is run once."""

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from durable_process import Line, Nothing

from trend_agent.settings import Settings
from trend_agent.workflow import Schedule, SimpleWorkflowEngine, create_custom_workflow
from trend_agent.workflow.place import place_of

PROGRAM = Path(__file__).with_name("durable_process.py")


def serving(place: str, file: Path, executor: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), place, str(file), executor, "-"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def up(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == "up\n"


def engine_at(place: str) -> SimpleWorkflowEngine:
    return SimpleWorkflowEngine(Settings(), crew=Nothing(), place=place_of(place), executor="pod-2")


@pytest.mark.timeout(240)
async def test_each_tick_is_run_once_by_two_schedulers_of_which_one_is_lost(
    place: str, tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    made = create_custom_workflow("tick", [Line(name="tick", file=str(file))])
    async with engine_at(place) as engine:
        await engine.schedule(Schedule("often", made, "* * * * * *", catch_up=1000))
        await asyncio.sleep(3)
    begun = [await asyncio.to_thread(serving, place, file, f"pod-{n}") for n in range(2)]
    try:
        for process in begun:
            await up(process)
        await asyncio.sleep(4)
        begun[0].kill()
        await asyncio.sleep(8)
    finally:
        for process in begun:
            process.kill()
            process.communicate()
    async with engine_at(place) as engine:
        await engine.timetable.remove("often")
        await asyncio.sleep(6)  # time to take over from the two
        found = [e for e in await engine.repository.list(limit=1000) if e.schedule == "often"]
        ended = [await engine.wait(one.id) for one in found]
    assert len(found) >= 12
    moments = sorted(datetime.fromisoformat(one.id.removeprefix("sched-often-")) for one in found)
    assert [b - a for a, b in pairwise(moments)] == [timedelta(seconds=1)] * (len(moments) - 1)
    assert [one.state for one in ended] == ["done"] * len(ended)
    ends = file.read_text().split("\n").count("tick end")
    begun_anew = sum(one.recoveries for one in ended)  # what a killed process had under way
    assert len(found) <= ends <= len(found) + begun_anew
