"""Steps and a crew for tests of the engine: small, quick, and with an eye on how often they run."""

import asyncio
from pathlib import Path
from typing import Any

from trend_agent.errors import Missing, Unavailable
from trend_agent.workflow import Work, WorkflowStep


class NoCrew:
    """There is nothing it can do."""

    async def do(self, chore: str, arguments: dict[str, Any], *, key: str) -> Any:
        raise Missing(f"no chore called {chore!r}")

    async def close(self) -> None: ...


class Note(WorkflowStep, kind="note"):
    """Writes a line into a file, then hands on what it was given."""

    file: str
    gives_back: int = 1
    sleep: float = 0

    async def run(self, work: Work) -> Any:
        add_line(self.file, self.name)
        await asyncio.sleep(self.sleep)
        add_line(self.file, f"{self.name} end")
        return {"value": self.gives_back, "seen": sorted(work.before)}


class Flaky(WorkflowStep, kind="flaky"):
    """Is unavailable the first few times."""

    file: str
    times: int = 2

    async def run(self, work: Work) -> Any:
        path = Path(self.file)
        path.write_text(path.read_text() + "x" if path.exists() else "x")
        if len(path.read_text()) <= self.times:
            raise Unavailable("not yet")
        return {"tries": len(path.read_text())}


class Odd(WorkflowStep, kind="odd"):
    """Does one of the things a step should not do."""

    what: str

    async def run(self, work: Work) -> Any:
        match self.what:
            case "never":
                await asyncio.Event().wait()
            case "large":
                return "x" * 100_000_000
            case "object":
                return {"a": object()}
            case "nan":
                return float("nan")
            case "surrogate":
                return "\ud800"
            case "bug":
                return {}["nothing"]
            case "deep":
                found: list[Any] = []
                for _ in range(100_000):
                    found = [found]
                return found
        return None


def lines(path: Path) -> list[str]:
    return path.read_text().split("\n")[:-1] if path.exists() else []


def add_line(path: str, line: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{line}\n")
