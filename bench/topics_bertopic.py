"""Topics beside BERTopic's on the same vectors: agreement with stories that people made, and speed.

    python -m bench.topics_bertopic DATA_DIR [--headlines 10000]

DATA_DIR holds og2021, mstream_news_t, uci_news_aggregator and newsapi_headlines. BERTopic (UMAP, HDBSCAN, class
TF-IDF) is not among the project's own requirements and needs no torch here, because it is given vectors:

    uv pip install bertopic umap-learn hdbscan --no-deps; uv pip install numba pynndescent plotly pandas tqdm

It gets 256 dimensions of the truncated SVD of our vectors, all of a set at once, and its smallest topic in several
sizes, of which the best by B-cubed F1 is named (which favours it). What it calls outliers are topics of one item.
Making its vectors and compiling are not counted; ours is counted from the read titles on. Kept in
bench/results/topics_bertopic.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from bench.kept import keep
from bench.topics import BATCH, Rows, read, stream, undated
from bench.topics_scores import scores
from trend_agent.cli.cluster import Topics
from trend_agent.items import Item
from trend_agent.processing.cluster import Clusterer, terms
from trend_agent.processing.cluster.settings import ClusterSettings
from trend_agent.processing.cluster.weights import Counts

SMALLEST = (2, 3, 5, 10)
"""Sizes of BERTopic's smallest topic that are tried; 10 is its own choice."""
USUAL = 10
DIMENSIONS = 256

Readings = Mapping[str, terms.Reading]


def reduced(readings: Readings) -> Any:
    """Our vectors, as dense ones (n by 256)."""
    from sklearn.decomposition import TruncatedSVD

    counts, known = Counts(), list(readings.values())
    counts.settle(known, 0)
    vectors = counts.vectors(known, gram_share=ClusterSettings().gram_share).tocsc()
    used = np.flatnonzero(np.diff(vectors.indptr))
    return TruncatedSVD(DIMENSIONS, random_state=1).fit_transform(vectors[:, used].tocsr())


def theirs(items: Sequence[Item], vectors: Any, smallest: int) -> tuple[dict[str, str], float]:
    """The topic of each item, and items per second of processor time."""
    from bertopic import BERTopic  # type: ignore[import-not-found]
    from umap import UMAP  # type: ignore[import-not-found]

    # the settings that BERTopic itself gives UMAP, with a seed so that a run can be repeated
    flat = UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=1
    )
    began = process_time()
    found, _ = BERTopic(min_topic_size=smallest, umap_model=flat).fit_transform(
        [item.title for item in items], vectors
    )
    rate = len(items) / (process_time() - began)
    given = zip(items, found, strict=True)
    return {item.id: item.id if topic < 0 else str(topic) for item, topic in given}, rate


def ours(items: Sequence[Item], readings: Readings) -> tuple[dict[str, str], float]:
    clusterer, final = Clusterer(), Topics(as_arrived=False)
    began = process_time()
    for at in range(0, len(items), BATCH):
        final.take(clusterer.add(items[at : at + BATCH], readings=readings))
    final.take(clusterer.close())
    rate = len(items) / (process_time() - began)
    return {item.id: final.latest(final.of[item.id]) for item in items}, rate


def beside(rows: Rows) -> dict[str, Any]:
    """Both on one set: scores where it is labelled, the number of topics where not, and items per second."""
    items = stream(rows)
    readings = {item.id: terms.read(item.title, item.lang) for item in items}
    vectors = reduced(readings)
    theirs(items[:500], vectors[:500], USUAL)  # compiles what it needs
    labelled = any(row.get("gold_cluster") for row in rows)
    sizes = SMALLEST if labelled else (USUAL,)
    found = {"trend cluster": told(rows, *ours(items, readings))}
    tried = {size: told(rows, *theirs(items, vectors, size)) for size in sizes}
    best = max(tried, key=lambda size: tried[size].get("b3_f1", 0.0))
    found["bertopic as it comes"] = tried[USUAL]
    if labelled:
        found[f"bertopic at its best, smallest topic {best}"] = tried[best]
    return found


def told(rows: Rows, given: Mapping[str, str], rate: float) -> dict[str, Any]:
    alone = {"topics": len(set(given.values()))}
    labelled = any(row.get("gold_cluster") for row in rows)
    return {**(scores(rows, given) if labelled else alone), "items_per_second": round(rate)}


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.topics_bertopic", description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--headlines", type=int, default=10_000, help="how many; 0 leaves them out")
    given = options.parse_args()
    sets = ("og2021", "mstream_news_t", "uci_news_aggregator", "newsapi_headlines")
    rows = {name: read(given.data / name / "items.jsonl.gz") for name in sets}
    rows["uci_news_aggregator"] = undated(rows["uci_news_aggregator"], 1)
    rows["newsapi_headlines"] = rows["newsapi_headlines"][: given.headlines]
    for name, part in rows.items():
        if part:
            keep("topics_bertopic", {name: {"items": len(part), **beside(part)}})


if __name__ == "__main__":
    main()
