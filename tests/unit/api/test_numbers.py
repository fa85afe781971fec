"""Statistics add up to what the records hold."""

import asyncio
import threading
from datetime import datetime, timedelta

import httpx
from small_newsroom import SmallDesk, made_trend


async def test_the_shares_of_a_time_add_up_to_what_was_seen_in_it(client: httpx.AsyncClient) -> None:
    told = (await client.get("/api/v1/statistics")).json()
    assert (told["fetched"], told["waiting"], told["verdicts"]["duplicate"]) == (7, 0, 1)
    for part in ("days", "sources", "languages"):
        assert sum(one["items"] for one in told[part]) == 7
        assert sum(one["copies"] for one in told[part]) == 1
    assert told["sources"][0] == {"name": "courier", "items": 4, "copies": 0}
    assert [one["name"] for one in told["days"]] == ["2026-03-01"]
    assert (told["topics"], told["live_topics"]) == (2, 2)
    assert (told["trends"], told["states"]) == (3, {"rising": 1, "fading": 1, "new": 1})
    assert told["since"] == "2026-02-22T12:00:00Z"


async def test_statistics_of_a_past_moment_count_what_was_seen_by_then(client: httpx.AsyncClient) -> None:
    told = (await client.get("/api/v1/statistics?as_of=2026-03-01T11:25:00Z&days=1")).json()
    assert sum(one["items"] for one in told["days"]) == 3
    assert (told["trends"], told["at"]) == (0, "2026-03-01T11:25:00Z")


async def test_every_category_is_listed_with_its_trends(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    at = noon + timedelta(hours=1)
    kinds = ["science", "sports", "science", ""]
    await desk.records.publish([made_trend(f"t{n}", at, n, category=c) for n, c in enumerate(kinds, 1)])
    found = (await client.get("/api/v1/categories")).json()["categories"]
    assert len(found) == 8
    assert found[0] == {"category": "science", "trends": 2, "share": 0.5, "first": "t1"}
    assert sum(one["trends"] for one in found) == 4
    chosen = (await client.get("/api/v1/trends?category=science&category=other")).json()["trends"]
    assert [t["topic"] for t in chosen] == ["t1", "t3"]


async def test_a_list_is_narrowed_by_words_and_by_how_lately_it_was_told_of(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    at = noon + timedelta(hours=1)
    old = made_trend("t2", at, 2, last_seen=at - timedelta(hours=5), label="Harbour · ice")
    await desk.records.publish([made_trend("t1", at, 1), old])

    async def chosen(query: str) -> list[str]:
        answer = await client.get(f"/api/v1/trends?{query}")
        assert answer.status_code == 200, answer.text
        return [t["topic"] for t in answer.json()["trends"]]

    assert await chosen("q=ICE harbour") == ["t2"]
    assert await chosen("q=otters 1") == ["t1"]
    assert await chosen("q=otters zebra") == []
    assert await chosen("window=breaking") == ["t1"]
    assert await chosen("window=4") == ["t1"]
    assert await chosen("window=6") == await chosen("window=day") == await chosen("q=") == ["t1", "t2"]
    for wrong in ("window=0", "window=169", "window=month", "q=%00", "category=weather"):
        assert (await client.get(f"/api/v1/trends?{wrong}")).status_code == 422, wrong


async def test_what_takes_long_to_estimate_has_one_thread_of_its_own(client: httpx.AsyncClient) -> None:
    asked = [client.get("/api/v1/missed", params={"hours": hours}) for hours in range(1, 9)]
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
    assert sum(thread.name.startswith("estimates") for thread in threading.enumerate()) == 1
