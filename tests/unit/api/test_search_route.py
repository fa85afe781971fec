"""Searching through the API: three ways, filters, pages, and words alone where the vectors do not answer."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from small_newsroom import SmallDesk

from trend_agent.processing.finding import merged
from trend_agent.processing.lexical import Lexical
from trend_agent.processing.search import Found, Index
from trend_agent.storage.qdrant.edge import EdgeVectors


@pytest.fixture
async def indexed(desk: SmallDesk, tmp_path: Path) -> AsyncIterator[SmallDesk]:
    desk.index = Index(desk.records, EdgeVectors(tmp_path / "vectors"), lexical=Lexical())
    await desk.index.catch_up()
    try:
        yield desk
    finally:
        await desk.index.vectors.close()


async def found(client: httpx.AsyncClient, **asked: Any) -> Any:
    answer = await client.get("/api/v1/search", params={"q": "otters river", **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(page: Any) -> list[str]:
    return [one["item"]["id"] for one in page["found"]]


@pytest.mark.parametrize("way", ["keyword", "semantic", "hybrid"])
async def test_each_way_finds_what_the_records_hold(
    client: httpx.AsyncClient, indexed: SmallDesk, way: str
) -> None:
    page = await found(client, way=way)
    assert (page["way"], page["degraded"], page["next"]) == (way, "", None)
    assert page["at"] == "2026-03-01T12:00:00Z"
    originals = await indexed.records.originals()
    copies = set(ids(page)) - originals
    assert set(ids(page)) >= originals
    assert copies == set() if way == "semantic" else copies == {"wire:a/b:4"}
    assert all(one["topic"].startswith("t") for one in page["found"])


async def test_filters_narrow_each_way(client: httpx.AsyncClient, indexed: SmallDesk, noon: datetime) -> None:
    for way in ("keyword", "semantic", "hybrid"):
        page = await found(client, way=way, source="wire", lang=["en", "ja"])
        assert {(o["item"]["source"], o["item"]["lang"]) for o in page["found"]} == {("wire", "en")}
        since = noon - timedelta(minutes=15)
        page = await found(client, way=way, since=since.isoformat())
        assert page["found"]
        assert all(datetime.fromisoformat(o["item"]["seen_at"]) >= since for o in page["found"])
        page = await found(client, way=way, topic="t1")
        assert {one["topic"] for one in page["found"]} == {"t1"}


async def test_pages_of_a_merged_list_give_each_item_once(
    client: httpx.AsyncClient, indexed: SmallDesk
) -> None:
    whole, seen, cursor = ids(await found(client)), [], ""
    for _ in range(len(whole)):
        page = await found(client, limit=2, cursor=cursor)
        seen += ids(page)
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == whole
    assert len(whole) > 2


@pytest.mark.parametrize("way", ["semantic", "hybrid"])
async def test_without_an_index_words_are_searched_and_it_is_said(
    client: httpx.AsyncClient, desk: SmallDesk, way: str
) -> None:
    page = await found(client, way=way)
    assert page["way"] == "keyword"
    assert "does not answer" in page["degraded"]
    assert ids(page) == ids(await found(client, way="keyword"))
    assert (await found(client, way="keyword"))["degraded"] == ""


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"q": ""}, 422),
        ({"way": "magic"}, 422),
        ({"cursor": "nonsense"}, 422),
        ({"since": "yesterday"}, 422),
        ({"topic": "t0"}, 404),
    ],
)
async def test_what_cannot_be_asked_is_a_problem(
    client: httpx.AsyncClient, asked: dict[str, str], status: int
) -> None:
    answer = await client.get("/api/v1/search", params={"q": "otters", **asked})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_lists_are_merged_by_rank(indexed: SmallDesk) -> None:
    assert indexed.index
    a, b, c, *_ = await indexed.index.search("otters")
    scores = {one.item.id: one.score for one in merged([a, b], [b, c])}
    assert scores == pytest.approx({a.item.id: 1 / 61, b.item.id: 1 / 62 + 1 / 61, c.item.id: 1 / 62})
    assert [one.item.id for one in merged([a, b], [b, c])] == [one.item.id for one in (b, a, c)]
    assert merged([], [Found(a.item, "t", 5.0)])[0].score == 1 / 61
