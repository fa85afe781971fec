"""Points where a process may die: before and after everything that lasts."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import Any, Literal

from trend_agent.errors import Unavailable

WRITES = frozenset({"ingest", "settle", "publish", "tried", "register", "resolve", "begin_run", "end_run"})


@dataclass(slots=True)
class Points:
    """Counts the points a process comes by, and strikes at the one numbered `at`, from 1; 0 never strikes."""

    at: int = 0
    how: Literal["kill", "raise"] = "kill"
    passed: int = 0
    names: list[str] = field(default_factory=list)

    def reach(self, name: str) -> None:
        self.passed += 1
        self.names.append(name)
        if self.passed == self.at:
            if self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise Unavailable(f"struck at {name}")


class Pointed:
    """Records whose writes are points: what is asked of it goes to the real ones."""

    def __init__(self, records: Any, points: Points) -> None:
        self._records = records
        self._points = points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._records, name)
        if name not in WRITES:
            return found

        async def pointed(*arguments: Any, **named: Any) -> Any:
            self._points.reach(f"before {name}")
            result = await found(*arguments, **named)
            self._points.reach(f"after {name}")
            return result

        return pointed
