"""How far workers carry: a model of shards on their way, fed with measured costs.

    python -m bench.scaling_model

Simulated, event by event and saturated (work always waits): one owner who hands out shards, unpacks their pages and
settles them in log order, `workers` who read, and one broker with its board, through which every byte goes twice. The
costs are those of bench/results/scaling.json; a shard's time varies by chance (log-normal, a fifth), the line of the
broker is taken to carry 100 MB/s. Kept in bench/results/scaling_model.json.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from bench.kept import RESULTS, keep

SHARD = 250
OUT_BYTES, BACK_BYTES = 520, 1650
"""Of an item on its way to a worker, and of its page on the way back (measured on headlines)."""
LINE = 100e6
VARIES = 0.2
SHARDS = 4_000
DAY = 86_400
WANTED = 1e9


@dataclass(frozen=True)
class Costs:
    """Seconds of processor time for an item: read by a worker, handed out and unpacked by the owner, and settled."""

    read: float
    hand: float
    settle: float


@dataclass(frozen=True)
class Outcome:
    rate: float
    """Items per second."""
    busy: dict[str, float]
    """The share of the time that each part was at work."""

    @property
    def bottleneck(self) -> str:
        return max(self.busy, key=lambda part: self.busy[part])


class Clock:
    """What is to happen when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def after(self, seconds: float, then: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._number), then))

    def run(self) -> None:
        while self._due:
            self.now, _, then = heapq.heappop(self._due)
            then()


class Station:
    """So many servers behind one queue; each serves whoever has waited longest."""

    def __init__(self, clock: Clock, servers: int = 1) -> None:
        self.clock, self.servers, self.free = clock, servers, servers
        self.busy = 0.0
        self._queue: deque[tuple[float, Callable[[], None]]] = deque()

    def serve(self, seconds: float, then: Callable[[], None]) -> None:
        self._queue.append((seconds, then))
        self._next()

    def _next(self) -> None:
        if self.free and self._queue:
            seconds, then = self._queue.popleft()
            self.free -= 1
            self.busy += seconds
            self.clock.after(seconds, lambda: self._done(then))

    def _done(self, then: Callable[[], None]) -> None:
        self.free += 1
        then()
        self._next()


class Run:
    """Shards until the last is settled; two for each worker are on their way at any time."""

    def __init__(self, costs: Costs, workers: int, *, shards: int, seed: int) -> None:
        self.costs, self.shards, self.chance = costs, shards, random.Random(seed)
        self.clock = Clock()
        self.owner, self.line = Station(self.clock), Station(self.clock)
        self.workers = Station(self.clock, workers)
        self.handed = self.in_order = 0
        self.back: set[int] = set()
        for _ in range(2 * workers):
            self.hand_out()

    def hand_out(self) -> None:
        if self.handed < self.shards:
            shard, self.handed = self.handed, self.handed + 1
            self.owner.serve(self.costs.hand / 2 * SHARD, lambda: self.send(shard))

    def send(self, shard: int) -> None:
        takes = self.costs.read * SHARD * self.chance.lognormvariate(0, VARIES)
        self.line.serve(
            2 * OUT_BYTES * SHARD / LINE, lambda: self.workers.serve(takes, lambda: self.come_back(shard))
        )

    def come_back(self, shard: int) -> None:
        self.line.serve(2 * BACK_BYTES * SHARD / LINE, lambda: self.take(shard))

    def take(self, shard: int) -> None:
        self.back.add(shard)
        while self.in_order in self.back:
            self.in_order += 1
            self.owner.serve((self.costs.hand / 2 + self.costs.settle) * SHARD, self.hand_out)


def simulated(costs: Costs, workers: int, *, shards: int = SHARDS, seed: int = 1) -> Outcome:
    run = Run(costs, workers, shards=shards, seed=seed)
    run.clock.run()
    parts = {"owner": run.owner, "workers": run.workers, "broker": run.line}
    now = run.clock.now
    return Outcome(
        shards * SHARD / now, {name: part.busy / now / part.servers for name, part in parts.items()}
    )


def table(costs: Costs, teams: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 100)) -> dict[str, Any]:
    found = {}
    for workers in teams:
        outcome = simulated(costs, workers)
        found[str(workers)] = {
            "items_per_second": round(outcome.rate),
            "items_per_day": float(f"{outcome.rate * DAY:.2e}"),
            "bottleneck": outcome.bottleneck,
            "busy": {part: round(share, 2) for part, share in outcome.busy.items()},
        }
    return found


def measured_costs(file: Path) -> Costs:
    """What bench.scaling found, on whichever broker."""
    (found,) = list(json.loads(file.read_text(encoding="utf-8"))["found"].values())[:1]
    one = found["1 workers"]
    return Costs(
        read=one["worker_cpu_ms"] / 1000,
        hand=one["owner_cpu_ms"] / 1000,
        settle=(found["whole"]["1 workers"]["owner_cpu_ms"] - one["owner_cpu_ms"]) / 1000,
    )


def owners_for(costs: Costs, items_per_day: float) -> int:
    """Owners it takes if the stream could be parted evenly, each as fast as one with workers enough."""
    return -(-int(items_per_day / DAY * 1000) // int(1000 / (costs.hand + costs.settle)))


def main() -> None:
    argparse.ArgumentParser(prog="bench.scaling_model", description=__doc__).parse_args()
    costs = measured_costs(RESULTS / "scaling.json")
    heavy = replace(costs, read=costs.read + 0.020)
    keep("scaling_model", {
        "costs_ms": {name: round(1000 * getattr(costs, name), 3) for name in ("read", "hand", "settle")},
        "one owner": table(costs),
        "one owner, 20 ms more of reading (a sentence encoder)": table(heavy),
        "wanted_items_per_second": round(WANTED / DAY),
        "owners_for_wanted": owners_for(costs, WANTED),
        "workers_for_wanted": -(-int(WANTED / DAY * costs.read * 1000) // 1000),
    })  # fmt: skip


if __name__ == "__main__":
    main()
