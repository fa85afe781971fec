"""Categories told right, beside a model that is trained on the same data, in the same run.

    python -m bench.categories DATA

The peer is logistic regression on TF-IDF of character 2- to 5-grams, cross-validated in five parts; headlines of
one story stay in one part. It has seen what it is asked about; ours has seen neither set. Accuracy and macro-F1.
Health counts as science where a set has no such category; `other` and `not_news` are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.kept import keep
from trend_agent.processing.categorise import category_of

SETS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "tgcontest": ("tgcontest/categories.jsonl.gz", {"health": "science"}),
    "uci": (
        "uci_news_aggregator/items.jsonl.gz",
        {"technology": "science_technology", "science": "science_technology", "economy": "business"},
    ),
}
LEFT_OUT = ("other", "not_news")
PARTS = 5


def rows_of(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file) as lines:
        return [row for row in map(json.loads, lines) if row["gold_category"] not in LEFT_OUT]


def scores(gold: Sequence[str], told: Sequence[str]) -> dict[str, float]:
    from sklearn.metrics import accuracy_score, f1_score

    kinds = sorted(set(gold))
    return {
        "accuracy": round(float(accuracy_score(gold, told)), 3),
        "macro_f1": round(float(f1_score(gold, told, labels=kinds, average="macro", zero_division=0)), 3),
    }


def trained(rows: Sequence[Mapping[str, Any]], texts: Sequence[str], gold: Sequence[str]) -> list[str]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    stories = np.array([row.get("gold_cluster") or row["id"] for row in rows])
    model = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10.0, max_iter=1000),
    )
    found = cross_val_predict(model, list(texts), np.array(gold), groups=stories, cv=GroupKFold(PARTS))
    return [str(kind) for kind in found]


def measured(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> dict[str, Any]:
    gold = [row["gold_category"] for row in rows]
    told: dict[str, list[str]] = {}
    begun = time.process_time()
    for way in ("title", "title, address", "title, address, body"):
        told[way] = [
            category_of(
                row["title"],
                row["lang"],
                row["url"] if "address" in way else "",
                row["body"] if "body" in way else "",
            )
            for row in rows
        ]
    spent = (time.process_time() - begun) / 3 / len(rows)
    found = {way: scores(gold, [names.get(kind, kind) for kind in kinds]) for way, kinds in told.items()}
    peers = {
        "trained on titles": [row["title"] for row in rows],
        "trained on titles, bodies": [f"{row['title']}\n{row['body'][:600]}" for row in rows],
    }
    for name, texts in peers.items():
        found[name] = scores(gold, trained(rows, texts, gold))
    return {"items": len(rows), "microseconds_per_item": round(spent * 1e6, 1), **found}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.categories")
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    found: dict[str, Any] = {}
    for name, (file, names) in SETS.items():
        rows = rows_of(data / file)
        languages = sorted({row["lang"] for row in rows})
        for lang in languages:
            found[f"{name} {lang}"] = measured([row for row in rows if row["lang"] == lang], names)
    keep("categories", found)


if __name__ == "__main__":
    main()
