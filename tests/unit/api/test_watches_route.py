"""Watches and alerts of whoever asks: saved, shown, changed, marked as read, and nobody else's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from small_newsroom import SmallDesk, made_trend

from principals import ADMINISTRATOR, WRITER, As
from trend_agent.api import application
from trend_agent.api.access import Principal
from trend_agent.processing.watching import Watching
from trend_agent.storage.sql.watches import SqlWatches


@asynccontextmanager
async def seen_by(principal: Principal, desk: SmallDesk) -> AsyncIterator[httpx.AsyncClient]:
    app = As(principal, application(desk, watches=SqlWatches(desk.records.database)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t.example") as made:
        yield made


@pytest.fixture
async def writer(desk: SmallDesk) -> AsyncIterator[httpx.AsyncClient]:
    async with seen_by(WRITER, desk) as made:
        yield made


async def save(writer: httpx.AsyncClient, **watch: Any) -> Any:
    answer = await writer.post("/api/v1/watches", json={"name": "all", **watch})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def told(desk: SmallDesk, noon: datetime) -> None:
    """Two new trends, one after the other."""
    watching = Watching(SqlWatches(desk.records.database), desk.records)
    for number in (1, 2):
        at = noon + timedelta(hours=number)
        await watching.look([made_trend(f"new{n}", at, n) for n in range(1, number + 1)])


async def test_a_watch_is_saved_shown_changed_and_removed(writer: httpx.AsyncClient) -> None:
    made = await save(writer, filter={"text": "otters", "states": ["new"]}, channels={"mail": "a@b"})
    path = f"/api/v1/watches/{made['id']}"
    assert made["filter"]["text"] == "otters"
    assert (await writer.get(path)).json() == made
    assert (await writer.get("/api/v1/watches")).json()["watches"] == [made]
    changed = (await writer.patch(path, json={"name": "fewer", "filter": {"surprise": 3}})).json()
    assert (changed["name"], changed["filter"]["surprise"], changed["filter"]["text"]) == ("fewer", 3, "")
    assert changed["channels"] == {"mail": "a@b"}
    assert (await writer.delete(path)).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert (await writer.request(method, path, json={})).status_code == 404


async def test_nobody_sees_the_watches_and_alerts_of_another(
    writer: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    made = await save(writer)
    await told(desk, noon)
    alert = (await writer.get("/api/v1/alerts")).json()["alerts"][0]["id"]
    async with seen_by(ADMINISTRATOR, desk) as other:
        assert (await other.get("/api/v1/watches")).json()["watches"] == []
        assert (await other.get("/api/v1/alerts")).json()["alerts"] == []
        for method, path in (
            ("GET", f"watches/{made['id']}"),
            ("PATCH", f"watches/{made['id']}"),
            ("DELETE", f"watches/{made['id']}"),
            ("GET", f"alerts/{alert}"),
        ):
            assert (await other.request(method, f"/api/v1/{path}", json={})).status_code == 404
        assert (await other.patch(f"/api/v1/alerts/{alert}", json={"read": True})).status_code == 404
        assert (await other.patch("/api/v1/alerts", json={"until": alert})).status_code == 404
    assert (await writer.get(f"/api/v1/alerts/{alert}")).json()["read_at"] is None


async def test_alerts_come_in_pages_and_are_marked_as_read(
    writer: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    made = await save(writer)
    await told(desk, noon)
    first = (await writer.get("/api/v1/alerts", params={"limit": 1})).json()
    rest = (await writer.get("/api/v1/alerts", params={"limit": 1, "cursor": first["next"]})).json()
    (last,), (earlier,) = first["alerts"], rest["alerts"]
    assert (last["topic"], last["kind"], earlier["topic"]) == ("new2", "entered", "new1")
    assert rest["next"] is None
    marked = await writer.patch(f"/api/v1/alerts/{last['id']}", json={"read": True})
    assert marked.json()["read_at"]
    unread = (await writer.get("/api/v1/alerts", params={"unread": "true"})).json()["alerts"]
    assert [one["id"] for one in unread] == [earlier["id"]]
    answer = await writer.patch("/api/v1/alerts", json={"until": last["id"], "watch": made["id"]})
    assert answer.json() == {"marked": 1}
    assert (await writer.get("/api/v1/alerts", params={"unread": "true"})).json()["alerts"] == []
    back = await writer.patch(f"/api/v1/alerts/{last['id']}", json={"read": False})
    assert back.json()["read_at"] is None


@pytest.mark.parametrize(
    "watch",
    [
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "x" * 101},
        {"filter": {"states": ["exploding"]}},
        {"filter": {"hours": 0}},
        {"filter": {"surprise": -1}},
        {"filter": {"nonsense": 1}},
        {"channels": {"mail": "x" * 5000}},
        {"channels": []},
        {"owner": "somebody else"},
    ],
)
async def test_what_is_no_watch_is_refused(writer: httpx.AsyncClient, watch: dict[str, Any]) -> None:
    answer = await writer.post("/api/v1/watches", json={"name": "all", **watch})
    assert answer.status_code == 422, answer.text


async def test_channels_come_back_as_they_were_whatever_numbers_they_hold(writer: httpx.AsyncClient) -> None:
    channels = {"n": 2**80, "m": -(2**70), "f": 0.1, "deep": {"a": [None, True, "ü"]}}
    made = await save(writer, channels=channels)
    assert (await writer.get(f"/api/v1/watches/{made['id']}")).json()["channels"] == channels


async def test_a_name_is_taken_once(writer: httpx.AsyncClient) -> None:
    await save(writer)
    answer = await writer.post("/api/v1/watches", json={"name": "all"})
    assert (answer.status_code, "'all' already" in answer.json()["detail"]) == (409, True)


async def test_half_of_a_pair_of_surrogates_is_refused_and_harms_nothing(writer: httpx.AsyncClient) -> None:
    for channels in (rb'{"x":"\ud800"}', rb'{"x":["\udfff"]}', rb'{"\udc00":1}'):
        body = b'{"name":"half","channels":' + channels + b"}"
        sent = await writer.post(
            "/api/v1/watches", content=body, headers={"Content-Type": "application/json"}
        )
        assert sent.status_code == 422, sent.text
    assert (await writer.get("/api/v1/watches")).json()["watches"] == []
