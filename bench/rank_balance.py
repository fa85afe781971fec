"""What variety costs: the balanced list beside the list by relevance alone, on recorded headlines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from trend_agent.app import make_pipeline
from trend_agent.processing.rank import Ranker, RankSettings
from trend_agent.processing.rank.balance import divergence
from trend_agent.processing.rank.moment import Moment
from trend_agent.settings import Settings
from trend_agent.storage import Fact
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.text.words import words

Looked = tuple[Moment, Mapping[int, Fact]]


async def looked_at(records: Path, moments: Sequence[datetime]) -> list[Looked]:
    database = Sqlite(records)
    pipeline = make_pipeline(SqlRecords(database), Settings())
    found = []
    for at in moments:
        columns = await pipeline.window.columns(at)
        if columns.size < 100:
            continue
        moment = pipeline.ranker.measured(columns, at)
        found.append((moment, dict(await pipeline.window.facts(moment, pipeline.ranker.pool(moment)))))
    await database.close()
    return found


def compared(looked: Sequence[Looked], settings: RankSettings) -> dict[str, float]:
    """Means over moments, for the first page: divergence from the wanted mix, and relevance lost."""
    rows = []
    for moment, facts in looked:
        ranker = Ranker(settings, words=words)
        pool = [one for one in ranker.placed(moment, facts) if one.candidate]
        candidates = [one.candidate for one in pool if one.candidate]
        target = ranker.target(candidates)
        plain = sorted(candidates, key=lambda one: (-one.relevance, one.topic))[: settings.page]
        page = candidates[: settings.page]
        rows.append(
            (
                divergence(target, [one.category for one in plain]),
                divergence(target, [one.category for one in page]),
                sum(one.relevance for one in plain),
                sum(one.relevance for one in page),
                len({one.leader for one in plain}),
                len({one.leader for one in page}),
            )
        )
    before, after, worth, left, led_before, led_after = np.array(rows).T
    return {
        "moments": len(rows),
        "kl_plain": round(float(before.mean()), 4),
        "kl_balanced": round(float(after.mean()), 4),
        "kl_falls_by": round(float(1 - after.mean() / before.mean()), 4),
        "relevance_lost": round(float(1 - (left / worth).mean()), 4),
        "leaders_plain": round(float(led_before.mean()), 2),
        "leaders_balanced": round(float(led_after.mean()), 2),
    }


def days(records: Path) -> list[datetime]:
    """Two moments of each third day of the headlines."""
    database = Sqlite(records)
    newest = asyncio.run(SqlRecords(database).clock()) or datetime.now(UTC)
    database.close_now()
    return [newest - timedelta(days=day, hours=hours) for day in range(1, 58, 3) for hours in (0, 11)]


def variety(records: Path, *, calibrations: Sequence[float] = ()) -> dict[str, Any]:
    looked = asyncio.run(looked_at(records, days(records)))
    chosen = RankSettings()
    tried = {
        f"calibration {value:g}": compared(looked[::2], replace(chosen, calibration=value))
        for value in calibrations
    }
    return {"chosen on": compared(looked[::2], chosen), "held out": compared(looked[1::2], chosen), **tried}


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(variety(Path(sys.argv[1]), calibrations=(0.1, 0.2, 0.3, 0.4, 0.6)), indent=1))
