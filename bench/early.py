"""What will reach the top, told from the first hour: ours beside simple rules and boosted trees, in one run.

    python -m bench.early DATA

hn_frontpage: of the stories first seen with under 60 points, those with the most points of their UTC day; precision
of the ten we put first, days 46 on, from what was seen within 60 minutes of a story's first sight.
weibo_hot: topics first seen below place 10; area under the ROC curve of reaching it, at first sight and, for those
not yet there, one snapshot later; the last three quarters. Nothing looks ahead; learned models are refitted
on the way.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.kept import keep
from trend_agent.processing.momentum import Sight, momentum, velocity
from trend_agent.processing.outlook import Outlook, OutlookSettings, Prospect, Snapshot, Title
from trend_agent.processing.outlook.lists import snapshot_of, title_of

Array = np.ndarray[Any, Any]
DAY = 86400
FIRST_DAYS, MOST_AT_FIRST, TOP = 45, 60, 10


def read(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) as lines:
        yield from map(json.loads, lines)


def titles_of(folder: Path) -> dict[str, Title]:
    return {row["id"].split(":", 1)[1]: title_of(row) for row in read(folder / "items.jsonl.gz")}


def asked(
    snapshots: Sequence[Snapshot], settings: OutlookSettings, titles: dict[str, Title]
) -> tuple[dict[str, list[Prospect]], float]:
    """What was said of each item, in order, and the seconds of processor time it took."""
    begun = time.process_time()
    outlook = Outlook(settings, titles=titles)
    said: dict[str, list[Prospect]] = defaultdict(list)
    for snapshot in snapshots:
        for prospect in outlook(snapshot):
            said[prospect.id].append(prospect)
    return said, time.process_time() - begun


def courses(snapshots: Sequence[Snapshot], seconds: float, pinned: int = 0) -> dict[str, list[Sight]]:
    """The sights of each item within some seconds of its first."""
    found: dict[str, list[Sight]] = {}
    for snapshot in snapshots:
        for place, line in enumerate(snapshot.items[pinned:], 1):
            sights = found.setdefault(line.id, [])
            if not sights or snapshot.at - sights[0].at <= seconds:
                sights.append(Sight(snapshot.at, place, line.points, line.comments))
    return found


def precision(days: Array, gold: Array, scores: Array) -> tuple[float, float]:
    """Mean and standard error over days of the share of our ten that are among the day's ten."""
    found = []
    for day in range(int(days.min()) + FIRST_DAYS, int(days.max()) + 1):
        mine = np.flatnonzero(days == day)
        if len(mine) >= 2 * TOP:
            best = set(mine[np.argsort(-gold[mine], kind="stable")][:TOP].tolist())
            chosen = set(mine[np.argsort(-scores[mine], kind="stable")][:TOP].tolist())
            found.append(len(best & chosen) / TOP)
    return float(np.mean(found)), float(np.std(found) / len(found) ** 0.5)


def table(courses_: Sequence[Sequence[Sight]]) -> Array:
    """Simple features for the boosted trees."""
    rows = []
    for s in courses_:
        first, last = s[0], s[-1]
        rows.append(
            [
                first.place or 0, last.place or 0, min(x.place or 99 for x in s), first.points or 0, last.points or 0,
                last.at - first.at, velocity(s), last.comments or 0, len(s), first.at % DAY, first.at // DAY % 7,
            ]
        )  # fmt: skip
    return np.array(rows, float)


def boosted(features: Array, outcomes: Array, groups: Array, first: int, step: int, wait: int) -> Array:
    """Walked forward: fitted on groups (days or rows) whose outcome is known, asked of the next `step`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    scores = np.full(len(outcomes), -np.inf)
    for begin in range(first, int(groups.max()) + 1, step):
        known, next_ = groups < begin - wait, (groups >= begin) & (groups < begin + step)
        model = HistGradientBoostingClassifier(
            max_iter=120, learning_rate=0.05, max_leaf_nodes=10, random_state=0
        )
        scores[next_] = model.fit(features[known], outcomes[known]).decision_function(features[next_])
    return scores


def front_page(folder: Path) -> dict[str, Any]:
    snapshots = [snapshot_of(row) for row in read(folder / "snapshots.jsonl.gz")]
    gold_of = {row["id"].split(":", 1)[1]: row["gold_max_points"] for row in read(folder / "items.jsonl.gz")}
    settings = OutlookSettings(goal="points", hours=1.0, settled=24.0)
    said, seconds = asked(snapshots, settings, titles_of(folder))
    seen = {k: s for k, s in courses(snapshots, 3600.0).items() if (s[0].points or 0) < MOST_AT_FIRST}
    keys = sorted(seen, key=lambda key: (seen[key][0].at, int(key)))
    sights = [seen[key] for key in keys]
    days = np.array([s[0].at // DAY for s in sights]).astype(int)
    gold = np.array([gold_of[key] for key in keys])
    tops = np.zeros(len(keys))
    for day in np.unique(days):
        mine = np.flatnonzero(days == day)
        tops[mine[np.argsort(-gold[mine], kind="stable")][:TOP]] = 1
    rules: dict[str, Array] = {
        "first place": np.array([-(s[0].place or 0) for s in sights]),
        "last place": np.array([-(s[-1].place or 0) for s in sights]),
        "points": np.array([s[-1].points or 0 for s in sights]),
        "points velocity": np.array([velocity(s) for s in sights]),
        "boosted trees": boosted(table(sights), tops, days - days.min(), FIRST_DAYS, 30, 2),
        "momentum (ours, general)": np.array([said[key][-1].score for key in keys]),
        "outlook (ours, learned)": np.array([said[key][-1].probability or 0.0 for key in keys]),
    }
    found: dict[str, Any] = {}
    for name, scores in rules.items():
        mean, error = precision(days, gold, scores)
        found[name] = {"precision_at_10": round(mean, 4), "standard_error": round(error, 4)}
    counted = days >= days.min() + FIRST_DAYS
    told = rules["outlook (ours, learned)"][counted]
    found["outlook (ours, learned)"] |= {
        "brier": round(float(np.mean((told - tops[counted]) ** 2)), 4),
        "brier_of_the_base_rate": round(float(tops[counted].mean() * (1 - tops[counted].mean())), 4),
    }
    return {"stories": len(keys), "seconds": round(seconds, 1), **found}


def auc(scores: Array, gold: Array) -> float:
    from scipy.stats import rankdata

    ranks, hits = rankdata(scores), int(gold.sum())
    return float((ranks[gold].sum() - hits * (hits + 1) / 2) / (hits * (len(gold) - hits)))


def hot_search(folder: Path) -> dict[str, Any]:
    snapshots = [snapshot_of(row) for row in read(folder / "snapshots.jsonl.gz")]
    best = {row["id"].split(":", 1)[1]: row["gold_best_rank"] for row in read(folder / "items.jsonl.gz")}
    settings = OutlookSettings(goal="place", pinned=1, hours=1.5, settled=24.0)
    said, seconds = asked(snapshots, settings, titles_of(folder))
    seen = courses(snapshots, 1.5 * 3600, pinned=1)
    keys = [key for key in said if (seen[key][0].place or 0) > TOP]
    keys = keys[len(keys) // 4 :]
    return {
        "seconds": round(seconds, 1),
        "at first sight": _areas(keys, seen, said, best, 0),
        "after one hour": _areas([key for key in keys if len(said[key]) > 1], seen, said, best, 1),
    }


def _areas(
    keys: Sequence[str],
    seen: dict[str, list[Sight]],
    said: dict[str, list[Prospect]],
    best: dict[str, int | None],
    nth: int,
) -> dict[str, Any]:
    gold = np.array([(best[key] or 99) <= TOP for key in keys])
    until = [seen[key][: nth + 1] for key in keys]
    scores: dict[str, Callable[[], Array]] = {
        "first place": lambda: np.array([-(s[0].place or 99) for s in until]),
        "last place": lambda: np.array([-(s[-1].place or 99) if len(s) > nth else -99 for s in until]),
        "momentum (ours, general)": lambda: np.array([momentum(s, listed=50) for s in until]),
        "outlook (ours, learned)": lambda: np.array([said[key][nth].probability or 0.0 for key in keys]),
    }
    told = scores["outlook (ours, learned)"]()
    return {
        "topics": len(keys),
        "reached": round(float(gold.mean()), 4),
        **{name: round(auc(made(), gold), 4) for name, made in scores.items()},
        "brier": round(float(np.mean((told - gold) ** 2)), 4),
        "brier_of_the_base_rate": round(float(gold.mean() * (1 - gold.mean())), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.early")
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", choices=("hn_frontpage", "weibo_hot"))
    chosen = parser.parse_args()
    parts = {"hn_frontpage": front_page, "weibo_hot": hot_search}
    keep("early", {n: part(chosen.data / n) for n, part in parts.items() if chosen.only in (None, n)})


if __name__ == "__main__":
    main()
