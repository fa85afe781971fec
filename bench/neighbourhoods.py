"""What would become of topics if each neighbourhood of the vocabulary had an owner of its own.

    python -m bench.neighbourhoods DATA_DIR [--shards 16]

Each item goes to the shard of one of its terms (names and known things first), or by chance. Told are the share of
pairs of one true topic that meet in one shard, and how many times the even share the fullest shard has to bear.
DATA_DIR holds og2021, uci_news_aggregator and mstream_news_t. Kept in bench/results/neighbourhoods.json.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.kept import keep
from bench.topics import read, stream
from trend_agent.items import digest
from trend_agent.processing.cluster.terms import Kind, Reading
from trend_agent.processing.cluster.terms import read as terms_of

SETS = ("og2021", "uci_news_aggregator", "mstream_news_t")
NAMED = {Kind.CAPITALISED, Kind.CONCEPT, Kind.COUNTRY, Kind.UNCASED}
Pick = Callable[[list[int], Mapping[int, int]], int]
PICKS: Mapping[str, Pick] = {
    "rarest term": lambda terms, seen: min(terms, key=lambda term: (seen[term], term)),
    "rarest of those seen 5 times": lambda terms, seen: min(
        [term for term in terms if seen[term] >= 5] or terms, key=lambda term: (seen[term], term)
    ),
    "commonest term": lambda terms, seen: max(terms, key=lambda term: (seen[term], term)),
    "a fixed order of all terms": lambda terms, _: min(terms, key=scattered),
}


def scattered(term: int) -> int:
    return int(digest(str(term)), 16)


def named(reading: Reading) -> list[int]:
    terms = list(zip(reading.terms.tolist(), reading.kinds.tolist(), strict=True))
    return (
        [term for term, kind in terms if kind in NAMED]
        or [term for term, kind in terms if kind != Kind.FUNCTION]
        or [0]
    )


def judged(shard_of: Sequence[int], topics: Mapping[str, Sequence[int]], shards: int) -> dict[str, float]:
    met = pairs = 0
    for items in topics.values():
        met += sum(n * (n - 1) // 2 for n in Counter(shard_of[item] for item in items).values())
        pairs += len(items) * (len(items) - 1) // 2
    fullest = max(Counter(shard_of).values())
    return {
        "pairs_that_meet": round(met / pairs, 3),
        "fullest_shard": round(fullest * shards / len(shard_of), 2),
    }


def measured(rows: list[dict[str, Any]], shards: int) -> dict[str, Any]:
    readings = [terms_of(item.title, item.lang) for item in stream(rows)]
    seen = Counter(term for reading in readings for term in reading.terms.tolist())
    topics: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        topics[row["gold_cluster"]].append(number)
    ways = {
        name: [scattered(pick(named(reading), seen)) % shards for reading in readings]
        for name, pick in PICKS.items()
    }
    ways["chance"] = [scattered(number) % shards for number in range(len(rows))]
    return {name: judged(shard_of, topics, shards) for name, shard_of in ways.items()}


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.neighbourhoods", description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--shards", type=int, default=16)
    given = options.parse_args()
    found = {name: measured(read(given.data / name / "items.jsonl.gz"), given.shards) for name in SETS}
    keep("neighbourhoods", {f"{given.shards} shards": found})


if __name__ == "__main__":
    main()
