"""The engine: workflows on DBOS, in this process or asked of the one that runs them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self

from dbos import error as dbos_error

from trend_agent.errors import Conflict, Rejected, TrendError
from trend_agent.observability.log import logger
from trend_agent.settings import Settings, load
from trend_agent.workflow import durable
from trend_agent.workflow.crew import AtHome, Crew
from trend_agent.workflow.definition import WorkflowDefinition
from trend_agent.workflow.execution import ENDS, Listener, Progress, State, WorkflowEngine, WorkflowExecution
from trend_agent.workflow.history import STOPPED, History
from trend_agent.workflow.place import Lease, Place, place_of
from trend_agent.workflow.schedule import Schedule, is_due
from trend_agent.workflow.timetable import Timetable
from trend_agent.workflow.walk import Walk

if TYPE_CHECKING:
    from trend_agent.owner import Owner

log = logger("workflow")

Owning = Callable[[], AbstractAsyncContextManager["Owner"]]
"""Gives the owner of the records; entered when the first step has something done."""

BETWEEN_ROLL_CALLS = 5.0
"""Seconds between two looks for executors that are no more."""


DAY = 86_400.0


class SimpleWorkflowEngine(WorkflowEngine):
    """`WorkflowEngine` on DBOS, opened with `async with`, or for the length of a single `execute`.

    It runs what it is given in this process if nobody runs workflows under the same executor's name at the same
    place; otherwise it asks that one. `crew` does the steps' work, by default this process over the records that
    `owning` gives, which are the settings' own where it is not given. `listeners` are told what happens here.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        crew: Crew | None = None,
        owning: Owning | None = None,
        place: Place | None = None,
        executor: str = "",
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.settings = settings or load()
        self.place = place or place_of(self.settings.workflows_address())
        self.executor = executor or self.settings.executor
        self.listeners = list(listeners)
        self.repository = History(self.place)
        self.timetable = Timetable(self.repository)
        self._given = crew
        self._owning = owning
        self._crew: Crew | None = None
        self._lease: Lease = self.place.lease(self.executor)
        self._host: durable.Host | None = None
        self._roll_calls: asyncio.Task[None] | None = None
        self._walks: dict[str, Walk] = {}
        self._begun: dict[str, asyncio.Future[Any]] = {}
        self._users = 0

    @property
    def runs(self) -> bool:
        """Whether executions run in this process."""
        return self._host is not None

    async def __aenter__(self) -> Self:
        self._users += 1
        if self._users == 1:
            try:
                await self._open()
            except BaseException:
                await self.__aexit__()
                raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if not self._users:
            await self._close()

    async def _open(self) -> None:
        if not await asyncio.to_thread(self._lease.take):
            return
        self._crew = self._given or self._at_home()
        host = durable.Host(self.place, self.executor, body=self._carry_out, tick=self._tick)
        fired = await self.timetable.fired()  # before the first tick of this process hides what was missed
        await self.timetable.catch_up(fired, datetime.now(UTC))
        await host.up()
        self._host = host
        await self.timetable.catch_up(fired, datetime.now(UTC))  # and what fell due while it came up
        self._roll_calls = asyncio.create_task(self._keep_calling_the_roll())

    async def join(self) -> bool:
        """Run executions here if nobody does so under this name any more; whether they run here now."""
        if self._host is None:
            await self._open()
        return self.runs

    def _at_home(self) -> Crew:
        from trend_agent.owner import owning  # the whole pipeline with its libraries
        from trend_agent.workflow.chores import Chores

        return AtHome(Chores(self._owning or partial(owning, self.settings)), told=self._went_on)

    async def _close(self) -> None:
        if self._roll_calls:
            self._roll_calls.cancel()
            await asyncio.wait([self._roll_calls])
            self._roll_calls = None
        await self.repository.close()
        if self._host:
            await self._host.down()
            self._host = None
        if self._crew and self._given is None:
            await self._crew.close()
        self._crew = None
        self._walks.clear()
        for begun in list(self._begun.values()):
            begun.cancel()
        self._lease.give_back()

    async def execute(self, definition: WorkflowDefinition, *, key: str = "") -> WorkflowExecution:
        async with self:
            return await self.wait(await self.start(definition, key=key))

    async def start(self, definition: WorkflowDefinition, *, key: str = "") -> str:
        execution = key or _new_id(definition.name)
        if self._host:
            ended = await self._host.begin(execution, definition.plain(), definition.timeout)
            self._begun[execution] = ended
            ended.add_done_callback(lambda done: self._over(execution, done))
        else:
            await self.enqueue(definition, key=execution)
        return execution

    async def enqueue(self, definition: WorkflowDefinition, *, key: str = "") -> str:
        """Have it run by whoever runs workflows here, as soon as few enough others are under way."""
        execution = key or _new_id(definition.name)
        options = durable.ask(execution, definition.timeout)
        await self.repository.ask(lambda c: c.enqueue(options, definition.plain()))
        return execution

    def _over(self, execution: str, ended: asyncio.Future[Any]) -> None:
        self._begun.pop(execution, None)
        if not ended.cancelled():
            ended.exception()  # it is remembered, and told by whoever asks how it went

    async def wait(self, execution: str) -> WorkflowExecution:
        if begun := self._begun.get(execution):
            await asyncio.wait([begun])
        pause = 0.01
        while not await self._ended(execution):
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        return await self.repository.get(execution)

    async def _ended(self, execution: str) -> bool:
        status = await self.repository.status(execution, whole=False)
        if status.status == "CANCELLED":
            return (status.attributes or {}).get(STOPPED) != "pause"
        return status.status not in ("PENDING", "ENQUEUED", "DELAYED")

    async def pause(self, execution: str) -> None:
        await self._stop(execution, "pause")

    async def cancel(self, execution: str) -> None:
        await self._stop(execution, "cancel")

    async def _stop(self, execution: str, how: Literal["pause", "cancel"]) -> None:
        found = await self._in_state(execution, ("waiting", "running", "paused"))
        if how == "pause" and found.state == "paused":
            return
        await self.repository.mark(execution, **{STOPPED: how})
        await self.repository.ask(lambda c: c.cancel_workflow(execution))
        stopped = await self.repository.status(execution, whole=False)
        if stopped.status != "CANCELLED":
            raise Conflict(f"execution {execution!r} came to its end before it could be stopped")

    async def resume(self, execution: str) -> None:
        await self._in_state(execution, ("paused", "cancelled", "timed out"))
        await self.repository.mark(execution, **{STOPPED: None})
        await self.repository.ask(lambda c: c.resume_workflow(execution, queue_name=durable.QUEUE))

    async def rerun(self, execution: str, step: str) -> str:
        found = await self._in_state(execution, ENDS)
        place = next((record.number for record in found.steps if record.name == step), 0)
        if not place:
            names = ", ".join(repr(record.name) for record in found.steps)
            raise Rejected(f"execution {execution!r} has no step {step!r}; it has {names}")
        again = _new_id(found.workflow)
        await self.repository.ask(lambda c: durable.fork(c, execution, place, again))
        return again

    async def approve(
        self, execution: str, step: str = "", *, yes: bool = True, by: str = "", note: str = ""
    ) -> None:
        found = await self.repository.get(execution)
        asking = [r for r in found.steps if r.state == "approval" and step in ("", r.name)]
        if len(asking) != 1:
            which = "no step" if not asking else f"{len(asking)} steps; say which: {[r.name for r in asking]}"
            raise Conflict(f"in execution {execution!r} {which} waits for a decision")
        decision = {"yes": yes, "by": by, "note": note, "decided_at": datetime.now(UTC).isoformat()}
        await self.repository.mark(execution, **{f"decision:{asking[0].number}": decision})

    async def _in_state(self, execution: str, wanted: Sequence[State]) -> WorkflowExecution:
        found = await self.repository.get(execution)
        if found.state not in wanted:
            raise Conflict(f"execution {execution!r} is {found.state}, not {' or '.join(wanted)}")
        return found

    async def schedule(self, schedule: Schedule) -> None:
        """Have a workflow run at the moments of a crontab from now on; a schedule of that name is replaced."""
        await self.timetable.put(schedule)

    async def keep_forgetting(self) -> None:
        """Once a day, for ever, forget executions that ended longer ago than runs are kept."""
        while self.settings.keep_runs_days:
            before = datetime.now(UTC) - timedelta(days=self.settings.keep_runs_days)
            try:
                log.info("forgot executions", number=await self.repository.forget(before))
            except TrendError as fault:
                log.error("could not forget executions", error=str(fault))
            await asyncio.sleep(DAY)

    async def _carry_out(self, execution: str, row: dict[str, Any]) -> Any:
        """What DBOS calls: once, and again after each kill."""
        assert self._crew is not None
        walk = Walk(
            execution,
            WorkflowDefinition.of(row),
            crew=self._crew,
            history=self.repository,
            tell=self._tell,
        )
        self._walks[execution] = walk
        try:
            return await walk.whole()
        finally:
            self._walks.pop(execution, None)

    async def _tick(self, execution: str, due: datetime, context: dict[str, Any]) -> Any:
        status = await self.repository.status(execution, whole=False)
        seen = datetime.fromtimestamp(
            (status.created_at or 0) / 1000, UTC
        )  # the same however often it begins
        if not is_due(due, seen, cron=context["cron"], catch_up=context["catch_up"], zone=context["zone"]):
            return {"let_go": due.isoformat()}
        return await self._carry_out(execution, context["definition"])

    def _tell(self, progress: Progress) -> None:
        for listener in self.listeners:
            listener(progress)

    def _went_on(self, key: str, done: int, of: int) -> None:
        execution, _, number = key.rpartition(":")
        if walk := self._walks.get(execution):
            walk.went_on(int(number), done, of)

    async def _keep_calling_the_roll(self) -> None:
        """Take over from executors that are no more, for ever. Their locks ended with them."""
        while True:
            try:
                await self._call_the_roll()
            except (TrendError, dbos_error.DBOSException) as fault:
                log.error("could not look for executors that are no more", error=str(fault))
            await asyncio.sleep(BETWEEN_ROLL_CALLS)

    async def _call_the_roll(self) -> None:
        await asyncio.to_thread(self._lease.take)  # a session that was lost takes its lock with it
        pending = await self.repository.ask(
            lambda c: c.list_workflows(status="PENDING", load_input=False, load_output=False)
        )
        for name in sorted({s.executor_id for s in pending if s.executor_id} - {self.executor}):
            await self._with_lease(name, lambda name=name: self._adopt(name))  # type: ignore[misc]

    async def _adopt(self, name: str) -> None:
        assert self._host is not None
        number = await self._host.adopt([name])
        log.warning("took over from an executor that is no more", executor=name, executions=number)

    async def _with_lease(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        lease = self.place.lease(name)
        if await asyncio.to_thread(lease.take):
            try:
                await work()
            finally:
                lease.give_back()


def _new_id(name: str) -> str:
    return f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
