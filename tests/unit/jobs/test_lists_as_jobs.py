"""Lists as jobs: JSON that says what the pipeline says, and deliveries that can be repeated."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from trend_agent.app import configuration, make_pipeline
from trend_agent.errors import Rejected
from trend_agent.jobs import Here, Tools
from trend_agent.jobs.lists import BUCKET, trends_of
from trend_agent.jobs.tools import Outlets
from trend_agent.processing.pipeline import Pipeline
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.opening import open_objects, open_queue
from trend_agent.storage.sql.records import SqlRecords

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)


@asynccontextmanager
async def nothing() -> AsyncIterator[Any]:
    raise NotImplementedError("lists need nothing of it")
    yield


@pytest.fixture
async def carried(records: SqlRecords, tmp_path: Path) -> AsyncIterator[tuple[Here, Pipeline, Outlets]]:
    """A small newsroom whose lists are asked for as jobs."""
    settings = Settings()
    await records.ingest([Arrival(i) for i in World(seed=3, days=1, per_day=400, until=UNTIL).items()])
    pipeline = make_pipeline(records, settings)
    await pipeline.drain()
    objects = open_objects(f"folder:{tmp_path}/objects", setting="TREND_OBJECTS", site="http://x.example")
    outlets = Outlets(objects, open_queue("records:", setting="TREND_QUEUE", database=records.database))

    @asynccontextmanager
    async def lists() -> AsyncIterator[Pipeline]:
        yield pipeline

    @asynccontextmanager
    async def ways_out() -> AsyncIterator[Outlets]:
        yield outlets

    tools = Tools(
        configuration=configuration(settings), reader=nothing, http=nothing, pipeline=lists, outlets=ways_out
    )
    here = Here(tools)
    try:
        yield here, pipeline, outlets
    finally:
        await here.close()
        await objects.close()


Carried = tuple[Here, Pipeline, Outlets]


async def test_a_refreshed_list_is_the_pipelines_own(carried: Carried) -> None:
    here, pipeline, _ = carried
    for at in (None, UNTIL - timedelta(hours=3)):
        asked = {"at": at.isoformat() if at else None, "limit": 20}
        found = orjson.loads(orjson.dumps(await here.carry("refresh_trends", asked, key="k")))
        assert trends_of(found) == await pipeline.trends(at=at, limit=20)


async def test_topics_are_put_into_their_items_words(carried: Carried) -> None:
    here, pipeline, _ = carried
    first, second, *_ = await pipeline.trends(limit=10)
    found = await here.carry("summarise", {"topics": [second.topic, "tnope"]}, key="k")
    assert list(found) == [second.topic] != [first.topic]
    assert found[second.topic]["headline"] == {
        "text": second.headline.text,
        "items": list(second.headline.items),
    }


async def test_a_list_delivered_twice_is_one_object_and_one_key(carried: Carried) -> None:
    here, pipeline, outlets = carried
    first = await here.carry("deliver", {"limit": 5}, key="k")
    assert await here.carry("deliver", {"limit": 5}, key="k") == first
    page = await outlets.objects.page(BUCKET)
    assert [about.key for about in page.objects] == [first["delivered"]]
    data = await outlets.objects.get(BUCKET, first["delivered"])
    rows = [orjson.loads(line) for line in data.splitlines()]
    assert rows == orjson.loads(orjson.dumps(await pipeline.export(limit=5)))
    taken = await outlets.queue.take(BUCKET, limit=10)
    assert len(taken) == 2
    assert len({(each.message.key, each.message.body) for each in taken}) == 1


@pytest.mark.parametrize("asked", [{"at": "yesterday"}, {"at": "1066-10-14"}, {"limit": 0}, {"limit": "x"}])
async def test_a_moment_or_length_that_cannot_be_is_refused(carried: Carried, asked: dict[str, Any]) -> None:
    with pytest.raises(Rejected, match="should be a"):
        await carried[0].carry("refresh_trends", asked, key="k")
