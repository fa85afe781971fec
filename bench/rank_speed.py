"""How long ranking takes with 100,000 live topics, on one core, in processor seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from time import process_time
from typing import Any

import numpy as np

from trend_agent.items import Item
from trend_agent.processing.rank import Ranker
from trend_agent.processing.rank.columns import Table
from trend_agent.processing.rank.lines import Line
from trend_agent.storage import Fact

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = 86400.0


def crowd(topics: int, *, seed: int = 1) -> list[Line]:
    """Topics as a stream of news has them: most of few items and some of hundreds, born within a week, each with an
    item in the last three days; 3,000 sources, and authors of most items, some of them new."""
    chance = np.random.default_rng(seed)
    sizes = np.minimum(chance.zipf(2.1, topics), 400)
    last = chance.uniform(0, 3 * DAY, topics)
    life = chance.exponential(0.7 * DAY, topics)
    lines = []
    for topic in range(topics):
        ages = np.minimum(last[topic] + life[topic] * chance.random(int(sizes[topic])), 7 * DAY - 1)
        ages[0] = last[topic]
        lines += [(topic, age) for age in ages.tolist()]
    lines.sort(key=lambda one: -one[1])
    sources = chance.zipf(1.3, len(lines)) % 3000
    authors = [f"a{n}" if n % 3 else "" for n in (chance.zipf(1.2, len(lines)) % 60_000).tolist()]
    return [
        Line(
            seq=seq,
            id=f"i{seq}",
            topic=f"t{topic:06d}",
            source=f"s{source}",
            family=f"f{source}",
            wire="",
            author=authors[seq - 1],
            seen=NOON.timestamp() - age,
            published=NOON.timestamp() - age - 60.0,
            original="" if seq % 9 else f"i{max(1, seq - 50)}",
            engagement=float("nan"),
            bearer=seq,
        )
        for seq, ((topic, age), source) in enumerate(zip(lines, sources.tolist(), strict=True), 1)
    ]


def facts_of(lines: list[Line], wanted: set[int]) -> dict[int, Fact]:
    found = {}
    for line in lines:
        if line.seq in wanted:
            at = datetime.fromtimestamp(line.seen, UTC)
            item = Item(line.id, line.source, f"Something about {line.topic}", at, published_at=at, lang="en")
            found[line.seq] = Fact(line.seq, item, line.topic, None)
    return found


def speed(topics: int = 100_000) -> dict[str, Any]:
    """Processor seconds of the parts of one list, of all topics anew; the best of three."""
    lines, ranker, table = crowd(topics), Ranker(), Table()
    table.add(lines[:-1])
    since, until = (NOON - timedelta(hours=168)).timestamp(), NOON.timestamp()
    rounds = []
    for _ in range(3):
        began = process_time()
        columns = table.columns(since, until)
        columned = process_time()
        moment = ranker.measured(columns, NOON)
        measured = process_time()
        facts = facts_of(lines, {seq for k in ranker.close(moment, 100) for seq in moment.places(k)})
        loaded = process_time()
        ranker.standings(moment, facts, limit=100)
        rounds.append(
            {
                "columns": columned - began,
                "measures": measured - columned,
                "list of 100": process_time() - loaded,
            }
        )
    best = min(rounds, key=lambda one: sum(one.values()))
    began = process_time()
    table.add(lines[-1:])
    added = process_time() - began
    return {
        "topics": columns.size,
        "items": int(columns.seq.size),
        "counted in the last day": int((moment.weighed.ages < 24).sum()),
        "cpu_seconds": {name: round(seconds, 3) for name, seconds in best.items()},
        "all": round(sum(best.values()), 3),
        "one item more": round(added, 3),
        "top": [placed.score for placed in islice(ranker.placed(moment, facts), 3)],
    }


if __name__ == "__main__":
    print(speed())
