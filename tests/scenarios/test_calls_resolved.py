"""What a published list calls a rise is written down before anybody knows, and resolved when its hours are over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trend_agent.app import make_pipeline
from trend_agent.items import Item
from trend_agent.processing.scorecard import HORIZON, says_rise
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def world() -> list[Item]:
    return list(World(seed=7, days=2, per_day=500, until=UNTIL).items())


async def test_each_published_rise_has_a_call_before_its_outcome(tmp_path: Path, world: list[Item]) -> None:
    database = Sqlite(tmp_path / "records.sqlite3")
    database.write_now(upgrade)
    records = SqlRecords(database, configuration="c")
    pipeline = make_pipeline(records, Settings())
    said, begin = 0, UNTIL - timedelta(hours=16)
    for hours in range(0, 17, 4):
        end = begin + timedelta(hours=hours)
        since = end - timedelta(hours=4) if hours else datetime.min.replace(tzinfo=UTC)
        await records.ingest([Arrival(item) for item in world if since < item.seen_at <= end])
        await pipeline.drain()
        rising = [trend for trend in await pipeline.publish() if says_rise(trend)]
        made = await records.calls()
        for trend in rising:
            running = [o for c, o in made if c.topic == trend.topic and c.at <= trend.at < c.at + HORIZON]
            assert running == [None], trend.topic
        at = await records.clock()
        assert at is not None
        assert all((outcome is None) == (call.at + HORIZON > at) for call, outcome in made)
        said += len(rising)
    assert said > 5
    assert any(outcome for _, outcome in await records.calls())
    await records.close()
