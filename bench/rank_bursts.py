"""The surprise of ranking, which keeps no memory, on worlds of planted bursts: recall, and the dial."""

from __future__ import annotations

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

DIAL_BINS = 8
"""The dial is read every two hours here, to spare the machine; ranking reads it each time."""


def stateless(judge: ModuleType, counts: Array, per_day: float) -> Alarms:
    """Each bin looked at anew with the seven days before it, as ranking does."""
    settings = RankSettings(false_alarms_per_day=per_day)
    detect, window = settings.detect, round(settings.window.total_seconds() / settings.detect.bin_seconds)
    owner, at = np.nonzero(counts)
    weight = counts[owner, at]
    width = timedelta(seconds=detect.bin_seconds)
    rises, found = Rises(QUIET_HOURS * detect.bins_per_day // 24), []
    threshold = np.inf
    for now in range(counts.shape[1]):
        first = max(0, now + 1 - window)
        inside = (at >= first) & (at <= now)
        topics, rows = np.unique(owner[inside], return_inverse=True)
        series = Sparse(rows, at[inside] - first, weight[inside], topics.size, now + 1 - first)
        if not topics.size:
            continue
        tide = tide_of(series, detect)
        surprise = surprises(series, tide, detect, detect.bins_per_day).now
        if now % DIAL_BINS == 0:
            threshold = chance_of(series, tide, settings, judge.START + (now + 1) * width).threshold
        found += [
            {"series": f"t{topics[row]}", "at": judge.when(now), "surprise": float(surprise[row])}
            for row in np.nonzero(surprise > threshold)[0].tolist()
            if rises.calls(f"t{topics[row]}", now, 1)
        ]
    return found


def bursts(judge: ModuleType, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Per dial the recall within six hours, and the false alarms per day without any cut."""
    found: dict[str, Any] = {"seeds": list(seeds)}
    began = process_time()
    for topics, per_day in ((2000, 2.0), (2000, 10.0), (200, 1.0)):
        each = []
        for seed in seeds:
            counts, truth = world(judge, seed, topics)
            each.append(judge.score(truth, stateless(judge, counts, per_day), DAYS, per_day))
        uncut = [row["false_per_day_uncut"] for row in each]
        found[f"{topics} topics, dial {per_day:g}"] = {
            "recall_6h": round(float(np.mean([row["recall_6h"] or 0.0 for row in each])), 4),
            "false_per_day": round(float(np.mean(uncut)), 2),
            "lowest": round(min(uncut), 2),
            "highest": round(max(uncut), 2),
        }
    return found | {"cpu_seconds": round(process_time() - began)}
