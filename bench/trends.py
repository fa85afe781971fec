"""Burst detection, its dial and the forecast beside their rivals: `python -m bench.trends FOLDER [SEEDS]`.

FOLDER holds `eval/bursts.py`, which makes and scores worlds of planted bursts, and `data/nab`. SEEDS are
worlds as in `1,2,3`. What was measured goes to bench/results/trends.json.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

import numpy as np

from bench.kept import keep
from bench.trends_forecast import forecast_results
from bench.trends_nab import nab_results
from bench.trends_rivals import RIVALS
from trend_agent.processing.detect import Detector

DAYS = 14
TUNED = (1, 2, 3, 4, 5, 21, 22, 23, 24)
FRESH = (7, 11, 12, 13, 31, 32, 33, 34, 35, 36)
"""Worlds that took no part in choosing a setting."""
QUIET = 96

Array = np.ndarray[Any, Any]
Alarms = list[dict[str, Any]]


def judge_of(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bursts", folder / "eval" / "bursts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def world(judge: ModuleType, seed: int, topics: int) -> tuple[Array, Any]:
    """Counts of topics × bins, and the planted bursts."""
    rows, truth = judge.make(seed, topics, DAYS)
    counts = np.zeros((topics, DAYS * 96))
    for at, topic, count in rows:
        counts[topic, at] = count
    return counts, truth


def columns(counts: Array) -> Iterator[dict[str, float]]:
    for at in range(counts.shape[1]):
        rows = np.nonzero(counts[:, at])[0]
        yield dict(zip((f"t{row}" for row in rows), counts[rows, at].tolist(), strict=True))


def ours(judge: ModuleType, counts: Array, per_day: float | None) -> Alarms:
    detector = Detector(per_day=per_day)
    return [
        {"series": alarm.series, "at": judge.when(alarm.bin_index), "surprise": alarm.surprise}
        for at, column in enumerate(columns(counts))
        for alarm in detector.advance(at, column)
    ]


def new_highs(judge: ModuleType, score: Array) -> Alarms:
    """Alarms of a rival: wherever its score exceeds all of the last 24 h, for the ranking to cut."""
    found: Alarms = []
    floor = np.quantile(score, 0.98)
    for topic, line in enumerate(score):
        found += [
            {"series": f"t{topic}", "at": judge.when(at), "surprise": float(line[at])}
            for at in np.nonzero(line > floor)[0]
            if line[at] > line[max(0, at - QUIET) : at].max(initial=-np.inf)
        ]
    return found


def recalls(judge: ModuleType, truth: Any, find: Callable[[float], Alarms]) -> dict[str, float]:
    scored = {per_day: judge.score(truth, find(per_day), DAYS, per_day) for per_day in (2, 10)}
    return {
        f"{name}_at_{per_day}": row[key] or 0.0
        for per_day, row in scored.items()
        for name, key in (("recall", "recall_6h"), ("cold", "recall_cold"), ("uncut", "false_per_day_uncut"))
    }


def planted(judge: ModuleType, seed: int) -> dict[str, dict[str, float]]:
    counts, truth = world(judge, seed, 2000)
    began = perf_counter()
    ranked = ours(judge, counts, None)
    took = perf_counter() - began
    found = {
        "ours, without a dial": recalls(judge, truth, lambda _: ranked) | {"seconds": took},
        "ours, dial at the budget": recalls(judge, truth, lambda per_day: ours(judge, counts, per_day)),
    }
    for name, rival in RIVALS.items():
        alarms = new_highs(judge, rival(counts))
        found[name] = recalls(judge, truth, lambda _, alarms=alarms: alarms)
    few, few_truth = world(judge, seed, 200)
    uncut = judge.score(few_truth, ours(judge, few, 1.0), DAYS, 1)["false_per_day_uncut"]
    found["dial of 1 for 200 topics"] = {"uncut": uncut}
    return found


def mean_of(worlds: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    return {
        method: {
            key: round(float(np.mean([one[method][key] for one in worlds])), 4) for key in worlds[0][method]
        }
        for method in worlds[0]
    }


def main() -> None:
    folder = Path(sys.argv[1])
    judge = judge_of(folder)
    sets = {"tuned": TUNED, "fresh": FRESH}
    if len(sys.argv) > 2:
        sets = {"chosen": tuple(int(seed) for seed in sys.argv[2].split(","))}
    results: dict[str, Any] = {}
    for name, seeds in sets.items():
        worlds = [planted(judge, seed) for seed in seeds]
        results[name] = {"seeds": list(seeds), "mean": mean_of(worlds)}
        each = [world["ours, dial at the budget"] for world in worlds]
        results[name]["each"] = {str(seed): row for seed, row in zip(seeds, each, strict=True)}
    results["realTweets anomalies"] = nab_results(folder / "data" / "nab" / "series.jsonl.gz")
    results["realTweets forecast"] = forecast_results(folder / "data" / "nab" / "series.jsonl.gz")
    keep("trends", results)


if __name__ == "__main__":
    main()
