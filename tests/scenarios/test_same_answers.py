"""The same log gives the same answers, however it is cut and however often the process starts again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from places import database_at
from trend_agent.app import make_pipeline
from trend_agent.items import Item, Trend
from trend_agent.processing.rank import RankSettings
from trend_agent.processing.rank.export import written
from trend_agent.processing.rank.terms import NAMES
from trend_agent.processing.rank.verify import verify
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENTS = [UNTIL - timedelta(hours=h) for h in (0, 0.2, 1.5, 7, 13, 26)]


@pytest.fixture(scope="module")
def world() -> list[Item]:
    return list(World(seed=5, days=2.5, per_day=600, until=UNTIL).items())


async def answers(
    place: Path | str,
    world: list[Item],
    *,
    batch: int,
    starts_again_after: Callable[[int], bool] = lambda _: False,
) -> tuple[str, list[list[Trend]]]:
    """The hash of all facts and the trends of some moments, with the log cut and interrupted as asked."""
    database = database_at(place) if isinstance(place, str) else Sqlite(place / f"{batch}.sqlite3")
    await prepare(database)
    records = SqlRecords(database, configuration="c")
    settings = Settings(batch=batch)

    def started():  # type: ignore[no-untyped-def]
        pipeline = make_pipeline(records, settings)
        pipeline.configuration = "c"
        pipeline.between_states = 400
        return pipeline

    pipeline = started()
    steps = 0
    for place in range(0, len(world), batch):
        await records.ingest([Arrival(item) for item in world[place : place + batch]])
        while await pipeline.step():
            steps += 1
            if starts_again_after(steps):
                pipeline = started()
    assert await records.check() == []
    trends = [await pipeline.trends(at=moment, limit=50) for moment in MOMENTS]
    found = await records.logical_hash()
    await records.close()
    return found, trends


async def test_batches_of_any_size_and_restarts_change_nothing(tmp_path: Path, world: list[Item]) -> None:
    facts, trends = await answers(tmp_path, world, batch=500)
    assert all(len(listed) > 10 for listed in trends)
    assert sum(trend.alarm is not None for listed in trends for trend in listed) > 3
    for batch, again in ((73, lambda step: step % 6 == 0), (2000, lambda _: True)):
        other_facts, other_trends = await answers(tmp_path, world, batch=batch, starts_again_after=again)
        assert other_facts == facts, batch
        assert other_trends == trends, batch


async def test_every_backend_gives_the_same_answers(
    tmp_path: Path, postgres_place: str, world: list[Item]
) -> None:
    facts, trends = await answers(tmp_path, world, batch=498)
    other_facts, other_trends = await answers(
        postgres_place, world, batch=498, starts_again_after=lambda step: step % 3 == 0
    )
    assert other_facts == facts
    assert other_trends == trends


async def test_the_past_is_not_changed_by_what_came_after(tmp_path: Path, world: list[Item]) -> None:
    place = 3
    _, whole = await answers(tmp_path, world, batch=499)
    _, cut = await answers(tmp_path, [i for i in world if i.seen_at <= MOMENTS[place]], batch=501)
    assert whole[place] == cut[place]


async def test_what_was_said_live_is_what_is_said_of_that_moment_later(
    tmp_path: Path, world: list[Item]
) -> None:
    """Live lists come from what is held in memory and grows, past ones from the records alone."""
    database = Sqlite(tmp_path / "live.sqlite3")
    await prepare(database)
    records = SqlRecords(database, configuration="c")
    pipeline = make_pipeline(records, Settings(batch=150))
    live: list[list[Trend]] = []
    for place in range(0, len(world), 150):
        await records.ingest([Arrival(item) for item in world[place : place + 150]])
        await pipeline.drain()
        live.append(await pipeline.trends(limit=50))
    for said in live[::4]:
        later = make_pipeline(records, Settings())
        assert await later.trends(at=said[0].at, limit=50) == said
    exported = await make_pipeline(records, Settings()).export(at=live[-1][0].at, limit=30)
    assert verify(written(exported).splitlines()) == (min(30, len(live[-1])), [])
    await records.close()


async def test_every_score_is_the_sum_of_its_terms(tmp_path: Path, world: list[Item]) -> None:
    _, (now, *_) = await answers(tmp_path, world, batch=1000)
    for trend in now:
        assert abs(sum(term.value for term in trend.receipt.terms) - trend.score) < 1e-9
        assert trend.headline.items[0] in trend.receipt.items
    assert [t.score for t in now] == sorted((t.score for t in now), reverse=True)


async def test_planted_bursts_that_are_under_way_lead_the_list(tmp_path: Path, world: list[Item]) -> None:
    _, (now, *_) = await answers(tmp_path, world, batch=1001)
    made = World(seed=5, days=2.5, per_day=600, until=UNTIL)
    under_way = {b.story for b in made.bursts if b.end >= UNTIL - timedelta(minutes=30) and b.onset < UNTIL}
    assert under_way

    def stories(trends: list[Trend]) -> set[str | None]:
        return {made.truth[key].story for trend in trends for key in trend.receipt.items}

    def by_measures(trend: Trend) -> float:
        return sum(term.value for term in trend.receipt.terms if term.name in NAMES)

    assert under_way <= stories(now[: RankSettings().page])
    assert under_way <= stories(sorted(now, key=by_measures, reverse=True)[:12])
