"""Deaths at random: a collector, executors of workflows and senders at once, every moment one is killed or stopped
while it works. Whoever is killed is begun again at once, as a supervisor would."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from harness.checks import Findings, look
from harness.effects import QUEUE
from harness.lives import FINE, begin, end, live
from harness.platform import Ground, standing
from harness.points import Points
from harness.workflows import engine_on, process_by_workflow, processing

Role = Callable[[Ground], Coroutine[Any, Any, None]]
MOST = 500
"""Items of one round of a workflow in the storm."""


async def collecting(ground: Ground) -> None:
    async with standing(ground) as platform:
        while await platform.collect(pages=5):
            pass
        await asyncio.sleep(3600)


async def sending(ground: Ground) -> None:
    async with standing(ground) as platform:
        while True:
            if number := await platform.sender.some(wait=1.0):
                await platform.note("sent", str(number))


def executing(executor: str) -> Role:
    async def run(ground: Ground) -> None:
        crew, engine = engine_on(ground, Points(), executor)
        count = ground.folder / f"{executor}.count"
        async with engine:
            while True:
                number = int(count.read_text() or 0) if count.exists() else 0
                await engine.execute(processing(MOST), key=f"{executor}-{number}")
                count.write_text(
                    str(number + 1)
                )  # lost, the same key is asked for again, and is done already
                await crew.close()  # let the other one have the records
                await asyncio.sleep(0.2)

    return run


ROLES: dict[str, tuple[Role, int]] = {
    "collector": (collecting, 4),
    "sender-0": (sending, 2),
    "sender-1": (sending, 2),
    "executor-0": (executing("pod-0"), 1),
    "executor-1": (executing("pod-1"), 1),
}
"""What runs, and how often it is the one that is struck."""


@dataclass(slots=True)
class Weather:
    """What a storm did: deaths by role, stops, errors that nobody planted, seconds it took to come to rest, and
    messages buried because their takers died too often, which were revived as an operator would."""

    kills: Counter[str] = field(default_factory=Counter)
    stops: int = 0
    faults: int = 0
    seconds: float = 0
    to_rest: float = 0
    buried: int = 0

    @property
    def deaths(self) -> int:
        return sum(self.kills.values())


def storm(
    ground: Ground, *, seconds: float, every: float, seed: int, enough: int = 10**9
) -> tuple[Weather, Findings]:
    """Strike every so many seconds, for a time and until there were `enough` deaths and nothing is left to do."""
    weather, chance, began = Weather(), random.Random(seed), time.monotonic()
    alive = {begin(_life(name, ground)): name for name in ROLES}
    asleep: dict[int, float] = {}
    looked_at = began
    try:
        while (now := time.monotonic()) - began < seconds:
            time.sleep(every * chance.uniform(0.5, 1.5))
            _replace_ended(ground, alive, weather)
            _wake(asleep, alive, now)
            _strike(ground, alive, asleep, weather, chance)
            if weather.deaths >= enough and now - looked_at > 5:
                looked_at = now
                if live(lambda: _at_rest(ground)) == FINE:
                    break
    finally:
        for process in alive:
            os.kill(process, signal.SIGKILL)
        for process in alive:
            end(process)
    weather.seconds = time.monotonic() - began
    return weather, _calm(ground, weather)


def _life(name: str, ground: Ground) -> Callable[[], Coroutine[Any, Any, None]]:
    return lambda: ROLES[name][0](ground)


def _replace_ended(ground: Ground, alive: dict[int, str], weather: Weather) -> None:
    while alive:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            return
        name = alive.pop(process)
        weather.faults += os.waitstatus_to_exitcode(status) not in (FINE, -signal.SIGKILL)
        alive[begin(_life(name, ground))] = name


def _wake(asleep: dict[int, float], alive: dict[int, str], now: float) -> None:
    for process in [p for p, until in asleep.items() if until <= now or p not in alive]:
        del asleep[process]
        if process in alive:
            os.kill(process, signal.SIGCONT)


def _strike(
    ground: Ground, alive: dict[int, str], asleep: dict[int, float], weather: Weather, chance: random.Random
) -> None:
    processes = sorted(alive)
    process = chance.choices(processes, [ROLES[alive[p]][1] for p in processes])[0]
    if chance.random() < 0.05:
        os.kill(process, signal.SIGSTOP)
        asleep[process] = time.monotonic() + chance.uniform(0.5, 4)
        weather.stops += 1
        return
    name = alive.pop(process)
    os.kill(process, signal.SIGKILL)
    end(process)
    weather.kills[name.partition("-")[0]] += 1
    alive[begin(_life(name, ground))] = name


async def _at_rest(ground: Ground) -> None:
    async with standing(ground) as platform:
        left = [f for f in ground.world.feeds() if not f.exhausted(await platform.book.cursor(f.key))]
        balance, depth = await platform.book.balance(), await platform.queue.depth(QUEUE)
        assert not left and not balance.waiting and not depth.ready, "struck at work"


def _calm(ground: Ground, weather: Weather) -> Findings:
    """Let everything come to its end undisturbed, and look."""
    began = time.monotonic()
    weather.buried = asyncio.run(_revived(ground))
    code = live(lambda: process_by_workflow(ground, Points(), key="calm", most=20_000))
    weather.to_rest = time.monotonic() - began
    found = asyncio.run(look(ground))
    found.want(code == FINE, f"the last process ended with {code}")
    if code == FINE:
        left = asyncio.run(_unended(ground))
        found.want(not left, f"I9 executions are left: {left}")
    return found


async def _revived(ground: Ground) -> int:
    async with standing(ground) as platform:
        return await platform.queue.revive(QUEUE)


async def _unended(ground: Ground) -> list[str]:
    """What no executor has brought to its end, though each was begun once more."""
    left: list[str] = []
    for executor in ("pod-0", "pod-1"):
        crew, engine = engine_on(ground, Points(), executor)
        async with engine:
            for one in await engine.repository.list(limit=10_000):
                if not one.ended and one.executor in (executor, ""):
                    left += [] if (await engine.wait(one.id)).ended else [one.id]
        await crew.close()
    return left
