"""Agreement of topics with stories that people made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log, sqrt
from typing import Any


def scores(rows: Sequence[Mapping[str, Any]], given: Mapping[str, str]) -> dict[str, float]:
    """B-cubed (Amigó et al. 2009), pairwise F1, NMI (geometric mean of the entropies), AMI and ARI."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    gold = [row["gold_cluster"] for row in rows if row.get("gold_cluster")]
    ours = [given[row["id"]] for row in rows if row.get("gold_cluster")]
    both, stories, topics = Counter(zip(gold, ours, strict=True)), Counter(gold), Counter(ours)
    precision = sum(n * n / topics[topic] for (_, topic), n in both.items()) / len(gold)
    recall = sum(n * n / stories[story] for (story, _), n in both.items()) / len(gold)
    found = {
        "b3_precision": precision,
        "b3_recall": recall,
        "b3_f1": 2 * precision * recall / (precision + recall),
        "pairwise_f1": 2 * pairs(both) / max(pairs(topics) + pairs(stories), 1),
        "nmi": mutual(both, stories, topics) / sqrt(max(entropy(stories) * entropy(topics), 1e-12)),
        "ami": float(adjusted_mutual_info_score(gold, ours)),
        "ari": float(adjusted_rand_score(gold, ours)),
    }
    return {name: round(value, 4) for name, value in found.items()} | {
        "stories": len(stories),
        "topics": len(topics),
    }


def pairs(counts: Counter[Any]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def entropy(counts: Counter[Any]) -> float:
    total = counts.total()
    return -sum(n / total * log(n / total) for n in counts.values())


def mutual(both: Counter[Any], one: Counter[Any], other: Counter[Any]) -> float:
    total = both.total()
    return sum(n / total * log(n * total / (one[a] * other[b])) for (a, b), n in both.items())
