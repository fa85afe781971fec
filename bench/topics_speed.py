"""What finding copies and topics costs, per item, as a stream grows.

    python -m bench.topics_speed [--items 1000000] [--live 100000] [--headlines FILE] [--bertopic 10000]

A made-up stream (bench/made_stream.py) goes through dedupe and reading in one process, and through cluster in a
second; a third makes it. Processor time per item is taken for every hundred thousand items, so that growth shows, and
the memory of the first two together.

The headlines go through `trend dedupe | trend cluster`, two processes on two cores, by the clock and by processor
time, and for the copies alone through datasketch (MinHash LSH, 128 permutations).
BERTopic gets the same vectors, 256 dimensions of their truncated SVD, where it is installed:

    uv pip install bertopic umap-learn hdbscan --no-deps; uv pip install numba pynndescent plotly pandas tqdm

Kept in bench/results/topics_speed.json, after each hundred thousand items anew.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from time import monotonic, process_time
from typing import Any, NamedTuple

from bench.duplicates import datasketch, recorded
from bench.made_stream import made_stream
from trend_agent.items import Item
from trend_agent.processing.cluster import Clusterer
from trend_agent.processing.cluster.terms import Reading, read
from trend_agent.processing.cluster.weights import Counts
from trend_agent.processing.dedupe import Deduper

RESULTS = Path(__file__).parent / "results" / "topics_speed.json"
BATCH = 512
MARK = 100_000


def growth(items: int, live: int) -> Iterator[dict[str, Any]]:
    """Processor milliseconds per item of each part, told again with each hundred thousand items."""
    spawn = get_context("spawn")
    told, originals = spawn.Queue(8), spawn.Queue(8)
    helpers = [
        spawn.Process(target=tell, args=(items, live, told), daemon=True),
        spawn.Process(target=find_copies, args=(told, originals), daemon=True),
    ]
    for helper in helpers:
        helper.start()
    marks: list[dict[str, float]] = []
    clusterer, spent, before = Clusterer(), 0.0, (0, 0.0, 0.0)
    while batch := originals.get():
        began = process_time()
        clusterer.add(batch.items, readings=batch.readings)
        spent += process_time() - began
        if batch.done // MARK > len(marks):
            marks.append(mark(batch, spent, clusterer, before))
            spent, before = 0.0, (batch.done, batch.dedupe, batch.read)
            print(marks[-1], file=sys.stderr, flush=True)
            grown = marks[-1]["ms_per_item"] / marks[0]["ms_per_item"]
            yield {"of": items, "live": live, "marks": marks, "last_over_first": round(grown, 2)}


class Originals(NamedTuple):
    """What is no copy, and what of the stream is done by then: items, and seconds spent so far."""

    items: list[Item]
    readings: dict[str, Reading]
    done: int
    dedupe: float
    read: float
    peak_mib: int


def tell(items: int, live: int, told: Queue[list[Item]]) -> None:
    """The process that makes the stream, in batches; an empty one ends it."""
    stream = (item for item, _ in made_stream(items, live))
    while batch := list(islice(stream, BATCH)):
        told.put(batch)
    told.put([])


def find_copies(told: Queue[list[Item]], originals: Queue[Originals | None]) -> None:
    """The process that finds copies, and reads the titles of the rest."""
    deduper, done, dedupe, reading = Deduper(), 0, 0.0, 0.0
    while batch := told.get():
        began = process_time()
        copies = deduper.add(batch)
        between = process_time()
        fresh = [item for item, copy in zip(batch, copies, strict=True) if copy is None]
        readings = {item.id: read(item.title, item.lang) for item in fresh}
        done, dedupe, reading = (
            done + len(batch),
            dedupe + between - began,
            reading + process_time() - between,
        )
        originals.put(Originals(fresh, readings, done, dedupe, reading, peak_mib()))
    originals.put(None)


def mark(
    batch: Originals, cluster: float, clusterer: Clusterer, before: tuple[int, float, float]
) -> dict[str, float]:
    count = batch.done - before[0]
    spent = {"dedupe": batch.dedupe - before[1], "read": batch.read - before[2], "cluster": cluster}
    cost = {name: round(1000 * seconds / count, 4) for name, seconds in spent.items()}
    return {
        "items": batch.done,
        **cost,
        "ms_per_item": round(sum(cost.values()), 4),
        "items_per_second_on_two_cores": round(1000 / max(cost["dedupe"] + cost["read"], cost["cluster"])),
        "live_topics": len(clusterer.groups),
        "peak_mib": batch.peak_mib + peak_mib(),
    }


def peak_mib() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def piped(file: Path) -> dict[str, Any]:
    """`trend dedupe FILE | trend cluster`: by the clock, and by the processor time of the slower of the two."""
    trend = Path(sys.executable).with_name("trend")
    began = monotonic()
    dedupe = subprocess.Popen([trend, "dedupe", file], stdout=subprocess.PIPE)
    cluster = subprocess.Popen([trend, "cluster"], stdin=dedupe.stdout, stdout=subprocess.PIPE)
    assert dedupe.stdout
    assert cluster.stdout
    dedupe.stdout.close()
    with cluster.stdout as answers:
        count = sum(1 for _ in answers)
    spent = {"dedupe": used(dedupe), "cluster": used(cluster)}
    seconds = monotonic() - began
    return {
        "items": count,
        "seconds": round(seconds, 1),
        "items_per_second": round(count / seconds),
        "processor_seconds": {name: round(each, 1) for name, each in spent.items()},
        "items_per_second_on_two_cores": round(count / max(spent.values())),
    }


def used(process: subprocess.Popen[bytes]) -> float:
    """The processor seconds of a process, once it has ended well."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return usage.ru_utime + usage.ru_stime


def rival_copies(items: list[Item]) -> dict[str, Any]:
    began = process_time()
    datasketch(items, 0.5)
    return {"items": len(items), "items_per_second": round(len(items) / (process_time() - began))}


def bertopic(items: list[Item]) -> dict[str, Any] | str:
    """BERTopic's own steps on our vectors; reading and reducing them is not counted."""
    if importlib.util.find_spec("bertopic") is None:
        return "not installed"
    from bertopic import BERTopic
    from sklearn.decomposition import TruncatedSVD

    counts = Counts()
    readings = [read(item.title, item.lang) for item in items]
    counts.settle(readings, 0)
    vectors = TruncatedSVD(256, random_state=1).fit_transform(counts.vectors(readings, gram_share=0.45))
    BERTopic().fit([item.title for item in items[:500]], vectors[:500])  # compiles what it needs
    began = process_time()
    BERTopic().fit([item.title for item in items], vectors)
    there = process_time() - began
    began = process_time()
    clusterer = Clusterer()
    made = {item.id: reading for item, reading in zip(items, readings, strict=True)}
    for at in range(0, len(items), BATCH):
        clusterer.add(items[at : at + BATCH], readings=made)
    here = process_time() - began
    return {
        "items": len(items),
        "bertopic_items_per_second": round(len(items) / there),
        "ours_items_per_second": round(len(items) / here),
        "ratio": round(there / here, 1),
    }


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.topics_speed", description=__doc__)
    options.add_argument("--items", type=int, default=1_000_000)
    options.add_argument("--live", type=int, default=100_000)
    options.add_argument("--headlines", type=Path)
    options.add_argument("--bertopic", type=int, default=10_000)
    given = options.parse_args()
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    found: dict[str, Any] = known | {"command": "python -m bench.topics_speed --headlines FILE"}
    if given.headlines:
        found["headlines, two processes"] = piped(given.headlines)
        some = list(islice(recorded(given.headlines), given.bertopic))
        found["datasketch, copies alone"] = rival_copies(some)
        found["bertopic on the same vectors"] = bertopic(some)
    keep(found)
    for so_far in growth(given.items, given.live) if given.items else ():
        keep(found | {"made stream": so_far})


def keep(found: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
