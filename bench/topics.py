"""Topics, beside the rivals in the same run.

    python -m bench.topics DATA_DIR [--without-headlines]

DATA_DIR holds og2021, mstream_news_t, uci_news_aggregator and newsapi_headlines (items.jsonl.gz each). Prints
and keeps in bench/results/topics.json: B-cubed, pairwise F1, NMI, AMI, ARI and items/s of `trend cluster` and of
a TF-IDF single pass; how many re-titled articles stay one topic; speed and memory on the headlines. What an earlier
run found and this one leaves out stays.

og2021 is scored as a whole and on the later half of its stories alone (`late`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

from bench.topics_rivals import single_pass
from bench.topics_scores import scores
from trend_agent.cli.cluster import Topics
from trend_agent.items import Item, item_of
from trend_agent.processing.cluster import Clusterer

RESULTS = Path(__file__).parent / "results" / "topics.json"
BATCH = 512
START = datetime(1990, 1, 1, tzinfo=UTC)
LATE = "2021-07-22T17"
"""The median beginning of an og2021 story: choices were made by looking at the whole and at those after it."""

Rows = list[dict[str, Any]]
Given = Mapping[str, str]


def read(file: Path) -> Rows:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def stream(rows: Rows) -> list[Item]:
    clock, now = START, datetime.now(UTC)
    items = []
    for row in rows:
        items.append(item_of(row, clock=clock, now=now))
        clock = max(clock, items[-1].seen_at)
    return items


def ours(items: Sequence[Item]) -> tuple[Given, Given]:
    """The topic of each item in the end, and on arrival."""
    clusterer = Clusterer()
    arrived, final = Topics(as_arrived=True), Topics(as_arrived=False)
    for at in range(0, len(items), BATCH):
        made = clusterer.add(items[at : at + BATCH])
        arrived.take(made)
        final.take(made)
    final.take(clusterer.close())
    return {item.id: final.latest(final.of[item.id]) for item in items}, arrived.of


def measured(rows: Rows, way: Callable[[Sequence[Item]], Given | tuple[Given, Given]]) -> dict[str, Any]:
    items = stream(rows)
    began = process_time()
    given = way(items)
    rate = round(len(items) / (process_time() - began))
    final, arrived = given if isinstance(given, tuple) else (given, None)
    found: dict[str, Any] = scores(rows, final) | {"items_per_second": rate}
    if arrived is not None:
        found["as_arrived_b3_f1"] = scores(rows, arrived)["b3_f1"]
    if any(row["published_at"] for row in rows):
        first: dict[str, str] = {}
        for row in rows:
            first.setdefault(row["gold_cluster"], row["published_at"])
        found["late_b3_f1"] = scores([r for r in rows if first[r["gold_cluster"]] >= LATE], final)["b3_f1"]
    return found


def beside(rows: Rows) -> dict[str, Any]:
    return {"trend cluster": measured(rows, ours), "tf-idf single pass": measured(rows, single_pass)}


def undated(rows: Rows, seed: int) -> Rows:
    shuffled = [row | {"published_at": None} for row in rows]
    random.Random(seed).shuffle(shuffled)
    return shuffled


def jumbled(rows: Rows) -> dict[str, Any]:
    """How much the score moves when items that came within one hour come in another order."""
    scored = []
    for seed in range(4):
        dice = random.Random(seed)
        order = sorted(rows, key=lambda row: (row["published_at"][:13], dice.random())) if seed else rows
        first = {row["published_at"][:13]: row["published_at"] for row in reversed(rows)}
        items = stream([row | {"published_at": first[row["published_at"][:13]]} for row in order])
        scored.append(scores(rows, ours(items)[0])["b3_f1"])
    return {"b3_f1": scored, "most_apart": round(max(scored) - min(scored), 4)}


def retitled(rows: Rows, *, addresses: bool) -> dict[str, Any]:
    """Articles whose later title stands in the same topic as the first; each title is an item of its own."""
    told: Rows = []
    pairs: list[tuple[str, str]] = []
    for row in rows:
        url = row["url"] if addresses else ""
        titles = row.get("title_variants") or [row["title"]]
        for number, title in enumerate(titles):
            told.append(row | {"id": f"{row['id']}#{number}", "title": title, "url": url})
        pairs += [(f"{row['id']}#0", f"{row['id']}#{number}") for number in range(1, len(titles))]
    topic, _ = ours(stream(told))
    together = sum(topic[one] == topic[other] for one, other in pairs)
    return {"pairs": len(pairs), "one_topic": round(together / len(pairs), 4)}


def headlines(rows: Rows) -> dict[str, Any]:
    items = stream(rows)
    began = process_time()
    topics, _ = ours(items)
    return {
        "items": len(items),
        "topics": len(set(topics.values())),
        "items_per_second": round(len(items) / (process_time() - began)),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.topics", description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--without-headlines", action="store_true")
    given = options.parse_args()
    rows = {name: read(given.data / name / "items.jsonl.gz") for name in ("og2021", "mstream_news_t")}
    uci = read(given.data / "uci_news_aggregator" / "items.jsonl.gz")
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    found: dict[str, Any] = known | {"command": "python -m bench.topics DATA_DIR"}
    found |= {name: beside(part) for name, part in rows.items()}
    found |= {f"uci_news_aggregator shuffle {seed}": beside(undated(uci, seed)) for seed in (1, 2, 3)}
    found["og2021 jumbled within the hour"] = jumbled(rows["og2021"])
    if not given.without_headlines:
        news = read(given.data / "newsapi_headlines" / "items.jsonl.gz")
        found["newsapi_headlines"] = headlines(news)
        found["newsapi re-titled"] = retitled(news, addresses=True)
        found["newsapi re-titled, addresses hidden"] = retitled(news, addresses=False)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    json.dump(found, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
