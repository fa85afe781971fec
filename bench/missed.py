"""Whether the estimate of what was missed is right, in made-up worlds whose truth is known: `python -m bench.missed`.

In each world topics draw differently and voices tell differently much; only topics that some voice told are seen. An
estimate is good where its 90 % interval holds the truth in at least 85 % of the worlds. Beside it stand Chao's bound
with its log-normal interval and the estimate that takes all topics for alike (Schnabel's, of equal catchability).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
from scipy.optimize import brentq

from trend_agent.processing.missed.estimate import chao_interval, estimate

Draw = Callable[[np.random.Generator, int], np.ndarray]

WORLDS: dict[str, Draw] = {
    "all topics alike": lambda rng, n: np.zeros(n),
    "drawing log-normally, a little": lambda rng, n: rng.normal(0, 0.8, n),
    "drawing log-normally, much": lambda rng, n: rng.normal(0, 1.6, n),
    "drawing by a gamma law": lambda rng, n: np.log(rng.gamma(0.8, 1 / 0.8, n) + 1e-9),
    "drawing by a power law": lambda rng, n: np.log(rng.pareto(1.5, n) + 0.2),
    "many small and few large": lambda rng, n: np.where(rng.random(n) < 0.15, 2.2, -0.4),
}


def world(rng: np.random.Generator, draw: Draw, *, topics: int, voices: int) -> list[set[str]]:
    """The voices that told of each topic; of most, none did in the worst case."""
    reach = rng.normal(-3.2, 0.9, voices)
    odds = reach[None, :] + draw(rng, topics)[:, None]
    told = rng.random((topics, voices)) < 1 / (1 + np.exp(-odds))
    return [{f"v{j}" for j in np.flatnonzero(row)} for row in told if row.any()]


def equal(told: list[set[str]]) -> float:
    """The number of topics if all are alike: where the voices would have left as many unseen as are missing."""
    own = np.unique([v for voices in told for v in voices], return_counts=True)[1]
    return brentq(lambda n: n * (1 - np.prod(1 - own / n)) - len(told), max(own) + 1e-6, 1000 * len(told))


def counted(told: list[set[str]]) -> np.ndarray:
    """How many topics were told by 0, 1, 2 … voices."""
    return np.bincount([len(voices) for voices in told], minlength=len(set().union(*told)) + 1).astype(float)


def measured(draw: Draw, *, runs: int, topics: int, voices: int, seed: int) -> dict[str, Any]:
    ours, bound, plain, seconds, widths, shares = [], [], [], [], [], []
    for run in range(runs):
        told = world(np.random.default_rng((seed, run)), draw, topics=topics, voices=voices)
        began = process_time()
        found = estimate(told)
        seconds.append(process_time() - began)
        shares.append(1 - len(told) / topics)
        if found.total is None:
            continue
        low, high = chao_interval(counted(told), 0.9)
        ours.append((found.total / topics, found.lower <= topics <= found.upper))
        bound.append((found.at_least / topics, low <= topics <= high))
        plain.append(equal(told) / topics)
        widths.append((found.upper - found.lower) / topics)
    return {
        "topics": topics,
        "voices": voices,
        "runs": len(ours),
        "truly_missed_share": round(float(np.mean(shares)), 3),
        "interval_holds_truth": round(float(np.mean([held for _, held in ours])), 3),
        "median_total_to_truth": round(float(np.median([ratio for ratio, _ in ours])), 3),
        "median_width_to_truth": round(float(np.median(widths)), 3),
        "chao_interval_holds_truth": round(float(np.mean([held for _, held in bound])), 3),
        "chao_median_to_truth": round(float(np.median([ratio for ratio, _ in bound])), 3),
        "chao_is_a_lower_bound": round(float(np.mean([ratio <= 1.02 for ratio, _ in bound])), 3),
        "equal_median_to_truth": round(float(np.median(plain)), 3),
        "median_cpu_seconds": round(float(np.median(seconds)), 3),
    }


def main(argv: list[str]) -> dict[str, Any]:
    runs = int(argv[0]) if argv else 200
    return {
        name: measured(draw, runs=runs, topics=600, voices=20, seed=number)
        for number, (name, draw) in enumerate(WORLDS.items())
    }


if __name__ == "__main__":
    import json

    print(json.dumps(main(sys.argv[1:]), indent=2))
