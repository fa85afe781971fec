"""Administration: kinds of sources are known and switched, a collection is begun once, and the numbers are true."""

import asyncio
from typing import Any

import httpx
import pytest
from small_newsroom import SmallDesk

from trend_agent.api.hands import OwnHands
from trend_agent.observability import metrics
from trend_agent.sources import known

COAST = "rss:https://coast.example/feed"


async def told(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def ended(admin: httpx.AsyncClient, run: int) -> Any:
    for _ in range(200):
        found = await told(await admin.get(f"/api/v1/admin/runs/{run}"))
        if found["ended_at"]:
            return found
        await asyncio.sleep(0.02)
    pytest.fail("the run does not end")


async def test_every_kind_of_source_is_known_with_its_settings(admin: httpx.AsyncClient) -> None:
    page = await told(await admin.get("/api/v1/admin/plugins"))
    plugins = {one["name"]: one for one in page["plugins"]}
    assert plugins.keys() == known().keys()
    assert (plugins["rss"]["enabled"], plugins["rss"]["sources"]) == (True, 1)
    assert (plugins["hackernews"]["enabled"], plugins["hackernews"]["sources"]) == (False, 0)
    assert all(one["about"] and one["settings"] for one in plugins.values())
    secrets = [s for one in plugins.values() for s in one["settings"] if s["secret"]]
    assert secrets
    assert all(s["default"] is None for s in secrets)


async def test_a_secret_that_was_given_is_never_shown(admin: httpx.AsyncClient) -> None:
    kind, name = next(
        (one["name"], s["name"])
        for one in (await told(await admin.get("/api/v1/admin/plugins")))["plugins"]
        for s in one["settings"]
        if s["secret"] and not any(other["required"] for other in one["settings"])
    )
    asked = {"address": kind, "settings": {name: "hush-hush-hush"}}
    made = await admin.post("/api/v1/sources", json=asked)
    for answer in (
        made,
        await admin.get("/api/v1/sources"),
        await admin.get(f"/api/v1/admin/plugins/{kind}"),
    ):
        assert answer.status_code in (200, 201)
        assert "hush" not in answer.text


async def test_a_kind_is_switched_on_and_off(admin: httpx.AsyncClient) -> None:
    on = await told(await admin.post("/api/v1/admin/plugins/hackernews/enable"))
    assert (on["enabled"], on["sources"]) == (True, 1)
    off = await told(await admin.post("/api/v1/admin/plugins/hackernews/disable"))
    assert (off["enabled"], off["sources"]) == (False, 1)
    again = await told(await admin.post("/api/v1/admin/plugins/hackernews/enable"))
    assert (again["enabled"], again["sources"]) == (True, 1)
    rss = await told(await admin.post("/api/v1/admin/plugins/rss/disable"))
    assert rss["enabled"] is False
    needed = await told(await admin.post("/api/v1/admin/plugins/gdelt/enable"), 409)
    assert "has to be given" in needed["detail"]
    await told(await admin.post("/api/v1/admin/plugins/twitter/enable"), 409)
    for path in ("", "/enable", "/disable"):
        answer = await admin.request("POST" if path else "GET", f"/api/v1/admin/plugins/nobody{path}")
        assert "there are" in (await told(answer, 404))["detail"]


async def test_a_collection_that_is_asked_for_tells_what_came_of_it(
    admin: httpx.AsyncClient, desk: SmallDesk
) -> None:
    answer = await admin.post("/api/v1/admin/collect", json={"sources": [COAST]})
    run = await told(answer, 202)
    assert answer.headers["location"] == f"/api/v1/admin/runs/{run['id']}"
    assert (run["kind"], run["details"]["by"], run["details"]["sources"]) == (
        "collect",
        "an administrator",
        [COAST],
    )
    found = await ended(admin, run["id"])
    assert (found["error"], found["details"]["new"], found["details"]["failures"]) == ("", 2, 0)
    assert (await desk.records.balance()).waiting == 2
    second = await told(await admin.post("/api/v1/admin/collect", json={}), 202)
    await ended(admin, second["id"])
    page = await told(await admin.get("/api/v1/admin/runs?limit=1"))
    rest = await told(await admin.get(f"/api/v1/admin/runs?limit=1&cursor={page['next']}"))
    assert [r["id"] for r in page["runs"] + rest["runs"]] == [second["id"], run["id"]]


async def test_what_fails_is_named_by_the_run(admin: httpx.AsyncClient) -> None:
    address = "https://silent.example/feed"
    await told(
        await admin.post("/api/v1/sources", json={"address": "rss", "settings": {"url": address}}), 201
    )
    run = await told(await admin.post("/api/v1/admin/collect", json={}), 202)
    details = (await ended(admin, run["id"]))["details"]
    assert (details["number"], details["failures"], list(details["failed"])) == (2, 1, [f"rss:{address}"])


async def test_one_collection_goes_on_at_a_time(admin: httpx.AsyncClient, hands: OwnHands) -> None:
    answers = await asyncio.gather(*(admin.post("/api/v1/admin/collect", json={}) for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [202, 409, 409, 409, 409]
    run = next(a.json()["id"] for a in answers if a.status_code == 202)
    await ended(admin, run)
    unknown = await admin.post("/api/v1/admin/collect", json={"sources": ["nobody"]})
    assert "no source called 'nobody'" in (await told(unknown, 404))["detail"]
    again = await told(await admin.post("/api/v1/admin/collect", json={}), 202)
    await hands.close()
    stopped = await told(await admin.get(f"/api/v1/admin/runs/{again['id']}"))
    assert stopped["ended_at"]


async def test_a_run_that_never_was_is_missing(admin: httpx.AsyncClient) -> None:
    assert "no run 99" in (await told(await admin.get("/api/v1/admin/runs/99"), 404))["detail"]
    for wrong in ("0", "-1", "x", str(2**64)):
        await told(await admin.get(f"/api/v1/admin/runs/{wrong}"), 422)


async def test_the_numbers_of_the_process_are_those_that_were_counted(admin: httpx.AsyncClient) -> None:
    before = (await told(await admin.get("/api/v1/admin/metrics")))["items_settled"].get("filtered", 0)
    metrics.FATES.labels("filtered").inc(3)
    for _ in range(3):
        await admin.get("/api/v1/trends/t1")
    after = await told(await admin.get("/api/v1/admin/metrics"))
    assert after["items_settled"]["filtered"] == before + 3
    assert 1 < after["memory"] <= after["peak"]
    (route,) = (r for r in after["requests"] if r["name"] == "GET /api/v1/trends/{id}")
    assert route["count"] >= 3
    assert 0 < route["mean"] < 10
    assert route["half"] <= route["p95"] <= route["p99"]
    assert not any("t1" in r["name"] for r in after["requests"])


async def test_the_cache_is_cleared(admin: httpx.AsyncClient, hands: OwnHands) -> None:
    made = []

    async def make() -> bytes:
        made.append(1)
        return b"answer"

    assert hands.keeping is not None
    for _ in range(2):
        await hands.keeping.answer("x", make=make, seconds=60)
    await told(await admin.delete("/api/v1/admin/cache/clear"), 204)
    await hands.keeping.answer("x", make=make, seconds=60)
    assert len(made) == 2


async def test_only_administrators_come_in(client: httpx.AsyncClient) -> None:
    for method, path in (
        ("GET", "plugins"),
        ("GET", "plugins/rss"),
        ("POST", "plugins/rss/disable"),
        ("POST", "collect"),
        ("GET", "runs"),
        ("GET", "metrics"),
        ("DELETE", "cache/clear"),
    ):
        assert (await client.request(method, f"/api/v1/admin/{path}")).status_code == 401, path
