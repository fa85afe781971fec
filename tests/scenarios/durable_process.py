"""A process of its own that runs a workflow of five steps, so that it can be killed.

`python durable_process.py PLACE LINES EXECUTOR KEY`: each step writes a line when it begins and one when it ends; the
third waits in between for as long as the file LINES.hold is there. KEY `-` runs what others began.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from trend_agent.settings import Settings
from trend_agent.workflow import SimpleWorkflowEngine, Work, WorkflowStep, create_custom_workflow
from trend_agent.workflow.place import place_of

STEPS = ("one", "two", "three", "four", "five")


class Line(WorkflowStep, kind="line"):
    file: str
    hold: bool = False

    async def run(self, work: Work) -> Any:
        self._write("begin")
        while self.hold and Path(f"{self.file}.hold").exists():  # noqa: ASYNC110  held from another process
            await asyncio.sleep(0.02)
        self._write("end")
        return {"seen": len(work.before)}

    def _write(self, what: str) -> None:
        with Path(self.file).open("a") as file:
            file.write(f"{self.name} {what}\n")


class Nothing:
    async def do(self, chore: str, arguments: dict[str, Any], *, key: str) -> Any:
        raise NotImplementedError

    async def close(self) -> None: ...


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def main(place: str, file: str, executor: str, key: str) -> None:
    steps = [Line(name=name, file=file, hold=name == "three") for name in STEPS]
    engine = SimpleWorkflowEngine(Settings(), crew=Nothing(), place=place_of(place), executor=executor)
    async with engine:
        if not engine.runs:
            sys.exit("another runs under this name")
        say("up")
        if key == "-":
            await asyncio.Event().wait()
        done = await engine.wait(await engine.start(create_custom_workflow("five", steps), key=key))
        say(done.state)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
