"""What the confidence of a call is worth: its Brier score beside simpler ones, and how often what was said came true.

    python -m bench.calls [DATA]       made worlds, and the recorded headlines of DATA
    python -m bench.calls learn        the general law of `processing/rank/hold.py`, from other made worlds

Each list rests on the facts up to it. A call is what `processing/scorecard.py` takes for one, at most one of a topic
in six hours; it is held against the six hours that followed. Made worlds are in their true topics. `no accident` is
the share of topics at least as surprising that chance does not account for (Storey 2002); `base rate so far` the
share that held of the calls that were over by then.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bench.kept import keep
from bench.rank_past import TREND
from trend_agent.app import make_pipeline
from trend_agent.items import Fate, Lineage, Membership, Trend
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.rank import Ranker
from trend_agent.processing.rank.columns import Columns
from trend_agent.processing.rank.hold import GENERAL, HOUR, Told, fitted, rises, swing_of
from trend_agent.processing.rank.lines import line_of
from trend_agent.processing.scorecard import HORIZON, calls_of, outcome_of
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival, Fact, Settled
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

UNTIL = datetime(2026, 3, 5, 16, tzinfo=UTC)
LEARNED, FRESH = range(11, 19), range(1, 5)
"""Seeds of the worlds that the general law is learned from, and of those it is measured on."""
FIRST_CALLS = 10
"""Calls that a base rate is taken to have seen before any."""
EDGES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 1.01)


@dataclass(frozen=True, slots=True)
class Made:
    """One call: when, what was said of it, and whether it held."""

    at: datetime
    confidence: float
    no_accident: float
    held: bool


def world(seed: int) -> World:
    return World(seed=seed, until=UNTIL)


def settled(made: World) -> Settled:
    """A made world in its true topics."""
    items, truth = list(made.items()), made.truth
    copies = {item.id: truth[item.id].copy_of for item in items}
    topics = {truth[item.id].story: item.seen_at for item in reversed(items)}
    return Settled(
        last_seq=len(items),
        fates=[
            Fate(i.id, "duplicate" if copies[i.id] else "kept", i.seen_at, of=copies[i.id]) for i in items
        ],
        items=items,
        memberships=[Membership(i.id, truth[i.id].story, i.seen_at) for i in items if not copies[i.id]],
        lineage=[Lineage(topic, "born", at) for topic, at in topics.items()],
    )


async def walked(pipeline: Pipeline, begin: datetime, end: datetime, every: timedelta) -> list[Made]:
    """The calls of each moment and what came of them."""
    found: list[Made] = []
    running: dict[str, datetime] = {}
    at = begin
    while at + HORIZON <= end:
        trends = await pipeline.trends(at=at, limit=50)
        still = {topic for topic, made in running.items() if made + HORIZON > at}
        calls = calls_of(trends, await pipeline.records.facts(since=at - HORIZON, until=at), still)
        running |= {call.topic: at for call in calls}
        later = (
            await pipeline.records.facts(since=at - timedelta(hours=24), until=at + HORIZON) if calls else []
        )
        by_topic = {trend.topic: trend for trend in trends}
        found += [
            Made(at, call.confidence, no_accident(by_topic[call.topic]), outcome_of(call, later).held)
            for call in calls
        ]
        at += every
    return found


def no_accident(trend: Trend) -> float:
    inputs = next(term.inputs for term in trend.receipt.terms if term.name == "surprise")
    if inputs["log10_odds"] <= Ranker().settings.surprise_floor:
        return 0.0
    return 1.0 - min(1.0, inputs["chance_a_day"] / inputs["as_surprising"])


def so_far(made: Sequence[Made]) -> list[float]:
    """For each call the share that held of those that were over when it was made; one in five before any."""
    found = []
    for one in made:
        over = [other.held for other in made if other.at + HORIZON <= one.at]
        found.append((sum(over) + 0.2 * FIRST_CALLS) / (len(over) + FIRST_CALLS))
    return found


def scored(streams: Sequence[Sequence[Made]]) -> dict[str, Any]:
    every = [one for made in streams for one in made]
    held = np.array([one.held for one in every], np.float64)
    said = np.array([one.confidence for one in every])
    rivals = {
        "confidence (ours)": said,
        "no accident": np.array([one.no_accident for one in every]),
        "base rate so far": np.array([share for made in streams for share in so_far(made)]),
    }
    return {
        "calls": len(every),
        "held": round(float(held.mean()), 4),
        "brier": {name: round(float(((told - held) ** 2).mean()), 4) for name, told in rivals.items()},
        "brier of the base rate in hindsight": round(float(held.mean() * (1 - held.mean())), 4),
        "calibration": [
            {
                "said": round(float(said[there].mean()), 3),
                "held": round(float(held[there].mean()), 3),
                "calls": int(there.sum()),
            }
            for low, high in pairwise(EDGES)
            if (there := (said >= low) & (said < high)).any()
        ],
    }


async def in_a_world(seed: int, folder: Path) -> list[Made]:
    database = Sqlite(folder / f"{seed}.sqlite3")
    await prepare(database)
    records = SqlRecords(database)
    try:
        made = world(seed)
        await records.ingest([Arrival(item) for item in made.items()])
        await records.settle(settled(made))
        begin = await records.beginning() or UNTIL
        hour = timedelta(hours=1)
        return await walked(make_pipeline(records, Settings()), begin + hour, UNTIL, hour)
    finally:
        await records.close()


def worlds() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return scored([asyncio.run(in_a_world(seed, Path(folder))) for seed in FRESH])


async def among(records: Path) -> list[Made]:
    """The last twenty days, every four hours."""
    database = Sqlite(records)
    book = SqlRecords(database)
    try:
        end = await book.clock() or UNTIL
        pipeline = make_pipeline(book, Settings())
        return await walked(pipeline, end - timedelta(days=20), end, timedelta(hours=4))
    finally:
        await database.close()


def headlines(file: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        records = Path(place) / "headlines.sqlite3"
        command = [*TREND, "run", str(file), "--records", str(records)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return scored([asyncio.run(among(records))])


def learn() -> list[float]:
    """The weights of the general law."""
    features, held = zip(*(case for seed in LEARNED for case in cases(seed)), strict=True)
    drawn = np.array([0.01] + [1.0] * (len(GENERAL) - 1))
    weights = fitted(np.concatenate(features), np.concatenate(held), np.zeros(drawn.size), drawn, steps=12)
    return [round(float(weight), 3) for weight in weights]


def cases(seed: int) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """What was rising in every second hour, with the tide as it was known by then."""
    made, ranker = world(seed), Ranker()
    lines = [
        line_of(Fact(seq, item, made.truth[item.id].story, made.truth[item.id].copy_of))
        for seq, item in enumerate(made.items(), 1)
    ]
    whole = ranker.measured(Columns.of(lines), UNTIL).weighed
    told = Told.of(whole.columns, whole.times)
    per_hour = int(HOUR // ranker.settings.detect.bin_seconds)
    found = []
    for ago in range(6, 66, 2):
        at = UNTIL - timedelta(hours=ago)
        known = Columns.of(line for line in lines if line.seen <= at.timestamp())
        swing = swing_of(ranker.measured(known, at).tide, 0, per_hour)
        found.append(rises(told, swing, at.timestamp(), ranker.settings))
    return found


def main() -> None:
    if sys.argv[1:] == ["learn"]:
        print(learn())
        return
    found = {"made worlds": worlds()}
    if sys.argv[1:]:
        found["recorded headlines"] = headlines(Path(sys.argv[1]) / "newsapi_headlines" / "items.jsonl.gz")
    keep("calls", found)


if __name__ == "__main__":
    main()
