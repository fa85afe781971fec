"""The nearest of many vectors: the embedded store beside usearch and a scan of all, in one run.

    python -m bench.vectors [--points 100000] [--asked 300] [--usearch f32 i8]

The vectors are made up: 384 numbers around 2,000 centres, of length one. Prints and keeps in
bench/results/vectors.json, under the number of points: seconds to store and to build, by the clock and of processor
time; memory and disk; milliseconds per question, the median, the 95th of 100 and of processor time; the share of the
true ten nearest that is found. Whoever is asked takes turns with the others, in short rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import psutil
from usearch.index import Index

from bench.kept import keep
from trend_agent.storage.ports.vectors import Point, Where
from trend_agent.storage.qdrant.edge import EdgeVectors

SIZE, CENTRES, PART, ROUND = 384, 2000, 1000, 50
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HALF, TENTH = "one language of two", "one source of ten"
Ask = Callable[[Any], Sequence[int]]


def made(points: int, asked: int) -> tuple[Any, Any]:
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(CENTRES, SIZE)).astype(np.float32)
    rows = np.empty((points + asked, SIZE), np.float32)
    for start in range(0, len(rows), 10 * PART):
        some = rows[start : start + 10 * PART]
        some[:] = centres[chance.integers(0, CENTRES, len(some))] + 0.7 * chance.normal(size=some.shape)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
    return rows[:points], rows[points:]


class Asked:
    """One who is asked: how long each answer took, and how many of the true ten were in it."""

    def __init__(self, answer: Ask, questions: Any, truth: Sequence[Any]) -> None:
        self.answer = answer
        self.questions, self.truth = questions, truth
        self.begin()

    def begin(self) -> None:
        self.took: list[float] = []
        self.spent, self.right = 0.0, 0

    def round(self, start: int) -> None:
        for question, wanted in zip(self.questions[start : start + ROUND], self.truth[start:], strict=False):
            began, spent = perf_counter(), process_time()
            found = self.answer(question)
            self.took.append(1000 * (perf_counter() - began))
            self.spent += 1000 * (process_time() - spent)
            self.right += len({int(one) for one in found} & {int(one) for one in wanted})

    def found(self) -> dict[str, float]:
        median, late = np.percentile(self.took, [50, 95])
        return {
            "median ms": round(float(median), 2),
            "p95 ms": round(float(late), 2),
            "processor ms": round(self.spent / len(self.took), 2),
            "recall@10": round(self.right / (10 * len(self.took)), 4),
        }


def nearest(rows: Any, question: Any) -> Any:
    scores = rows @ question
    best = np.argpartition(-scores, 10)[:10]
    return best[np.argsort(-scores[best])]


def point(at: int, row: Any) -> Point:
    return Point(str(at), NOW, f"s{at % 10}", ("en", "de")[at % 2], "t", dense=row.tolist())


def resident() -> float:
    return psutil.Process().memory_info().rss / 2**20


def clocked(work: Callable[[], object]) -> dict[str, float]:
    began, spent = perf_counter(), process_time()
    work()
    return {"s": round(perf_counter() - began, 1), "processor s": round(process_time() - spent, 1)}


def filled(rows: Any, folder: Path, run: asyncio.Runner) -> tuple[EdgeVectors, dict[str, Any]]:
    store, before = EdgeVectors(folder), resident()

    def put() -> None:
        for start in range(0, len(rows), PART):
            points = [point(start + at, row) for at, row in enumerate(rows[start : start + PART])]
            run.run(store.upsert(points))

    found: dict[str, Any] = {"stored": clocked(put), "built": clocked(lambda: run.run(store.optimise()))}
    run.run(store.close())
    store = EdgeVectors(folder)
    found["resident MiB"] = round(resident() - before)
    found["disk MiB"] = round(sum(file.stat().st_size for file in folder.rglob("*")) / 2**20)
    return store, found


def peer(rows: Any, kind: str) -> tuple[Index, dict[str, Any]]:
    before = resident()
    index = Index(
        ndim=SIZE, metric="cos", dtype=kind, connectivity=16, expansion_add=128, expansion_search=128
    )
    threads = os.cpu_count() or 1  # as many as the store takes
    found = {"built": clocked(lambda: index.add(np.arange(len(rows)), rows, threads=threads))}
    return index, {**found, "resident MiB": round(resident() - before)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--points", type=int, default=100_000)
    arguments.add_argument("--asked", type=int, default=300)
    arguments.add_argument("--usearch", nargs="*", default=["f32", "i8"], choices=["f32", "f16", "i8"])
    wanted = arguments.parse_args()
    rows, asked = made(wanted.points, wanted.asked)
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as run:
        keep(
            "vectors", {f"{wanted.points} x {SIZE}": measured(rows, asked, Path(folder), run, wanted.usearch)}
        )


def measured(
    rows: Any, asked: Any, folder: Path, run: asyncio.Runner, kinds: Sequence[str]
) -> dict[str, Any]:
    store, about = filled(rows, folder / "vectors", run)
    built: dict[str, Any] = {"embedded store": about}

    def ours(where: Where) -> Ask:
        return lambda question: [
            int(one.item) for one in run.run(store.nearest(dense=question.tolist(), where=where))
        ]

    truth = [nearest(rows, question) for question in asked]
    half = [2 * nearest(rows[::2], question) for question in asked]
    tenth = [10 * nearest(rows[::10], question) for question in asked]
    some = {
        "embedded store": Asked(ours(Where()), asked, truth),
        f"embedded store, {HALF}": Asked(ours(Where(languages=["en"])), asked, half),
        f"embedded store, {TENTH}": Asked(ours(Where(sources=["s0"])), asked, tenth),
        "scan of all": Asked(lambda question: nearest(rows, question), asked, truth),
    }
    for kind in kinds:
        index, built[f"usearch {kind}"] = peer(rows, kind)
        some[f"usearch {kind}"] = Asked(lambda q, index=index: index.search(q, 10).keys, asked, truth)
    print("asking", file=sys.stderr)
    for start in range(-ROUND, len(asked), ROUND):
        for one in some.values():
            one.round(max(start, 0))
            if start < 0:  # a round to warm up
                one.begin()
    run.run(store.close())
    return {name: {**built.get(name, {}), **one.found()} for name, one in some.items()} | {
        "load of the machine": round(os.getloadavg()[0], 1)
    }


if __name__ == "__main__":
    main()
