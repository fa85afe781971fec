"""What a published list says in numbers over time: each topic's score, velocity and items, once an hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trend_agent.items import Trend
from trend_agent.storage.ports.timeseries import Point

METRICS = ("topic_score", "topic_velocity", "topic_items")


def told(ranked: Sequence[Trend]) -> Iterator[Point]:
    """The points of a list, each at the start of its hour: of an hour the last list stays, as in the records."""
    for trend in ranked:
        hour = trend.at.replace(minute=0, second=0, microsecond=0)
        for metric, value in zip(METRICS, (trend.score, trend.velocity, trend.items), strict=True):
            yield Point(metric, hour, float(value), {"topic": trend.topic})
