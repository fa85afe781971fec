"""Copies found, beside datasketch's MinHash LSH at 128 permutations in the same run.

    python -m bench.duplicates [--stories 3000] [--seed 1] [--headlines ITEMS.jsonl.gz] [--articles ITEMS PAIRS]
        [--flood 50000] [--growth 200000]

Prints and keeps in bench/results/duplicates.json: pairwise precision, recall and F1 on the planted stream
(bench/planted_copies.py), recall and false alarms by kind, how often a mutant's alteration is named, items/s
of processor time; with files, the speed on real headlines and the pairs found among real articles.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from bench.kept import keep
from bench.planted_copies import START, Planted, Stream, Writer
from trend_agent.items import Item, item_of
from trend_agent.processing.dedupe import Copy, Deduper

BATCH = 512
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)


def ours(items: Sequence[Item]) -> list[Copy | None]:
    return through(Deduper(), items)


def through(deduper: Deduper, items: Sequence[Item]) -> list[Copy | None]:
    return [copy for n in range(0, len(items), BATCH) for copy in deduper.add(items[n : n + BATCH])]


def datasketch(items: Sequence[Item], threshold: float) -> list[str | None]:
    """What each item copies by MinHash LSH over words and pairs of words, 128 permutations."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=128)
    roots: dict[str, str] = {}
    found: list[str | None] = []
    for item in items:
        words = item.text.lower().split() if " " in item.text else list(item.text)
        sketch = MinHash(num_perm=128)
        sketch.update_batch([run.encode() for run in {*words, *map(" ".join, pairwise(words))}])
        hits = sorted(index.query(sketch))
        roots[item.id] = roots[hits[0]] if hits else item.id
        found.append(roots[item.id] if hits else None)
        index.insert(item.id, sketch)
    return found


def scored(planted: Sequence[Planted], copies: Sequence[str | None]) -> dict[str, float]:
    """Pairwise precision, recall and F1 of the groups."""
    given = [copy or one.item.id for one, copy in zip(planted, copies, strict=True)]
    right = pairs(Counter((one.group, root) for one, root in zip(planted, given, strict=True)).values())
    said = pairs(Counter(given).values())
    true = pairs(Counter(one.group for one in planted).values())
    precision, recall = right / max(said, 1), right / max(true, 1)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
    }


def pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def by_kind(planted: Sequence[Planted], copies: Sequence[Copy | None]) -> dict[str, float]:
    """Share of each kind that was taken for a copy of the right group (of any, for false friends)."""
    groups = {one.item.id: one.group for one in planted}
    sizes = Counter(one.group for one in planted)
    taken: dict[str, list[bool]] = defaultdict(list)
    for one, copy in zip(planted, copies, strict=True):
        if one.kind == "original":
            continue
        true = sizes[one.group] > 1
        taken[("copy: " if true else "false: ") + one.kind].append(
            copy is not None and (not true or groups[copy.of] == one.group)
        )
    return {kind: round(sum(hits) / len(hits), 3) for kind, hits in sorted(taken.items())}


def named(planted: Sequence[Planted], copies: Sequence[Copy | None]) -> float:
    """Share of the mutants found whose altered tokens are all named."""
    hits = [
        all(any(new.lower() in text.lower() for text in copy.altered) for new in one.altered)
        for one, copy in zip(planted, copies, strict=True)
        if one.altered and copy and copy.why == "near copy"
    ]
    return round(sum(hits) / max(len(hits), 1), 3)


def timed(count: int, run: Callable[[], Any]) -> tuple[Any, int]:
    """A result, and items per second of processor time."""
    start = process_time()
    result = run()
    return result, int(count / (process_time() - start))


def on_planted(stories: int, seed: int) -> dict[str, Any]:
    planted = Stream(seed=seed, stories=stories)()
    items = [one.item for one in planted]
    copies, speed = timed(len(items), lambda: ours(items))
    rivals = {}
    for threshold in THRESHOLDS:
        found, pace = timed(len(items), partial(datasketch, items, threshold))
        rivals[f"datasketch at {threshold}"] = {**scored(planted, found), "items/s": pace}
    return {
        "items": len(items),
        "ours": {
            **scored(planted, [c and c.of for c in copies]),
            "items/s": speed,
            "named": named(planted, copies),
        },
        **rivals,
        "by kind": by_kind(planted, copies),
    }


def on_headlines(path: Path) -> dict[str, Any]:
    items = sorted(recorded(path), key=lambda item: (item.seen_at, item.id))
    copies, speed = timed(len(items), lambda: ours(items))
    few = items[:: max(len(items) // 5000, 1)]
    _, pace = timed(len(few), lambda: datasketch(few, 0.7))
    why = Counter(copy.why for copy in copies if copy)
    return {"items": len(items), "items/s": speed, "datasketch items/s": pace, "copies": dict(why)}


def on_articles(path: Path, truth: Path) -> dict[str, Any]:
    items = list(recorded(path))
    said = {frozenset((i.id, copy.of)) for i, copy in zip(items, ours(items), strict=True) if copy}
    with gzip.open(truth, "rt") as lines:
        true = {frozenset((row["a"], row["b"])) for row in map(json.loads, lines) if row["gold_duplicate"]}
    return {"pairs": len(true), "found": len(said & true), "false": len(said - true)}


def on_flood(count: int) -> dict[str, Any]:
    """One headline `count` times with one number changed: what it costs, and how much memory it takes."""
    before = memory()
    copies, speed = timed(count, lambda: ours([flooding(n) for n in range(count)]))
    return {"items": count, "items/s": speed, "copies": sum(map(bool, copies)), "MB": memory() - before}


def flooding(n: int) -> Item:
    title = f"Ferry with pilgrims sinks off the southern coast, {1000 + n} saved by fishermen"
    return Item(f"f{n}", "flood", title, START + timedelta(seconds=n), url=f"https://p{n % 97}.example/{n}")


def on_growth(count: int) -> dict[str, Any]:
    """Unlike headlines, all remembered: items/s of each tenth, which should not fall, and memory in all."""
    before, pace = memory(), []
    writer, deduper = Writer("Latn", Random(1)), Deduper()
    for tenth in range(10):
        titles = [writer.join(writer.headline()) for _ in range(count // 10)]
        items = [
            Item(f"g{tenth}.{n}", "growth", title, START, url=f"https://p{n % 400}.example/{tenth}.{n}")
            for n, title in enumerate(titles)
        ]
        pace.append(timed(len(items), partial(through, deduper, items))[1])
    return {"items": count, "items/s by tenth": pace, "kept": len(deduper.originals), "MB": memory() - before}


def memory() -> int:
    """MB in use now."""
    import psutil

    return int(psutil.Process().memory_info().rss // 1_000_000)


def recorded(path: Path) -> Iterator[Item]:
    clock, now = datetime(2000, 1, 1, tzinfo=UTC), datetime.now(UTC)
    with gzip.open(path) as lines:
        for line in lines:
            yield item_of(json.loads(line), clock=clock, now=now)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.duplicates")
    parser.add_argument("--stories", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flood", type=int, default=0)
    parser.add_argument("--growth", type=int, default=0)
    parser.add_argument("--headlines", type=Path)
    parser.add_argument("--articles", type=Path, nargs=2)
    chosen = parser.parse_args()
    results: dict[str, Any] = {"planted": on_planted(chosen.stories, chosen.seed)}
    if chosen.flood:
        results["flood"] = on_flood(chosen.flood)
    if chosen.growth:
        results["growth"] = on_growth(chosen.growth)
    if chosen.headlines:
        results["headlines"] = on_headlines(chosen.headlines)
    if chosen.articles:
        results["articles"] = on_articles(*chosen.articles)
    keep("duplicates", results)


if __name__ == "__main__":
    main()
