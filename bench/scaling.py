"""What carrying costs, what workers gain, and where it ends.

    python -m bench.scaling FILE [--items 4000] [--rounds 3] [--broker redis]

FILE are recorded items (JSON Lines). Counted is processor time, as others use the machine too, and the wall clock,
of which the median of the rounds is kept:

- `reading`: the shards of the items read in this process, and by one worker with all that carrying takes.
- `shards`: the same by shards of other sizes, where the cost of carrying shows.
- `workers`: 1, 2 and 4 workers read the same shards, none of which is settled here.
- `whole`: the log settled by its owner alone, and with workers; what the owner's own time goes into.

Kept in bench/results/scaling.json, which `python -m bench.scaling_model` takes its costs from.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from bench.duplicates import recorded
from bench.kept import keep
from services.rabbitmq import Rabbit
from services.redis import Redis
from services.workers import Worker
from trend_agent.app import configuration, make_handed, make_pipeline, make_reader, open_records
from trend_agent.items import Item
from trend_agent.jobs.celery import Handed
from trend_agent.jobs.process import SHARD, shards
from trend_agent.jobs.spread import Spread
from trend_agent.processing import wire
from trend_agent.settings import Settings
from trend_agent.storage import Arrival

Found = dict[str, Any]
OUTSTANDING = 8
"""Shards that are handed out at once, for each worker."""


class Team:
    """Workers of one process each on the same broker, and what they have used of the processor."""

    def __init__(self, environment: Mapping[str, str], folder: Path, count: int) -> None:
        self.workers: list[Worker] = []
        for number in range(count):
            place = folder / f"{count}-{number}-{time.monotonic_ns()}"
            place.mkdir()
            self.workers.append(Worker("trend_agent.tasks", environment, place))

    def ready(self) -> None:
        for worker in self.workers:
            worker.ready(seconds=180)

    def spent(self) -> float:
        """Processor seconds of all their processes so far."""
        found = 0.0
        for worker in self.workers:
            root = psutil.Process(worker.process.pid)
            found += sum(sum(p.cpu_times()[:2]) for p in (root, *root.children(recursive=True)))
        return found

    def end(self) -> None:
        for worker in self.workers:
            worker.end()


@contextmanager
def team(environment: Mapping[str, str], folder: Path, count: int) -> Iterator[Team]:
    found = Team(environment, folder, count)
    try:
        found.ready()
        yield found
    finally:
        found.end()


def here(arrivals: Sequence[Arrival], settings: Settings, rounds: int) -> list[float]:
    """Processor seconds of reading the shards in this process, of each round; words are known from one before."""
    reader, took = make_reader(settings), []
    for _ in range(rounds + 1):
        began = time.process_time()
        for shard in shards(arrivals):
            reader(shard)
        took.append(time.process_time() - began)
    return took[1:]


async def carried(
    arrivals: Sequence[Arrival], settings: Settings, workers: Team, *, name: str, size: int = SHARD
) -> Found:
    """The shards read by workers: seconds of the wall, of the workers' and of this process's processor time."""
    handed, turns = make_handed(settings), asyncio.Semaphore(OUTSTANDING * len(workers.workers))
    wall, own, theirs = time.perf_counter(), time.process_time(), workers.spent()
    try:
        await asyncio.gather(
            *(
                one(handed, settings, shard, turns, f"{name}:{number}")
                for number, shard in enumerate(shards(arrivals, size=size))
            )
        )
    finally:
        await handed.close()
    return {
        "wall": time.perf_counter() - wall,
        "own": time.process_time() - own,
        "theirs": workers.spent() - theirs,
    }


async def one(
    handed: Handed, settings: Settings, shard: Sequence[Arrival], turns: asyncio.Semaphore, key: str
) -> None:
    async with turns:
        rows = wire.arrival_rows(shard)
        asked = {"arrivals": rows, "configuration": configuration(settings)}
        wire.unpacked(shard, await handed.carry("process", asked, key=key))
        await handed.forget(key)


def median(found: Sequence[Found], name: str, items: int) -> float:
    """Milliseconds for an item, in the median of rounds."""
    return round(1000 * statistics.median(each[name] for each in found) / items, 4)


def summed(found: Sequence[Found], items: int) -> Found:
    return {
        "wall_items_per_second": round(items / statistics.median(each["wall"] for each in found)),
        "best_wall_items_per_second": round(items / min(each["wall"] for each in found)),
        "worker_cpu_ms": median(found, "theirs", items),
        "owner_cpu_ms": median(found, "own", items),
    }


async def rounds_of(
    arrivals: Sequence[Arrival], settings: Settings, workers: Team, rounds: int, size: int = SHARD
) -> list[Found]:
    name = f"{size}-{len(workers.workers)}-{time.monotonic_ns()}"
    await carried(arrivals, settings, workers, name=f"{name}-warm", size=size)
    return [await carried(arrivals, settings, workers, name=f"{name}-{n}", size=size) for n in range(rounds)]


async def whole(items: Sequence[Item], settings: Settings, folder: Path, *, carry: bool) -> Found:
    """The log settled: seconds of the wall and of the owner's processor time, and the hash of what is true then."""
    place = f"sqlite:///{folder}/whole-{time.monotonic_ns()}.sqlite3"
    settings = settings.model_copy(update={"records": place})
    handed = make_handed(settings)
    async with open_records(settings, write=True) as book:
        await book.ingest([Arrival(item) for item in items])
        spread = Spread(book, handed, configuration=configuration(settings))
        pipeline = make_pipeline(book, settings, read=spread if carry else None)
        wall, own = time.perf_counter(), time.process_time()
        await pipeline.drain()
        found = {"wall": time.perf_counter() - wall, "own": time.process_time() - own}
        trends = [trend.topic for trend in await pipeline.trends()]
        found |= {"hash": await book.logical_hash(), "trends": trends}
        await spread.close()
    await handed.close()
    return found


def compared(found: Mapping[str, Sequence[Found]], items: int) -> Found:
    """What each number of workers came to, and whether all of it is the same."""
    ends = {(each["hash"], *each["trends"]) for rounds in found.values() for each in rounds}
    return {
        name: {
            "owner_cpu_ms": median(rounds, "own", items),
            "wall_items_per_second": round(items / statistics.median(each["wall"] for each in rounds)),
        }
        for name, rounds in found.items()
    } | {"same_topics_and_trends": len(ends) == 1}


def measured(items: Sequence[Item], broker: str, board: str, folder: Path, rounds: int) -> Found:
    settings = Settings(broker=broker, board=board)
    environment = {"TREND_BROKER": broker, "TREND_BOARD": board, "TREND_LOG_LEVEL": "error"}
    arrivals = [Arrival(item, seq=number) for number, item in enumerate(items, 1)]
    own = statistics.median(here(arrivals, settings, rounds))
    found: Found = {"items": len(items), "rounds": rounds, "reading_here_cpu_ms": 1000 * own / len(items)}
    settled = {"alone": [asyncio.run(whole(items, settings, folder, carry=False)) for _ in range(rounds)]}
    for count in (1, 2, 4):
        with team(environment, folder, count) as workers:
            found[f"{count} workers"] = summed(
                asyncio.run(rounds_of(arrivals, settings, workers, rounds)), len(items)
            )
            if count == 1:
                found["shards"] = {
                    size: summed(asyncio.run(rounds_of(arrivals, settings, workers, 1, size)), len(items))
                    for size in (25, 100, 250, 1000)
                }
            settled[f"{count} workers"] = [
                asyncio.run(whole(items, settings, folder, carry=True)) for _ in range(rounds)
            ]
    found["whole"] = compared(settled, len(items))
    found["worker_to_in_process"] = round(
        found["reading_here_cpu_ms"] / found["1 workers"]["worker_cpu_ms"], 3
    )
    for count in (2, 4):
        rates = [found[f"{n} workers"]["wall_items_per_second"] for n in (1, count)]
        found[f"speed_up_{count}"] = round(rates[1] / rates[0], 2)
    return found


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.scaling", description=__doc__)
    options.add_argument("file", type=Path)
    options.add_argument("--items", type=int, default=4000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--broker", choices=("redis", "rabbitmq"), default="redis")
    given = options.parse_args()
    items = list(islice(recorded(given.file), given.items))
    broker: Any = {"redis": Redis, "rabbitmq": Rabbit}[given.broker]
    with tempfile.TemporaryDirectory() as folder, broker() as server, Redis() as board:
        found = measured(items, server.address(), board.address(), Path(folder), given.rounds)
    keep("scaling", {given.broker: found})


if __name__ == "__main__":
    main()
