"""Walk a definition's graph: each step once what it needs is done, tried as often as it says, remembered."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trend_agent.errors import TrendError
from trend_agent.observability.log import logger
from trend_agent.workflow import durable, serial
from trend_agent.workflow.crew import Crew
from trend_agent.workflow.definition import WorkflowDefinition
from trend_agent.workflow.execution import Listener, Progress, StepFailed
from trend_agent.workflow.history import History
from trend_agent.workflow.step import PASSING, Work, WorkflowStep

if TYPE_CHECKING:
    from dbos import StepReservation

log = logger("workflow")

BETWEEN_NOTES = 1.0
"""Seconds between two notes of how far a step is, for readers in other processes."""

ROUNDS = 10_000
"""Rounds of one execution: a backlog that never ends is a fault."""


class Walk:
    """One execution on its way through this process."""

    def __init__(
        self,
        execution: str,
        definition: WorkflowDefinition,
        *,
        crew: Crew,
        history: History,
        tell: Listener,
    ) -> None:
        self.execution = execution
        self.definition = definition
        self.crew = crew
        self.history = history
        self.tell = tell
        self._chance = random.Random()  # noqa: S311  it spreads waits
        self._noted: dict[int, float] = {}
        self._numbers: dict[str, int] = {}

    async def whole(self) -> dict[str, Any]:
        """Go round until nothing waits; the result is how many rounds that took."""
        for number in range(1, ROUNDS + 1):
            results = await self._round()
            if not self.definition.repeat or not _waiting(results):
                return {"rounds": number}
        raise StepFailed(f"items still wait after {ROUNDS:,} rounds")

    async def _round(self) -> dict[str, Any]:
        results: dict[str, Any] = {}
        tasks: dict[str, asyncio.Task[None]] = {}
        places = {step.name: durable.reserve() for step in self.definition.steps}
        self._numbers = {name: place.step_id for name, place in places.items()}
        try:
            async with asyncio.TaskGroup() as group:
                for step in self.definition.steps:
                    needs = [tasks[name] for name in self.definition.needs[step.name]]
                    tasks[step.name] = group.create_task(self._turn(step, places[step.name], needs, results))
        except BaseExceptionGroup as faults:
            raise _foremost(faults) from None
        return results

    async def _turn(
        self,
        step: WorkflowStep,
        place: StepReservation,
        needs: list[asyncio.Task[None]],
        results: dict[str, Any],
    ) -> None:
        if needs:
            await asyncio.wait(needs)  # one that failed cuts this one as well
        before = {name: results[name] for name in self.definition.before(step.name)}
        done = await durable.remembered(place, step.name, lambda: self._attempts(step, place.step_id, before))
        results[step.name] = done["result"]
        self.tell(Progress(self.execution, step.name, "remembered"))

    async def _attempts(self, step: WorkflowStep, number: int, before: Mapping[str, Any]) -> dict[str, Any]:
        """Try until it is done; what is raised is the step's last word."""
        work = self._work(step, number, before)
        for attempt in range(1, step.retry.attempts + 1):
            self.tell(Progress(self.execution, step.name, "began", done=attempt, of=step.retry.attempts))
            try:
                result = await self._attempt(step, work)
            except Exception as fault:  # the supervisor of strangers' steps: it records and moves on
                if attempt == step.retry.attempts or not isinstance(fault, PASSING):
                    raise self._given_up(step, attempt, fault) from fault
                wait = step.retry.wait(attempt, fault, self._chance)
                self.tell(
                    Progress(self.execution, step.name, "again", attempt, step.retry.attempts, _told(fault))
                )
                log.warning(
                    "a step is tried again", execution=self.execution, step=step.name, error=_told(fault)
                )
                await asyncio.sleep(wait)
            else:
                self.tell(Progress(self.execution, step.name, "worked"))
                return {"result": result, "attempts": attempt}
        raise AssertionError("there is at least one attempt")

    async def _attempt(self, step: WorkflowStep, work: Work) -> Any:
        try:
            async with asyncio.timeout(step.timeout) as clock:
                result = await step.run(work)
        except TimeoutError:
            if clock.expired():
                raise TimeoutError(f"it took longer than {step.timeout:g} seconds") from None
            raise
        return serial.checked(result)

    def _given_up(self, step: WorkflowStep, attempts: int, fault: Exception) -> StepFailed:
        times = f" after {attempts} attempts" if attempts > 1 else ""
        found = StepFailed(f"step {step.name!r} failed{times}: {_told(fault)}")
        self.tell(Progress(self.execution, step.name, "failed", error=str(found)))
        log.error("a step failed", execution=self.execution, step=step.name, error=_told(fault))
        return found

    def _work(self, step: WorkflowStep, number: int, before: Mapping[str, Any]) -> Work:
        async def decision() -> Any:
            status = await self.history.status(self.execution, whole=False)
            return (status.attributes or {}).get(f"decision:{number}")

        return Work(
            key=f"{self.execution}:{number}",
            crew=self.crew,
            before=before,
            tell=lambda done, of: self.went_on(number, done, of),
            decision=decision,
        )

    def went_on(self, number: int, done: int, of: int) -> None:
        """Tell how far a step is: listeners here at once, readers elsewhere once a second."""
        name = next((name for name, n in self._numbers.items() if n == number), "")
        self.tell(Progress(self.execution, name, "went on", done, of))
        if time.monotonic() - self._noted.get(number, 0) >= BETWEEN_NOTES:
            self._noted[number] = time.monotonic()
            task = asyncio.ensure_future(
                self.history.mark(self.execution, **{f"progress:{number}": [done, of]})
            )
            task.add_done_callback(_noted)


def _noted(task: asyncio.Future[None]) -> None:
    """A note that could not be made is only missing."""
    if not task.cancelled() and (fault := task.exception()):
        log.debug("could not note progress", error=str(fault))


def _waiting(results: Mapping[str, Any]) -> bool:
    return any(isinstance(r, Mapping) and (r.get("waiting") or 0) > 0 for r in results.values())


def _foremost(faults: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of what several steps raised: that the execution is no longer ours, before what failed."""
    flat: list[BaseException] = []
    asked: list[BaseException] = [faults]
    while asked:
        fault = asked.pop(0)
        asked += fault.exceptions if isinstance(fault, BaseExceptionGroup) else []
        flat += [] if isinstance(fault, BaseExceptionGroup) else [fault]
    return next((f for f in flat if isinstance(f, durable.CUT)), flat[0])


def _told(fault: BaseException) -> str:
    text = str(fault) or type(fault).__name__
    return text if isinstance(fault, (TrendError, TimeoutError)) else f"{type(fault).__name__}: {text}"
