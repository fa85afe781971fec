"""What carrying an empty task costs: Celery as our workers run it, dramatiq and saq, on one Redis in one run.

    python -m bench.empty_tasks [--tasks 2000] [--rounds 3]

One worker process each that does one task at a time. The tasks lie in the queue before the worker starts; counted is
from the end of its first task to the end of the last. `cpu_ms` is processor time of the worker per task, which others
on the machine do not change. `celery_with_board` is a job of ours of no arrivals, with what the board costs.

Kept in bench/results/empty_tasks.json.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from redis import Redis as Client

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from bench.kept import keep
from services.redis import Redis

DONE = "bench:done"
FIRST = 50
"""Tasks that are done before counting begins."""

OURS = [sys.executable, "-W", "ignore", "-m", "celery", "-A"]
AS_OURS = ["worker", "--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=error"]
WORKERS: dict[str, Sequence[str]] = {
    "celery": [*OURS, "bench.empty_tasks_celery", *AS_OURS],
    "celery_with_board": [*OURS, "bench.empty_tasks_board", *AS_OURS],
    "dramatiq": [sys.executable, "-m", "dramatiq", "-p", "1", "-t", "1", "bench.empty_tasks_dramatiq"],
    "saq": [sys.executable, "-m", "saq", "bench.empty_tasks_saq.settings"],
}


def put(name: str, tasks: int) -> None:
    """Put so many tasks into a peer's queue."""
    if name == "celery":
        from bench.empty_tasks_celery import empty

        for _ in range(tasks):
            empty.delay()
    elif name == "celery_with_board":
        from bench.empty_tasks_board import hand_out

        asyncio.run(hand_out(tasks))
    elif name == "dramatiq":
        from bench.empty_tasks_dramatiq import empty as actor

        for _ in range(tasks):
            actor.send()
    else:
        from bench.empty_tasks_saq import enqueue

        asyncio.run(enqueue(tasks))


def spent(process: subprocess.Popen[bytes]) -> float:
    """Processor seconds of a process and all that it started."""
    root = psutil.Process(process.pid)
    return sum(sum(p.cpu_times()[:2]) for p in (root, *root.children(recursive=True)))


def measured(name: str, client: Any, tasks: int) -> tuple[float, float]:
    """Tasks per second, and milliseconds of processor time for each."""
    client.flushall()
    put(name, tasks)
    with subprocess.Popen(WORKERS[name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as worker:
        try:
            began, cpu, first = 0.0, 0.0, 0
            while (done := int(client.get(DONE) or 0)) < tasks:
                if not began and done >= FIRST:
                    began, cpu, first = time.perf_counter(), spent(worker), done
                time.sleep(0.005)
                assert worker.poll() is None, f"the worker of {name} ended"
            return (tasks - first) / (time.perf_counter() - began), 1000 * (spent(worker) - cpu) / (
                tasks - first
            )
        finally:
            worker.terminate()


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.empty_tasks", description=__doc__)
    options.add_argument("--tasks", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with Redis() as server:
        os.environ["BENCH_REDIS"] = server.address()
        client: Any = Client.from_url(server.address())
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in WORKERS}
        for _ in range(given.rounds):
            for name in WORKERS:
                took[name].append(measured(name, client, given.tasks))
                print(name, took[name][-1], file=sys.stderr, flush=True)
    keep("empty_tasks", {
        name: {
            "per_second": round(statistics.median(rate for rate, _ in found)),
            "cpu_ms": round(statistics.median(cpu for _, cpu in found), 3),
        }
        for name, found in took.items()
    } | {"tasks": given.tasks, "rounds": given.rounds})  # fmt: skip


if __name__ == "__main__":
    main()
