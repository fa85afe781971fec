"""24-hour forecasts of mentions by the hour, beside naive ones and statsforecast's models.

28 moments from the fifteenth day on to a day before the end, evenly spread. MASE is the mean absolute
error over that of repeating the day before, the latter taken over the whole series.
"""

from __future__ import annotations

import gzip
import json
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from trend_agent.processing.forecast import forecasts

Array = np.ndarray[Any, Any]
DAY, ORIGINS = 24, 28


def hourly(file: Path) -> dict[str, Array]:
    """Whole hours of each series of Twitter mentions."""
    found = {}
    for line in gzip.decompress(file.read_bytes()).splitlines():
        row = json.loads(line)
        if "realTweets" not in row["series"]:
            continue
        hours: dict[int, float] = {}
        for at, value in row["points"]:
            hour = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() // 3600)
            hours[hour] = hours.get(hour, 0.0) + value
        found[row["series"]] = np.array([hours.get(hour, 0.0) for hour in range(min(hours) + 1, max(hours))])
    return found


def library(name: str, **options: Any) -> Callable[[Array], tuple[Array, Array, Array]]:
    """A model of statsforecast on ln(1 + count), with its own 80 % interval."""
    from statsforecast import models

    def ahead(past: Array) -> tuple[Array, Array, Array]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = getattr(models, name)(**options).forecast(y=np.log1p(past), h=DAY, level=[80])
        low, high = out.get("lo-80", out["mean"]), out.get("hi-80", out["mean"])
        return np.expm1(out["mean"]), np.expm1(low), np.expm1(high)

    return ahead


def ours(past: Array) -> tuple[Array, Array, Array]:
    found = forecasts([past])[0]
    assert found is not None
    return found.mean, found.lower, found.upper


def flat(value: Array) -> tuple[Array, Array, Array]:
    return value, value, value


def models() -> dict[str, Callable[[Array], tuple[Array, Array, Array]]]:
    return {
        "ours": ours,
        "naive": lambda past: flat(np.repeat(past[-1], DAY)),
        "seasonal naive": lambda past: flat(past[-DAY:]),
        "Theta": library("DynamicOptimizedTheta", season_length=DAY),
        "MSTL": library("MSTL", season_length=[DAY, 7 * DAY]),
        "AutoETS": library("AutoETS", season_length=DAY),
    }


def measured(series: Array, ahead: Callable[[Array], tuple[Array, Array, Array]]) -> tuple[float, float]:
    """MASE and share of outcomes within the 80 % interval."""
    scale = np.abs(series[DAY:] - series[:-DAY]).mean()
    missed, held = [], []
    for now in np.linspace(14 * DAY, len(series) - DAY, ORIGINS).astype(int):
        middle, lower, upper = ahead(series[:now])
        actual = series[now : now + DAY]
        missed.append(np.abs(np.maximum(middle, 0) - actual).mean() / scale)
        held.append(np.mean((actual >= lower - 1e-9) & (actual <= upper + 1e-9)))
    return float(np.mean(missed)), float(np.mean(held))


def forecast_results(file: Path) -> dict[str, dict[str, float]]:
    series = hourly(file)
    found = {}
    for name, ahead in models().items():
        rows = np.array([measured(line, ahead) for line in series.values()])
        found[name] = {"mase": round(float(rows[:, 0].mean()), 4)}
        if "naive" not in name:
            found[name]["held_by_80"] = round(float(rows[:, 1].mean()), 4)
    return found
