"""Corrections: are they obeyed by what comes later, and by a re-clustering of everything under other settings?

    python -m bench.corrections FILE [--items N] [--before N] [--corrections N]

Takes the first items of FILE into records, makes random corrections (merges, splits and pins; one that contradicts an
earlier one is refused and not counted), takes in 10,000 more, and counts the corrections that are violated. Then
clusters everything anew under other settings with the exported corrections, and counts again, beside the same
without corrections.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import random
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from bench.kept import keep
from trend_agent.errors import Conflict
from trend_agent.items import Correction, Item, item_of
from trend_agent.processing.cluster import Clusterer, ClusterSettings
from trend_agent.processing.cluster.stage import Cluster
from trend_agent.processing.corrections import Corrector
from trend_agent.processing.dedupe import Dedupe
from trend_agent.processing.embed import Embed
from trend_agent.processing.normalise import Normalise
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.rank import Ranker
from trend_agent.processing.summarise import Summariser
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade

OTHER = replace(ClusterSettings(), step_hours=12, cut_base=0.2, density=0.5, kept_items=24, live_hours=48)
ALWAYS = datetime(1990, 1, 1, tzinfo=UTC)


def read(file: Path, number: int) -> list[Item]:
    """Items in the order they were first seen."""
    with gzip.open(file) as lines:
        rows = [orjson.loads(line) for line in lines]
    rows.sort(key=lambda row: row.get("first_seen") or row.get("published_at") or "")
    now = datetime.now(UTC)
    return [
        item_of({**row, "seen_at": row.get("first_seen")}, clock=ALWAYS, now=now) for row in rows[:number]
    ]


async def topics(records: SqlRecords) -> dict[str, list[str]]:
    facts = await records.facts(since=ALWAYS, until=datetime.now(UTC))
    found: dict[str, list[str]] = {}
    for fact in facts:
        if not fact.copy_of:
            found.setdefault(fact.topic, []).append(fact.item.id)
    return found


async def say(corrector: Corrector, known: Mapping[str, Sequence[str]], dice: random.Random) -> Correction:
    keys = sorted(known)
    large = [key for key in keys if len(known[key]) > 2]
    match dice.randrange(3):
        case 0:
            return await corrector.merge(dice.sample(keys, 2))
        case 1:
            key = dice.choice(large)
            return await corrector.split(key, dice.sample(known[key], dice.randrange(1, len(known[key]))))
        case _:
            return await corrector.pin(dice.choice(known[dice.choice(keys)]), dice.choice(large))


def violated(corrections: Iterable[Correction], topic: Mapping[str, str]) -> int:
    """Corrections whose items are not where they must be, or are where they must not."""
    wrong = 0
    for c in corrections:
        together = {topic[item] for item in c.together if item in topic}
        apart = {topic[item] for item in c.apart if item in topic}
        wrong += len(together) > 1 or bool(together & apart)
    return wrong


def clustered(items: Sequence[Item], corrections: Sequence[Correction]) -> tuple[dict[str, str], float]:
    """The final topic of each item under the other settings, and the processor seconds."""
    began = time.process_time()
    clusterer = Clusterer(OTHER, corrections=corrections)
    topic: dict[str, str] = {}
    heirs: dict[str, str] = {}
    for made in (clusterer.add(items), clusterer.close()):
        topic.update({fact.item: fact.topic for fact in made.memberships})
        heirs.update({c.topic: c.other for c in made.lineage if c.change == "merged" and c.other})
    final = {item: heir(heirs, place) for item, place in topic.items()}
    return final, time.process_time() - began


def heir(heirs: Mapping[str, str], topic: str) -> str:
    while topic in heirs:
        topic = heirs[topic]
    return topic


async def measure(file: Path, number: int, before: int, wanted: int) -> dict[str, Any]:
    items = read(file, number)
    with tempfile.TemporaryDirectory() as folder:
        database = Sqlite(Path(folder) / "r.sqlite3")
        database.write_now(upgrade)
        records = SqlRecords(database, configuration="c")
        pipeline = Pipeline(
            records, [Normalise(), Dedupe(), Embed(), Cluster()],
            ranker=Ranker(), summariser=Summariser(str.split), configuration="c", size=1000,
        )  # fmt: skip
        await take(records, pipeline, items[:before])
        corrector, dice, refused = Corrector(records, by="bench"), random.Random(1), 0
        spent: list[float] = []
        while len(spent) < wanted:
            known, began = await topics(records), time.process_time()
            try:
                await say(corrector, known, dice)
                spent.append(time.process_time() - began)
            except Conflict:
                refused += 1
        await take(records, pipeline, items[before:])
        standing = await corrector.standing()
        found = await topics(records)
        wrong = await records.check()
        await records.close()
    place = {item: topic for topic, members in found.items() for item in members}
    kept = [item for item in items if item.id in place]
    free, plain = clustered(kept, [])
    bound, obeying = clustered(kept, standing)
    return {
        "items_before": before,
        "items_after": number - before,
        "corrections": len(standing),
        "refused_as_contradictions": refused,
        "items_named": len({i for c in standing for i in (*c.together, *c.apart)}),
        "ms_per_correction": round(1000 * sum(spent) / len(spent), 1),
        "violated_after_more_items": violated(standing, place),
        "wrong_in_the_records": wrong,
        "violated_after_reclustering": violated(standing, bound),
        "violated_after_reclustering_without_corrections": violated(standing, free),
        "reclustering_cpu_seconds": {"with": round(obeying, 1), "without": round(plain, 1)},
    }


async def take(records: SqlRecords, pipeline: Pipeline, items: Sequence[Item]) -> None:
    for start in range(0, len(items), 2000):
        await records.ingest([Arrival(item) for item in items[start : start + 2000]])
        await pipeline.drain()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--items", type=int, default=14_000)
    parser.add_argument("--before", type=int, default=4_000)
    parser.add_argument("--corrections", type=int, default=50)
    asked = parser.parse_args()
    found = asyncio.run(measure(asked.file, asked.items, asked.before, asked.corrections))
    keep("corrections", {asked.file.parent.name: found})


if __name__ == "__main__":
    main()
