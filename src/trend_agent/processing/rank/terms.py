"""The summands of a score, in natural logarithms so that a reader can add them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from trend_agent.items import Term, TrendState
from trend_agent.processing.rank.columns import Floats
from trend_agent.processing.rank.measures import Measures
from trend_agent.processing.rank.settings import RankSettings

NAMES = ("volume", "rise", "acceleration", "surprise", "breadth", "engagement")
"""The measures that are summed, in the order they are summed in."""


def values_of(m: Measures, settings: RankSettings) -> Mapping[str, Floats]:
    """What each measure adds to the score of each topic."""
    usual = m.before * settings.now_hours / settings.before_hours
    rise = np.log((m.now + 1.0) / (usual + 1.0))
    faster = np.maximum(np.log((m.late + 1.0) / (m.early + 1.0)), 0.0)
    return {
        "volume": settings.volume * np.log1p(m.volume),
        "rise": settings.rise * rise,
        "acceleration": settings.acceleration * np.maximum(rise, 0.0) * faster,
        "surprise": settings.surprise * np.maximum(m.surprise - settings.surprise_floor, 0.0),
        "breadth": settings.breadth * np.log1p(m.effective),
        "engagement": settings.engagement * m.loudness,
    }


def summed(values: Mapping[str, Floats]) -> Floats:
    """The score of each topic by its measures alone, added up in the order of a receipt."""
    total: Floats = np.zeros_like(values["volume"])
    for name in NAMES:
        total = total + values[name]
    return total


def terms_of(
    m: Measures,
    values: Mapping[str, Floats],
    k: int,
    rise: Mapping[str, float],
    hold: Mapping[str, float],
    settings: RankSettings,
) -> list[Term]:
    """The terms of topic `k`, each with what it was computed from; `rise` is what its surprise rests on, `hold` how
    likely it goes on and how many past rises say so."""
    inputs: Mapping[str, Mapping[str, float]] = {
        "volume": {"weighted_items": m.volume[k], "in_concert": m.concert[k]},
        "rise": {
            "per_hour_now": m.now[k] / settings.now_hours,
            "per_hour_before": m.before[k] / settings.before_hours,
            **hold,
        },
        "acceleration": {"late": m.late[k], "early": m.early[k], "hours": settings.now_hours / 2},
        "surprise": {"log10_odds": m.surprise[k], **rise},
        "breadth": {"effective_sources": m.effective[k]},
        "engagement": {"percentile_in_source": m.loudness[k]},
    }
    return [
        Term(name, float(values[name][k]), {key: round(float(v), 6) for key, v in inputs[name].items()})
        for name in NAMES
    ]


def state_of(m: Measures, k: int, settings: RankSettings) -> TrendState:
    """By how far the last hours are from what the hours before lead to expect, in standard deviations of a
    Poisson count (one is added, so that single items are no verdict)."""
    recent = settings.now_hours + settings.before_hours
    expected = m.before[k] * settings.now_hours / settings.before_hours
    change = (m.now[k] - expected) / float(np.sqrt(expected + 1.0))
    if m.newest[k] > recent or change < -0.9:
        return "fading"
    if m.oldest[k] <= 2 * settings.now_hours:
        return "new"
    if change > 0.9:
        return "rising"
    exposure = max(m.oldest[k] - recent, 0.0)
    long_run = m.past[k] / max(exposure, 1.0) * recent
    lately = m.now[k] + m.before[k]
    return "peaking" if (lately - long_run) / float(np.sqrt(long_run + 1.0)) > 2.0 else "steady"


def hourly(ages: Floats, hours: int = 24) -> Sequence[float]:
    """Items per hour over the last hours, oldest first."""
    recent = ages[ages < hours]
    return [float(n) for n in np.bincount(hours - 1 - recent.astype(np.int64), minlength=hours)]
