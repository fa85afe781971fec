"""A step: a piece of work that is remembered once it is done. Its fields are what can be set.

A step is one class, declared as `class CollectDataStep(WorkflowStep, kind="collect")`; definitions name it by its
kind. It gets what the steps before it gave and gives a small JSON object itself: references and counts, never items.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from trend_agent.errors import Conflict, Missing, Unavailable
from trend_agent.workflow.crew import Crew

PASSING = (Unavailable, Conflict, TimeoutError, ConnectionError)
"""What may pass if it is tried again; anything else a step raises ends it at once."""


LONGEST = 31_536_000.0
"""Seconds of the longest time limit: a year."""


class Retry(BaseModel):
    """How often a step is tried and how long it waits in between: exponentially longer, and by chance up to a half
    less, so that many who failed together do not come back together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: int = Field(default=4, ge=1, le=100, description="how often it is tried in all")
    first: float = Field(default=0.5, ge=0, le=3600, description="seconds before the second attempt")
    factor: float = Field(default=2, ge=1, le=10, description="how many times longer each next wait is")
    longest: float = Field(default=60, ge=0, le=86400, description="seconds that no wait exceeds")

    def wait(self, attempt: int, fault: BaseException, chance: Random) -> float:
        """Seconds to wait after the failed `attempt`, counted from 1; never less than the other side asked for."""
        wait = min(self.first * self.factor ** (attempt - 1), self.longest) * chance.uniform(0.5, 1)
        asked = fault.retry_after if isinstance(fault, Unavailable) else None
        return max(wait, asked or 0.0)


@dataclass(frozen=True, slots=True)
class Work:
    """What a step gets to do its work with. `key` is the same whenever this very step is tried again, also in
    another process: effects are given it. `before` holds the results of all steps before, by their names; `tell`
    takes how much is done, and how much there is; `decision` asks what a person decided on this step."""

    key: str
    crew: Crew
    before: Mapping[str, Any] = field(default_factory=dict)
    tell: Callable[[int, int], None] = lambda _, __: None
    decision: Callable[[], Awaitable[Any]] | None = None

    @property
    def execution(self) -> str:
        return self.key.rpartition(":")[0]

    def find(self, name: str, default: Any = None) -> Any:
        """The value called `name` that the nearest step before gave."""
        for result in reversed(list(self.before.values())):
            if isinstance(result, Mapping) and name in result:
                return result[name]
        return default


class WorkflowStep(BaseModel):
    """One step of a workflow. `takes` are values it cannot do without, `gives` those it gives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str] = ""
    takes: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()

    name: str = Field(
        default="", max_length=100, description="its name in the workflow; the kind where it has none"
    )
    needs: tuple[str, ...] | None = Field(
        default=None, description="the steps before it; the one listed before it where this is not said"
    )
    retry: Retry = Field(default_factory=Retry, description="how often it is tried")
    timeout: float | None = Field(
        default=3600, gt=0, le=LONGEST, description="seconds that an attempt may take; null: no limit"
    )

    def __init_subclass__(cls, *, kind: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if kind:
            cls.kind = kind

    def model_post_init(self, _: Any) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.kind)

    @abstractmethod
    async def run(self, work: Work) -> Any:
        """Do the work and return its result, a JSON value. It may be run again: at least once, with one effect."""

    def plain(self) -> dict[str, Any]:
        """As it is written into a definition."""
        return {"kind": self.kind, **self.model_dump(mode="json", exclude_defaults=True)}


def kinds() -> dict[str, type[WorkflowStep]]:
    """Every kind of step there is: ours and whatever else this process has imported."""
    import trend_agent.workflow.steps  # noqa: F401  they are known once they are read

    found: dict[str, type[WorkflowStep]] = {}
    asked = [WorkflowStep]
    while asked:
        for kind in asked.pop().__subclasses__():
            asked.append(kind)
            if kind.kind:
                found[kind.kind] = kind
    return found


def kind_called(name: str) -> type[WorkflowStep]:
    known = kinds()
    if name not in known:
        raise Missing(f"no step called {name!r}; there are {', '.join(sorted(known))}")
    return known[name]
