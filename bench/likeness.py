"""How alike two items are, beside TF-IDF of character runs in the same run.

    python -m bench.likeness DATA_DIR [--encoder FOLDER]

Prints and keeps in bench/results/likeness.json: on `sts_headlines` Pearson's r between `gold_similarity` and the
likeness of the titles, on `tgcontest` the area under the ROC curve of same story against not by title and body; each
with the limits between which 95 of 100 resamplings lie. FOLDER is one that `bench/export_minilm.py` wrote.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from scipy.stats import pearsonr, rankdata
from sklearn.feature_extraction.text import TfidfVectorizer

from bench.kept import keep
from trend_agent.items import Item
from trend_agent.processing.embed import beginning
from trend_agent.processing.likeness import likenesses
from trend_agent.text.embedding import dot
from trend_agent.text.embedding.onnx import OnnxEncoder

Pairs = Sequence[tuple[Item, Item]]
Score = Callable[[Any, Any], float]
RESAMPLINGS = 1000
NEVER = datetime(2020, 1, 1, tzinfo=UTC)


def read(path: Path) -> tuple[list[dict[str, Any]], Pairs]:
    with gzip.open(path) as lines:
        rows = [json.loads(line) for line in lines]
    return rows, [(item(row, "a"), item(row, "b")) for row in rows]


def item(row: dict[str, Any], name: str) -> Item:
    said = row[name]
    return Item(
        id=name,
        source="bench",
        title=said["title"],
        body=said.get("body", ""),
        url=said.get("url", ""),
        lang=row["lang"],
        seen_at=NEVER,
    )


def tfidf(pairs: Pairs) -> list[float]:
    """The rival: cosine of sublinear TF-IDF over runs of 3 to 4 characters within words, known from these texts."""
    ones, others = ([one.text for one in side] for side in zip(*pairs, strict=True))
    terms = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True).fit([*ones, *others])
    return np.asarray(terms.transform(ones).multiply(terms.transform(others)).sum(1)).ravel().tolist()


def area(found: Any, same: Any) -> float:
    """The chance that a pair of one story scores above a pair of two."""
    ranks, positives = rankdata(found), int(same.sum())
    wrong = len(same) - positives
    return float((ranks[same].sum() - positives * (positives + 1) / 2) / (positives * wrong))


def pearson(found: Any, gold: Any) -> float:
    return float(pearsonr(found, gold)[0])


def measured(score: Score, found: Any, gold: Any, groups: Sequence[str]) -> dict[str, Any]:
    """A score, its 95 % limits, and the same within each group."""
    chance = np.random.default_rng(0)
    values, parts = np.asarray(found), np.asarray(groups)
    draws = [chance.integers(0, len(gold), len(gold)) for _ in range(RESAMPLINGS)]
    low, high = np.percentile([score(values[draw], gold[draw]) for draw in draws], [2.5, 97.5])
    within = {
        group: round(score(values[parts == group], gold[parts == group]), 3) for group in sorted(set(groups))
    }
    return {
        "score": round(score(values, gold), 4),
        "limits": [round(low, 3), round(high, 3)],
        "within": within,
    }


async def ways(pairs: Pairs, encoder: OnnxEncoder | None) -> dict[str, Any]:
    """(likeness of each pair, pairs per second of processor time) by each way."""
    found: dict[str, Any] = {}

    async def take(name: str, run: Callable[[], Any]) -> None:
        began = process_time()
        made = run()
        values = await made if asyncio.iscoroutine(made) else made
        found[name] = values, round(len(pairs) / (process_time() - began))

    await likenesses(pairs[:5])  # loads the word lists
    await take("tf-idf of character runs", lambda: tfidf(pairs))
    await take("likeness, lexical", lambda: likenesses(pairs))
    if encoder:
        await take("encoder's cosine alone", lambda: cosines(pairs, encoder))
        await take("likeness with encoder", lambda: likenesses(pairs, encoder))
    return found


async def cosines(pairs: Pairs, encoder: OnnxEncoder) -> list[float]:
    ones = await encoder.embed([beginning(one) for one, _ in pairs])
    others = await encoder.embed([beginning(other) for _, other in pairs])
    return [dot(one, other) for one, other in zip(ones, others, strict=True)]


def part(
    path: Path, score: Score, gold: Callable[[Any], Any], group: str, encoder: OnnxEncoder | None
) -> Any:
    rows, pairs = read(path)
    wanted = np.array([gold(row) for row in rows])
    groups = [row[group].rpartition("/")[2] for row in rows]
    return {
        name: {**measured(score, values, wanted, groups), "pairs/s": speed}
        for name, (values, speed) in asyncio.run(ways(pairs, encoder)).items()
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--encoder", type=Path)
    asked = arguments.parse_args()
    encoder = OnnxEncoder(str(asked.encoder)) if asked.encoder else None
    headlines, stories = (asked.data / name / "pairs.jsonl.gz" for name in ("sts_headlines", "tgcontest"))
    keep(
        "likeness",
        {
            "sts_headlines, Pearson": part(
                headlines, pearson, lambda row: row["gold_similarity"], "source", encoder
            ),
            "tgcontest, AUC": part(stories, area, lambda row: row["gold_label"] == "OK", "lang", encoder),
        },
    )


if __name__ == "__main__":
    main()
