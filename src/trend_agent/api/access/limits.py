"""How often one caller may ask: so many requests in each window of the clock, counted over all processes.

A process takes what it admits by the handful: from its own share, or from a counter that all processes add to. A
handful is counted before any of it is used and is good for its window alone, so that never more is admitted than the
limit, however many processes there are. Asking costs a look into a table; only every so many requests cost a trip.

Where the counter does not answer, the rest of the window is admitted from a quarter of the process's own share, and
the windows after it from the whole of that, until the counter answers at the beginning of one.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Protocol

from trend_agent.errors import Misconfigured, TrendError
from trend_agent.observability.log import logger
from trend_agent.observability.metrics import COUNTED_ALONE

log = logger("access")

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
HANDFULS = 100
"""Into how many a limit is cut, and `LARGEST` is how many requests one holds at most."""

LARGEST = 64
MOST = 100_000
"""Callers that are told apart within one window; those beyond share one allowance."""


class Counter(Protocol):
    """What all processes count on."""

    async def add(self, name: str, amount: int, *, seconds: float) -> int:
        """The count of `name` with this amount; it is forgotten after so many seconds."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `number` requests in each window of `seconds`."""

    number: int
    seconds: int


def rate(text: str, *, setting: str) -> Rate | None:
    """`600/minute` or `20/10 seconds`; nothing where there is to be no limit."""
    if text.strip() in {"", "none"}:
        return None
    found = re.fullmatch(r"\s*([1-9]\d{0,8})\s*/\s*([1-9]\d{0,3})?\s*(second|minute|hour|day)s?\s*", text)
    if found is None:
        raise Misconfigured(f"{setting} should be like 600/minute, or none, found {text!r}")
    return Rate(int(found[1]), int(found[2] or 1) * UNITS[found[3]])


@dataclass(slots=True)
class _Allowance:
    """One caller's in one window: `hand` is what may be admitted at once, `beyond` what is known to be left besides.

    Once it is `spent`, nothing more can be had in this window.
    """

    hand: int
    spent: bool
    beyond: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Limiter:
    """One limit. `processes` is among how many the limit is shared where they cannot count together."""

    def __init__(
        self,
        name: str,
        rate: Rate,
        *,
        counter: Counter | None = None,
        processes: int = 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.rate = rate
        self.counter = counter
        self.clock = clock
        self.words = f"at most {rate.number} such requests in {rate.seconds} s"
        self.policy = f'"{name}";q={rate.number};w={rate.seconds}'
        self.degraded = False
        self._own = max(1, rate.number // processes)
        self._handful = max(1, min(LARGEST, rate.number // HANDFULS))
        self.window = self._answered = -2
        self._share = 0
        self._allowances: dict[str, _Allowance] = {}

    async def admits(self, caller: str) -> bool:
        """Whether this request may pass; it is counted if so."""
        while True:
            allowance = self._allowance(caller)
            if allowance.hand > 0:
                allowance.hand -= 1
                return True
            if allowance.spent:
                return False
            async with allowance.turn:
                if allowance.hand <= 0 and not allowance.spent:
                    await self._fetch(caller, allowance, self.window)

    def standing(self, caller: str) -> str:
        """What is left for a caller and for how long, as the header `RateLimit` has it."""
        allowance = self._allowance(caller)
        return f'"{self.name}";r={allowance.hand + allowance.beyond};t={self.wait()}'

    def wait(self) -> int:
        """Seconds until the next window."""
        return ceil(self.rate.seconds - self.clock() % self.rate.seconds)

    def _allowance(self, caller: str) -> _Allowance:
        window = int(self.clock() // self.rate.seconds)
        if window != self.window:
            self.window, self._allowances, self.degraded = window, {}, False
            COUNTED_ALONE.labels(self.name).set(0)
            self._share = 0 if self.counter else self._own
        found = self._allowances.get(caller)
        if found is None:
            known = caller if len(self._allowances) < MOST else ""
            fresh = _Allowance(self._share, spent=self.counter is None or self.degraded)
            found = self._allowances.setdefault(known, fresh)
        return found

    async def _fetch(self, caller: str, allowance: _Allowance, window: int) -> None:
        """Take another handful from the counter."""
        assert self.counter is not None
        amount, name = self._handful, f"{self.name}:{window}:{caller}"
        try:
            counted = await self.counter.add(name, amount, seconds=2 * self.rate.seconds)
        except TrendError as fault:
            self._fall_back(window, str(fault))
            return
        left = self.rate.number - (counted - amount)
        self._answered = window
        allowance.hand += max(0, min(amount, left))
        allowance.beyond = max(0, left - amount)
        allowance.spent = left <= amount

    def _fall_back(self, window: int, fault: str) -> None:
        """From here to the end of the window callers have what this process may admit by itself."""
        if window != self.window or self.degraded:
            return
        log.error("requests are not counted over all processes", error=fault, limit=self.name)
        self.degraded = True
        COUNTED_ALONE.labels(self.name).set(1)
        self._share = max(1, self._own // 4) if self._answered >= window - 1 else self._own
        for allowance in self._allowances.values():
            if not allowance.spent:
                allowance.hand, allowance.beyond, allowance.spent = allowance.hand + self._share, 0, True
