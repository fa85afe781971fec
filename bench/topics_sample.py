"""Pairs of headlines from one topic each, drawn by chance, for a person to read.

    python -m bench.topics_sample DATA_DIR --seed 3 [--pairs 200]

DATA_DIR holds newsapi_headlines. An item of a topic with company is drawn, then another of its topic; so large topics
come often. Prints each pair with its ids. What was found by reading is in bench/results/topics_read.json: of each
sample the pairs that are not about the same happening, by ids, with the kind of mistake.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.topics import ours, read, stream

Pair = tuple[dict[str, Any], dict[str, Any]]


def sample(rows: Sequence[dict[str, Any]], topic: Mapping[str, str], pairs: int, seed: int) -> list[Pair]:
    dice = random.Random(seed)
    members: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        members[topic[row["id"]]].append(row)
    accompanied = [row for row in rows if len(members[topic[row["id"]]]) > 1]
    drawn = []
    for _ in range(pairs):
        one = dice.choice(accompanied)
        drawn.append((one, dice.choice([row for row in members[topic[one["id"]]] if row["id"] != one["id"]])))
    return drawn


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.topics_sample", description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--pairs", type=int, default=200)
    given = options.parse_args()
    rows = read(given.data / "newsapi_headlines" / "items.jsonl.gz")
    topic, _ = ours(stream(rows))
    for number, pair in enumerate(sample(rows, topic, given.pairs, given.seed)):
        for row in pair:
            print(number, row["id"], (row["published_at"] or "")[:16], row["title"], sep="\t")


if __name__ == "__main__":
    main()
