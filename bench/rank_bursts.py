"""The surprise of ranking, which keeps no memory, on worlds of planted bursts: recall, and the dial."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from time import process_time
from types import ModuleType
from typing import Any

import numpy as np

from bench.trends import DAYS, Alarms, Array, world
from trend_agent.processing.detect.alarms import QUIET_HOURS, Rises
from trend_agent.processing.detect.recent import Sparse, surprises
from trend_agent.processing.rank.settings import RankSettings
from trend_agent.processing.rank.stream import chance_of, tide_of

DIAL_BINS = 24
"""The dial is read every six hours here, to spare the machine; it changes with the day."""
ASKED = ((2000, (2.0, 10.0)), (200, (1.0,)))
"""Topics of a world, and the dials asked for."""


def stateless(judge: ModuleType, counts: Array, dials: Sequence[float]) -> dict[float, Alarms]:
    """The alarms at each dial: each bin looked at anew with the seven days before it, as ranking does."""
    settings = [RankSettings(false_alarms_per_day=per_day) for per_day in dials]
    detect, window = settings[0].detect, settings[0].window
    width = timedelta(seconds=detect.bin_seconds)
    owner, at = np.nonzero(counts)
    rises = [Rises(QUIET_HOURS * detect.bins_per_day // 24) for _ in dials]
    thresholds = [np.inf for _ in dials]
    found: dict[float, Alarms] = {per_day: [] for per_day in dials}
    for now in range(counts.shape[1]):
        first = max(0, now + 1 - window // width)
        inside = (at >= first) & (at <= now)
        if not inside.any():
            continue
        topics, rows = np.unique(owner[inside], return_inverse=True)
        series = Sparse(rows, at[inside] - first, counts[owner, at][inside], topics.size, now + 1 - first)
        tide = tide_of(series, detect)
        if now % DIAL_BINS == 0:
            moment = judge.START + (now + 1) * width
            thresholds = [chance_of(series, tide, one, moment).threshold for one in settings]
        surprise = surprises(series, tide, detect, detect.bins_per_day).now
        for per_day, threshold, called in zip(dials, thresholds, rises, strict=True):
            found[per_day] += [
                {"series": f"t{topics[row]}", "at": judge.when(now), "surprise": float(surprise[row])}
                for row in np.nonzero(surprise > threshold)[0].tolist()
                if called.calls(f"t{topics[row]}", now, 1)
            ]
    return found


def bursts(judge: ModuleType, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Per dial the recall within six hours, and the false alarms per day without any cut."""
    found: dict[str, Any] = {"seeds": list(seeds)}
    began = process_time()
    for topics, dials in ASKED:
        scored: dict[float, list[dict[str, Any]]] = {per_day: [] for per_day in dials}
        for seed in seeds:
            counts, truth = world(judge, seed, topics)
            for per_day, alarms in stateless(judge, counts, dials).items():
                scored[per_day].append(judge.score(truth, alarms, DAYS, per_day))
        found |= {f"{topics} topics, dial {per_day:g}": _summed(each) for per_day, each in scored.items()}
    return found | {"cpu_seconds": round(process_time() - began)}


def _summed(each: Sequence[dict[str, Any]]) -> dict[str, Any]:
    uncut = [row["false_per_day_uncut"] for row in each]
    return {
        "recall_6h": round(float(np.mean([row["recall_6h"] or 0.0 for row in each])), 4),
        "false_per_day": round(float(np.mean(uncut)), 2),
        "each": [round(one, 2) for one in uncut],
    }
