"""Whether the estimate of what was missed is right, in made-up worlds whose truth is known: `python -m bench.missed`;
and, in made-up sources that fall silent at a known time, how soon that is told and how often it is told wrongly.

In each world topics draw differently and voices tell differently much; only topics that some voice told are seen. An
estimate is good where its 90 % interval holds the truth in at least 85 % of the worlds. Beside it stand Chao's bound
with its log-normal interval and the estimate that takes all topics for alike (Schnabel's, of equal catchability).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

import numpy as np
from scipy.optimize import brentq

from trend_agent.processing.missed.estimate import chao_interval, estimate
from trend_agent.sources.rhythm import LOOK_BACK, rhythm
from trend_agent.storage import Visit

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


BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

RATES: dict[str, Callable[[int], float]] = {
    "an agency, 20 an hour": lambda hour: 20.0,
    "a paper, 3 an hour by day": lambda hour: 3.0 if 6 <= hour % 24 < 23 else 0.1,
    "an office, 1 an hour on working days": lambda hour: 1.0 * (hour // 24 % 7 < 5 and 8 <= hour % 24 < 18),
    "a blog, 1 in two days": lambda hour: 1 / 48,
}
"""Expected items of each hour since the beginning."""


def quiet(rate: Callable[[int], float], *, sources: int, seed: int) -> dict[str, float]:
    """28 days of hourly visits; at the end a source falls silent. False tellings are looked for every third hour of
    the last week before that, the true one every hour after it, as long as 40 items or 40 visits would have taken."""
    told, posts, hours, wrong, looked = 0, [], [], 0, 0
    usual = sum(map(rate, range(28 * 24))) / (28 * 24)
    for number in range(sources):
        rng = np.random.default_rng((seed, number))
        visits = [Visit("x", BEGIN + timedelta(hours=h), int(rng.poisson(rate(h)))) for h in range(28 * 24)]
        for hour in range(21 * 24, 28 * 24, 3):
            wrong += rhythm(visits[:hour], visits[hour].at).quiet
            looked += 1
        for more in range(1, int(max(40, 40 / usual)) + 2):
            visits.append(Visit("x", BEGIN + timedelta(hours=28 * 24 + more - 1), 0))
            window = [visit for visit in visits if visit.at > visits[-1].at - LOOK_BACK]
            if rhythm(window, visits[-1].at).quiet:
                told += 1
                hours.append(more)
                posts.append(sum(rate(28 * 24 + h) for h in range(more)))
                break
    return {
        "told": round(told / sources, 3),
        "median_hours_until_told": float(np.median(hours)) if hours else None,
        "median_expected_items_until_told": round(float(np.median(posts)), 1) if posts else None,
        "most_expected_items_until_told": round(max(posts), 1) if posts else None,
        "wrongly_told_share_of_looks": round(wrong / looked, 5),
    }


def main(argv: list[str]) -> dict[str, Any]:
    runs = int(argv[0]) if argv else 200
    return {
        "missed": {
            name: measured(draw, runs=runs, topics=600, voices=20, seed=number)
            for number, (name, draw) in enumerate(WORLDS.items())
        },
        "quiet": {
            name: quiet(rate, sources=10, seed=number) for number, (name, rate) in enumerate(RATES.items())
        },
    }


if __name__ == "__main__":
    import json
    import platform

    print(
        json.dumps(
            {
                "command": " ".join(["python -m bench.missed", *sys.argv[1:]]),
                "on": f"Python {platform.python_version()}, 2 cores",
                "at": f"{datetime.now(UTC):%Y-%m-%d}",
                "found": main(sys.argv[1:]),
            },
            indent=2,
        )
    )
