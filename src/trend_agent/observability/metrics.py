"""What is counted. Labels come from fixed sets, never from what strangers write."""

from __future__ import annotations

from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

FETCHED = Counter("trend_items_fetched", "Items that were new to the log", ["source_kind"], registry=REGISTRY)
KNOWN = Counter("trend_items_known", "Items delivered again", ["source_kind"], registry=REGISTRY)
FATES = Counter("trend_items_settled", "Items by what became of them", ["verdict"], registry=REGISTRY)
COLLECTIONS = Counter(
    "trend_collections", "Collections by how they went", ["source_kind", "outcome"], registry=REGISTRY
)
STAGE_SECONDS = Histogram(
    "trend_stage_seconds",
    "Time a stage took for one batch",
    ["stage"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "trend_request_seconds",
    "Time until the answer to a request was sent",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
WAITING = Gauge("trend_items_waiting", "Items in the log without a fate", registry=REGISTRY)
TRENDS = Gauge("trend_list_length", "Trends on the current list", registry=REGISTRY)

COUNTED_ALONE = Gauge(
    "trend_rates_counted_alone",
    "1 while this process counts requests by itself, as the counter of all processes does not answer",
    ["limit"],
    registry=REGISTRY,
)

ALERTS = Counter("trend_alerts", "Alerts that were told", registry=REGISTRY)

PageOutcome = Literal["taken", "shorter", "failed", "left"]

PAGES = Counter(
    "trend_pages", "Pages behind items' links by what became of them", ["outcome"], registry=REGISTRY
)

CacheOutcome = Literal["hit", "miss", "fault", "damaged"]

CACHE_READS = Counter(
    "trend_cache_reads", "Reads of the cache by how they went", ["outcome"], registry=REGISTRY
)
CACHE_HIT_RATIO = Gauge(
    "trend_cache_hit_ratio", "Hits among all reads of the cache since the start", registry=REGISTRY
)

PointOutcome = Literal["written", "dropped", "rejected"]

POINTS = Counter(
    "trend_timeseries_points",
    "Points for the time series by what became of them",
    ["outcome"],
    registry=REGISTRY,
)
POINTS_WAITING = Gauge(
    "trend_timeseries_points_waiting", "Points that wait for the time series", registry=REGISTRY
)


class _Reads:
    hits = 0
    all = 0


def cache_read(outcome: CacheOutcome) -> None:
    """Count one read of the cache."""
    CACHE_READS.labels(outcome).inc()
    _Reads.all += 1
    _Reads.hits += outcome == "hit"
    CACHE_HIT_RATIO.set(_Reads.hits / _Reads.all)


def points(outcome: PointOutcome, number: int, *, waiting: int) -> None:
    """Count what became of points, and say how many wait."""
    POINTS.labels(outcome).inc(number)
    POINTS_WAITING.set(waiting)
