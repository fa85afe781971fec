"""The timetable: schedules as DBOS keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dbos import ClientScheduleInput, WorkflowSchedule

from trend_agent.errors import Missing
from trend_agent.workflow import durable, serial
from trend_agent.workflow.definition import WorkflowDefinition
from trend_agent.workflow.history import History
from trend_agent.workflow.schedule import Schedule, missed


class Timetable:
    """Any process may read and write it; every process that runs workflows keeps to it."""

    def __init__(self, history: History) -> None:
        self.history = history

    async def put(self, schedule: Schedule) -> None:
        """Add it, in the place of one of its name."""
        row: ClientScheduleInput = {
            "schedule_name": schedule.name,
            "workflow_name": "tick",
            "schedule": schedule.cron,
            "context": schedule.plain(),
            "cron_timezone": schedule.zone,
            "queue_name": durable.QUEUE,
        }
        await self.history.ask(lambda c: c.apply_schedules([row]))

    async def remove(self, name: str) -> None:
        await self._known(name)
        await self.history.ask(lambda c: c.delete_schedule(name))

    async def pause(self, name: str) -> None:
        await self._known(name)
        await self.history.ask(lambda c: c.pause_schedule(name))

    async def resume(self, name: str) -> None:
        await self._known(name)
        await self.history.ask(lambda c: c.resume_schedule(name))

    async def list(self) -> list[tuple[Schedule, bool, str]]:
        """Each schedule, whether it is kept to, and when it last fired."""
        found = await self.history.ask(lambda c: c.list_schedules())
        return [(_schedule(row), row["status"] == "ACTIVE", row["last_fired_at"] or "") for row in found]

    async def fired(self) -> Sequence[tuple[Schedule, datetime]]:
        """The schedules that are kept to and have fired, and when last; none where nothing was ever remembered."""
        try:
            kept = await self.list()
        except Missing:
            return []
        return [
            (schedule, datetime.fromisoformat(last)) for schedule, active, last in kept if active and last
        ]

    async def catch_up(self, fired: Sequence[tuple[Schedule, datetime]], now: datetime) -> int:
        """Have the ticks since then run that are to be made up for; returns how many. A tick that ran stays once."""
        total = 0
        for schedule, last in fired:
            start = missed(last, now, cron=schedule.cron, catch_up=schedule.catch_up, zone=schedule.zone)
            if start:
                total += await self._make_up_for(schedule.name, start, now)
        return total

    async def _make_up_for(self, name: str, start: datetime, now: datetime) -> int:
        # the beginning itself is a tick, and DBOS begins behind what it is given
        begin = start - timedelta(microseconds=1)
        return len(await self.history.ask(lambda c: c.backfill_schedule(name, begin, now)))

    async def _known(self, name: str) -> None:
        rows = await self.history.ask(lambda c: c.list_schedules())
        if name not in {row["schedule_name"] for row in rows}:
            there = ", ".join(repr(row["schedule_name"]) for row in rows) or "none"
            raise Missing(f"no schedule called {name!r}; there are {there}")


def _schedule(row: WorkflowSchedule) -> Schedule:
    context: Any = row["context"]
    if isinstance(context, str):
        context = serial.loads(context)
    return Schedule(
        row["schedule_name"],
        WorkflowDefinition.of(context["definition"]),
        row["schedule"],
        catch_up=context["catch_up"],
        zone=context["zone"],
    )
