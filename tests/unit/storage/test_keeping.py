"""How long things are kept, by the settings, and that it is done."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from trend_agent.errors import Misconfigured
from trend_agent.service import keep_trimmed
from trend_agent.settings import Settings
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.series import SqlTimeSeries
from trend_agent.storage.sql.watches import SqlWatches

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_without_settings_everything_is_kept_but_old_lists_of_every_five_minutes() -> None:
    assert Settings().kept(NOW) == {"moments": NOW - timedelta(days=30)}
    assert Settings(keep_moments_days=0).kept(NOW) == {}


def test_each_kind_is_kept_as_long_as_its_setting_says() -> None:
    settings = Settings(keep_lists_days=30, keep_runs_days=7, keep_buckets_days=1.5, keep_bodies_days=90)
    assert settings.kept(NOW) == {
        "lists": NOW - timedelta(days=30),
        "moments": NOW - timedelta(days=30),
        "runs": NOW - timedelta(days=7),
        "buckets": NOW - timedelta(hours=36),
        "bodies": NOW - timedelta(days=90),
    }


def test_bodies_that_ranking_still_reads_cannot_be_let_go() -> None:
    with pytest.raises(Misconfigured, match="TREND_KEEP_BODIES_DAYS should exceed"):
        Settings(keep_bodies_days=3, window_hours=72).kept(NOW)


async def test_what_grew_old_goes_while_the_service_runs(records: SqlRecords) -> None:
    run = await records.begin_run("old", {})
    await records.end_run(run)
    job = asyncio.create_task(
        keep_trimmed(
            records,
            Settings(keep_runs_days=1e-9),
            SqlTimeSeries(records.database),
            SqlWatches(records.database),
            pause=0.01,
        )
    )
    for _ in range(500):
        if await records.begin_run("new", {}) and not await ended_runs(records):
            break
        await asyncio.sleep(0.01)
    job.cancel()
    assert not await ended_runs(records)


async def ended_runs(records: SqlRecords) -> int:
    return await records.database.read(
        lambda c: c.scalar(text("SELECT count(*) FROM runs WHERE ended_at IS NOT NULL")) or 0
    )
