"""The nearest of many vectors: the embedded store beside usearch and a scan of all, in one run.

    python -m bench.vectors [--points 100000] [--asked 300]

The vectors are made up: 384 numbers around 2,000 centres, of length one. Prints and keeps in
bench/results/vectors.json, under the number of points: seconds to store and to build; milliseconds per question, the
median, the 95th of 100 and of processor time; the share of the true ten nearest that is found.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from usearch.index import Index

from bench.kept import keep
from trend_agent.storage.ports.vectors import Point, Where
from trend_agent.storage.qdrant.edge import EdgeVectors

SIZE, CENTRES, PART = 384, 2000, 1000
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def made(points: int, asked: int) -> tuple[Any, Any]:
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(CENTRES, SIZE))
    rows = centres[chance.integers(0, CENTRES, points + asked)] + 0.7 * chance.normal(
        size=(points + asked, SIZE)
    )
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return rows[:points], rows[points:]


def timed(answer: Callable[[Any], Sequence[int]], asked: Any, truth: Any) -> dict[str, Any]:
    took, spent, right = [], process_time(), 0
    for question, wanted in zip(asked, truth, strict=True):
        began = perf_counter()
        found = answer(question)
        took.append(1000 * (perf_counter() - began))
        right += len({int(one) for one in found} & {int(one) for one in wanted})
    spent = 1000 * (process_time() - spent) / len(asked)
    median, late = np.percentile(took, [50, 95])
    return {
        "median ms": round(median, 2),
        "p95 ms": round(late, 2),
        "processor ms": round(spent, 2),
        "recall@10": round(right / (10 * len(asked)), 4),
    }


def nearest(rows: Any, question: Any) -> Any:
    scores = rows @ question
    best = np.argpartition(-scores, 10)[:10]
    return best[np.argsort(-scores[best])]


def point(at: int, row: Any) -> Point:
    return Point(str(at), NOW, f"s{at % 10}", ("en", "de")[at % 2], "t", dense=row.tolist())


def edge(rows: Any, asked: Any, truth: Any, folder: Path) -> dict[str, Any]:
    store, run = EdgeVectors(folder / "vectors"), asyncio.Runner()
    began = perf_counter()
    for start in range(0, len(rows), PART):
        run.run(store.upsert([point(start + at, row) for at, row in enumerate(rows[start : start + PART])]))
    stored = perf_counter()
    run.run(store.optimise())
    built, half = perf_counter(), Where(languages=["en"])

    def ask(question: Any, where: Where) -> list[int]:
        return [int(one.item) for one in run.run(store.nearest(dense=question, where=where))]

    found = {
        "stored s": round(stored - began, 1),
        "built s": round(built - stored, 1),
        **timed(lambda question: ask(question, Where()), asked, truth),
    }
    english = [2 * nearest(rows[::2], question) for question in asked]
    found["one language of two"] = timed(lambda question: ask(question, half), asked, english)
    run.run(store.close())
    run.close()
    return found


def usearch(rows: Any, asked: Any, truth: Any) -> dict[str, Any]:
    index = Index(
        ndim=SIZE, metric="ip", dtype="f32", connectivity=16, expansion_add=128, expansion_search=128
    )
    began = perf_counter()
    index.add(np.arange(len(rows)), rows, threads=1)
    built = perf_counter() - began
    return {
        "built s": round(built, 1),
        **timed(lambda question: index.search(question, 10).keys, asked, truth),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--points", type=int, default=100_000)
    arguments.add_argument("--asked", type=int, default=300)
    wanted = arguments.parse_args()
    rows, asked = made(wanted.points, wanted.asked)
    truth = [nearest(rows, question) for question in asked]
    with tempfile.TemporaryDirectory() as folder:
        found = {
            "embedded store": edge(rows, asked, truth, Path(folder)),
            "usearch": usearch(rows, asked, truth),
            "scan of all": timed(lambda question: nearest(rows, question), asked, truth),
        }
    keep("vectors", {f"{wanted.points} x {SIZE}": found})


if __name__ == "__main__":
    main()
