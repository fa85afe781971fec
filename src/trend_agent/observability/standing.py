"""How this process does, in a few numbers: what `/metrics` counts, put together for a person's eye."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

from trend_agent.observability.metrics import REGISTRY

BEGAN = monotonic()
MIB = 1 << 20
KIB = 1 << 10


@dataclass(frozen=True, slots=True)
class Spent:
    """How often something was done, and in how many seconds: on average, and at most for half, nineteen in twenty and
    ninety-nine in a hundred, by the bounds of the histogram; None beyond the last of them."""

    name: str
    count: int
    mean: float
    half: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Doing:
    """How this process does since it began. Memory is in MiB; `peak` is the most it ever held."""

    up_seconds: float
    cpu_seconds: float
    memory: float
    peak: float
    items_new: float
    items_known: float
    items_settled: Mapping[str, float]
    collections: Mapping[str, float]
    trends: float
    alerts: float
    cache_hit_ratio: float
    cache_reads: Mapping[str, float]
    points_waiting: float
    stages: Sequence[Spent]
    requests: Sequence[Spent]


def doing() -> Doing:
    found = {metric.name: metric for metric in REGISTRY.collect()}
    used = resource.getrusage(resource.RUSAGE_SELF)
    held = _held()
    return Doing(
        up_seconds=round(monotonic() - BEGAN, 1),
        cpu_seconds=round(used.ru_utime + used.ru_stime, 2),
        memory=round(held / MIB, 1),
        peak=round(max(held, _peak(used.ru_maxrss)) / MIB, 1),
        items_new=_sum(found["trend_items_fetched"]),
        items_known=_sum(found["trend_items_known"]),
        items_settled=_by(found["trend_items_settled"], "verdict"),
        collections=_by(found["trend_collections"], "outcome"),
        trends=_sum(found["trend_list_length"]),
        alerts=_sum(found["trend_alerts"]),
        cache_hit_ratio=round(_sum(found["trend_cache_hit_ratio"]), 4),
        cache_reads=_by(found["trend_cache_reads"], "outcome"),
        points_waiting=_sum(found["trend_timeseries_points_waiting"]),
        stages=list(_spent(found["trend_stage_seconds"])),
        requests=list(_spent(found["trend_request_seconds"])),
    )


def _held() -> float:
    """Bytes of memory in use; where the system does not tell, the most that ever was."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return _peak(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return float(pages) * resource.getpagesize()


def _peak(most: int) -> float:
    """Bytes: macOS tells them, others tell KiB."""
    return float(most if sys.platform == "darwin" else most * KIB)


def _values(metric: Metric) -> Iterator[Sample]:
    """The samples that hold a value; counters tell when they began as well."""
    return (one for one in metric.samples if not one.name.endswith(("_created", "_bucket", "_count", "_sum")))


def _sum(metric: Metric) -> float:
    return sum(one.value for one in _values(metric))


def _by(metric: Metric, label: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in _values(metric):
        found[one.labels[label]] = found.get(one.labels[label], 0.0) + one.value
    return found


def _spent(metric: Metric) -> Iterator[Spent]:
    rows: dict[str, dict[str, float]] = {}
    bounds: dict[str, list[tuple[float, float]]] = {}
    for one in metric.samples:
        name = " ".join(value for label, value in one.labels.items() if label != "le")
        if one.name.endswith("_bucket"):
            bounds.setdefault(name, []).append((float(one.labels["le"]), one.value))
        elif one.name.endswith(("_count", "_sum")):
            rows.setdefault(name, {})[one.name.rpartition("_")[2]] = one.value
    for name, row in sorted(rows.items()):
        count, within = row["count"], sorted(bounds[name])
        if count:
            half, p95, p99 = (_within(within, share * count) for share in (0.5, 0.95, 0.99))
            yield Spent(name, int(count), round(row["sum"] / count, 6), half, p95, p99)


def _within(bounds: Sequence[tuple[float, float]], number: float) -> float | None:
    """The least bound within which so many were done."""
    bound = next((bound for bound, count in bounds if count >= number), None)
    return None if bound is None or bound == float("inf") else bound
