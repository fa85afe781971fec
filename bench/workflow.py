"""What the workflow engine adds to the steps of DBOS, which it stands on, in one run on the same file of SQLite.

`python -m bench.workflow`: workflows of 50 empty steps, plain DBOS and the engine in turn; processor time and wall
time per step, best and median of the rounds. A step lasts because its result is written to disk: that is the
price, about the same for both, and it is paid per step, never per item.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from dbos import DBOS

from bench.kept import keep
from trend_agent.settings import Settings
from trend_agent.workflow import SimpleWorkflowEngine, Work, WorkflowStep, create_custom_workflow
from trend_agent.workflow.place import place_of

STEPS = 50
ROUNDS = 12


class Empty(WorkflowStep, kind="empty"):
    async def run(self, work: Work) -> Any:
        return {"n": 1}


class Nothing:
    async def do(self, chore: str, arguments: dict[str, Any], *, key: str) -> Any:
        raise NotImplementedError

    async def close(self) -> None: ...


@DBOS.workflow(name="plain")
async def plain() -> int:
    async def empty() -> dict[str, int]:
        return {"n": 1}

    for n in range(STEPS):
        await DBOS.run_step_async({"name": f"s{n}", "preemptible": True}, empty)
    return STEPS


async def run_plain() -> None:
    await (await DBOS.start_workflow_async(plain)).get_result()


async def measured(work: Any) -> tuple[float, float]:
    """Processor and wall milliseconds of a step."""
    cpu, wall = time.process_time(), time.perf_counter()
    await work()
    return (time.process_time() - cpu) / STEPS * 1e3, (time.perf_counter() - wall) / STEPS * 1e3


async def rounds(folder: Path) -> dict[str, list[tuple[float, float]]]:
    steps = [Empty(name=f"s{n}") for n in range(STEPS)]
    definition = create_custom_workflow("empty", steps)
    place = place_of(f"sqlite:///{folder / 'workflows.sqlite3'}")
    found: dict[str, list[tuple[float, float]]] = {"dbos": [], "engine": []}
    async with SimpleWorkflowEngine(Settings(), crew=Nothing(), place=place) as engine:

        async def run_engine() -> None:
            assert (await engine.execute(definition)).state == "done"

        await run_plain()
        await run_engine()
        for _ in range(ROUNDS):
            found["dbos"].append(await measured(run_plain))
            found["engine"].append(await measured(run_engine))
    return found


def told(pairs: list[tuple[float, float]]) -> dict[str, float]:
    cpu, wall = zip(*pairs, strict=True)
    return {
        "cpu_ms": round(min(cpu), 3),
        "cpu_ms_median": round(median(cpu), 3),
        "wall_ms": round(min(wall), 3),
        "wall_ms_median": round(median(wall), 3),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = {name: told(pairs) for name, pairs in asyncio.run(rounds(Path(folder))).items()}
    over = {key: round(found["engine"][key] / found["dbos"][key] - 1, 3) for key in found["dbos"]}
    keep("workflow", {"steps": STEPS, "rounds": ROUNDS, "per_step": found, "engine_over_dbos": over})


if __name__ == "__main__":
    main()
