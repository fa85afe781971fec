"""NAB's score on the Twitter volumes: strictly causal, one threshold, chosen with each series left out in turn.

The score follows NAB's sweeper (Lavin and Ahmad 2015): a window found earns up to 1 by how early, a window
missed costs 1, a false alarm costs up to .11 (.22 in the low-FP profile); the first 15 % are not scored.
0 is a detector that never calls, 100 a perfect one.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from trend_agent.processing.detect.own import OwnScale

Array = np.ndarray[Any, Any]
PROFILES = {"standard": 0.11, "low-FP": 0.22}
THRESHOLDS = np.linspace(0.5, 3, 51)
QUIET = 288


@dataclass
class Volume:
    """A series' scores per 5-minute record, and the windows as first and last record."""

    scores: Array
    windows: list[tuple[int, int]]

    @property
    def probation(self) -> int:
        return min(int(0.15 * len(self.scores)), 750)


def volumes(file: Path) -> list[Volume]:
    found = []
    for line in gzip.decompress(file.read_bytes()).splitlines():
        row = json.loads(line)
        if "realTweets" in row["series"]:
            at = np.array([seconds(stamp) for stamp, _ in row["points"]])
            windows = [(edge(at, first), edge(at, last)) for first, last in row["gold_windows"]]
            one = OwnScale(QUIET)
            found.append(Volume(np.array([one.advance(value) for _, value in row["points"]]), windows))
    return found


def seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()


def edge(at: Array, stamp: str) -> int:
    return int(np.searchsorted(at, seconds(stamp)))


def calls(volume: Volume, threshold: float) -> list[int]:
    """The first record of each rise: none for a day while it stays above."""
    found, last = [], -QUIET - 1
    for at in np.nonzero(volume.scores > threshold)[0]:
        if at - last > QUIET:
            found.append(int(at))
        last = at
    return [at for at in found if at >= volume.probation]


def reward(place: float) -> float:
    return float(2 / (1 + np.exp(5 * place)) - 1)


def raw(volume: Volume, threshold: float, cost: float) -> float:
    windows = [window for window in volume.windows if window[1] >= volume.probation]
    best = [-1.0] * len(windows)
    lost = 0.0
    for at in calls(volume, threshold):
        inside = [place for place, (first, last) in enumerate(windows) if first <= at <= last]
        if inside:
            first, last = windows[inside[0]]
            earned = reward(-(last - at + 1) / (last - first + 1)) / reward(-1.0)
            best[inside[0]] = max(best[inside[0]], earned)
        else:
            lost += cost * fault(at, windows)
    return sum(best) + lost


def fault(at: int, windows: list[tuple[int, int]]) -> float:
    """What a call outside all windows costs: less just after one, -1 elsewhere."""
    before = [(first, last) for first, last in windows if last < at]
    if not before:
        return -1.0
    first, last = before[-1]
    place = (at - last) / max(1, last - first)
    return -1.0 if place > 3 else reward(place)


def nab_results(file: Path) -> dict[str, Any]:
    series = volumes(file)
    count = sum(window[1] >= volume.probation for volume in series for window in volume.windows)
    found: dict[str, Any] = {"series": len(series), "windows": count}
    for name, cost in PROFILES.items():
        table = np.array([[raw(volume, threshold, cost) for threshold in THRESHOLDS] for volume in series])
        best = [int(np.argmax(np.delete(table, row, axis=0).sum(axis=0))) for row in range(len(series))]
        left_out = sum(table[row, column] for row, column in enumerate(best))
        at_default = table[:, int(np.argmin(np.abs(THRESHOLDS - 0.75)))].sum()
        found[name] = {
            "one series left out": round(50 * float(left_out + count) / count, 1),
            "at the default threshold": round(50 * float(at_default + count) / count, 1),
        }
    return found
