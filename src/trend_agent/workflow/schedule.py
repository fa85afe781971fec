"""Schedules: which ticks of a crontab are run, and which are let go.

Each tick is an execution whose id is made from the schedule's name and the tick's moment: however many schedulers see
it, it is once. After a long night only the newest `catch_up` ticks are run; older ones are remembered as let go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from trend_agent.errors import Rejected
from trend_agent.workflow.definition import WorkflowDefinition


@dataclass(frozen=True, slots=True)
class Schedule:
    """A workflow at the moments of a crontab: minute hour day month weekday, with seconds in front where there are
    six fields. `catch_up` is how many missed ticks are made up for, 0 for none."""

    name: str
    definition: WorkflowDefinition
    cron: str
    catch_up: int = 1
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.name or not all(c.isalnum() or c in "-_" for c in self.name):
            raise Rejected(f"a schedule's name is letters, digits, - and _, found {self.name!r}")
        if not croniter.is_valid(self.cron, second_at_beginning=True):
            raise Rejected(
                f"schedule {self.name!r} wants a crontab such as '*/15 * * * *', found {self.cron!r}"
            )
        if self.catch_up < 0:
            raise Rejected(f"schedule {self.name!r} cannot catch up {self.catch_up} ticks")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise Rejected(
                f"schedule {self.name!r} is in no zone {self.zone!r}; wanted is one like Europe/Berlin"
            ) from None

    def plain(self) -> dict[str, Any]:
        return {
            "definition": self.definition.plain(),
            "cron": self.cron,
            "catch_up": self.catch_up,
            "zone": self.zone,
        }


def is_due(tick: datetime, seen: datetime, *, cron: str, catch_up: int, zone: str = "UTC") -> bool:
    """Whether a tick that a scheduler saw at a moment is to be run: it is the newest by then, or one of the newest
    `catch_up`. A scheduler that was asleep sees many at once."""
    later = croniter(cron, tick.astimezone(ZoneInfo(zone)), second_at_beginning=True)
    return any(later.get_next(datetime) > seen for _ in range(max(1, catch_up)))


def missed(last: datetime, now: datetime, *, cron: str, catch_up: int, zone: str = "UTC") -> datetime | None:
    """From where on to make up for ticks between the last fired and now: `catch_up` of them at most."""
    if not catch_up:
        return None
    earlier = croniter(cron, now.astimezone(ZoneInfo(zone)), second_at_beginning=True)
    start = now
    for _ in range(catch_up):
        before = earlier.get_prev(datetime).astimezone(UTC)
        if before <= last:
            break
        start = before
    return start if start < now else None
