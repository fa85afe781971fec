"""What programs are answered: lists and their pages, one thing by any of its names, unchanged answers."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from small_newsroom import SmallDesk, made_trend

from trend_agent.items import Call, Outcome


async def got(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def topics(page: Any) -> list[str]:
    return [t["topic"] for t in page["trends"]]


async def test_the_list_is_the_published_one_best_first(client: httpx.AsyncClient, noon: datetime) -> None:
    page = await got(client, "/api/v1/trends")
    assert topics(page) == ["t1", "t3", "t4"]
    assert page["next"] is None
    assert page["at"] == "2026-03-01T12:00:00Z"
    first = page["trends"][0]
    assert (first["headline"]["text"], first["receipt"]["terms"][0]["inputs"]["observed"]) == (
        "Otters return to the river 1",
        4.0,
    )


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"state": "fading"}, ["t3"]),
        ({"state": ["fading", "new"]}, ["t3", "t4"]),
        ({"lang": "de"}, ["t4"]),
        ({"source": "courier"}, ["t1"]),
        ({"source": "wire", "lang": "en", "state": "rising"}, ["t1"]),
        ({"source": "nobody"}, []),
    ],
)
async def test_filters_widen_within_a_name_and_narrow_across_names(
    client: httpx.AsyncClient, filters: dict[str, Any], wanted: list[str]
) -> None:
    assert topics(await got(client, "/api/v1/trends", **filters)) == wanted


async def test_pages_by_cursor_give_the_whole_list_once(client: httpx.AsyncClient) -> None:
    seen, cursor = [], ""
    for _ in range(5):
        page = await got(client, "/api/v1/trends", limit=1, cursor=cursor)
        seen += topics(page)
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["t1", "t3", "t4"]


async def test_a_cursor_goes_on_in_the_list_it_came_from(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    first = await got(client, "/api/v1/trends", limit=1)
    desk.past[noon] = await desk.records.trends()
    later = noon + timedelta(hours=2)
    await desk.records.publish([made_trend("t9", later, 1), made_trend("t1", later, 2)])
    rest = await got(client, "/api/v1/trends", limit=9, cursor=first["next"])
    assert topics(rest) == ["t3", "t4"]
    assert rest["at"] == first["at"]


async def test_a_past_moment_is_answered_with_the_list_of_then(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    then = noon - timedelta(days=1)
    desk.past[then] = [made_trend("t0", then, 1)]
    for way_to_write in ("2026-02-28T12:00:00Z", "2026-02-28T12:00:00", "2026-02-28T14:00:00+02:00"):
        page = await got(client, "/api/v1/trends", as_of=way_to_write)
        assert (topics(page), page["at"]) == (["t0"], "2026-02-28T12:00:00Z")
    assert topics(await got(client, "/api/v1/trends", as_of="1999-01-01")) == []


async def test_the_past_is_told_as_it_was_published_where_that_is_kept_and_says_of_when(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    later, asked = noon + timedelta(hours=2), "2026-03-01T12:04:00Z"
    await desk.records.publish([made_trend("t9", later, 1), made_trend("t1", later, 2)])
    desk.past[noon + timedelta(minutes=4)] = [made_trend("computed", noon + timedelta(minutes=4), 1)]
    desk.past[noon + timedelta(minutes=6)] = [made_trend("computed", noon + timedelta(minutes=6), 1)]
    page = await got(client, "/api/v1/trends", as_of=asked)
    assert (topics(page), page["at"]) == (["t1", "t3", "t4"], "2026-03-01T12:00:00Z")
    german = await got(client, "/api/v1/trends", as_of=asked, lang="de", fields="topic")
    assert german == {"trends": [{"topic": "t4"}], "next": None, "at": "2026-03-01T12:00:00Z"}
    first = await got(client, "/api/v1/trends", as_of=asked, limit=1)
    rest = await got(client, "/api/v1/trends", as_of=asked, limit=9, cursor=first["next"])
    assert (topics(first), topics(rest), rest["at"]) == (["t1"], ["t3", "t4"], "2026-03-01T12:00:00Z")
    one = await got(client, "/api/v1/trends/t3", as_of=asked)
    assert (one["rank"], one["at"]) == (2, "2026-03-01T12:00:00Z")
    counted = await got(client, "/api/v1/categories", as_of=asked)
    assert counted["at"] == "2026-03-01T12:00:00Z"
    beyond = await got(client, "/api/v1/trends", as_of="2026-03-01T12:06:00Z")
    assert (topics(beyond), beyond["at"]) == (["computed"], "2026-03-01T12:06:00Z")


async def test_one_trend_is_shown_as_it_stood_at_a_past_moment(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    then = noon - timedelta(days=1)
    desk.past[then] = [made_trend("t2", then, 1), made_trend("t1", then, 2)]
    past = await got(client, "/api/v1/trends/t2", as_of="2026-02-28T12:00")
    assert (past["topic"], past["rank"], past["at"]) == ("t2", 1, "2026-02-28T12:00:00Z")
    assert (await got(client, "/api/v1/trends/t2"))["topic"] == "t1"
    absent = await client.get("/api/v1/trends/t3", params={"as_of": "2026-02-28T12:00"})
    assert absent.status_code == 404
    assert "not on the list of 2026-02-28 12:00:00 UTC" in absent.json()["detail"]


async def test_a_merged_topic_answers_under_its_old_id(client: httpx.AsyncClient) -> None:
    for path in ("", "/items", "/series"):
        assert await got(client, f"/api/v1/trends/t2{path}") == await got(client, f"/api/v1/trends/t1{path}")
    past = await got(client, "/api/v1/trends/t2/lineage")
    assert past["topic"]["id"] == "t1"
    assert [(c["change"], c["other"]) for c in past["lineage"]] == [("born", None), ("merged", "t1")]


async def test_items_come_in_pages_with_copies_marked(client: httpx.AsyncClient) -> None:
    first = await got(client, "/api/v1/trends/t1/items", limit=5)
    rest = await got(client, "/api/v1/trends/t1/items", limit=5, cursor=first["next"])
    facts = first["items"] + rest["items"]
    assert [f["item"]["id"] for f in facts] == [f"wire:a/b:{n}" for n in (0, 1, 2, 3, 4, 7)]
    assert [f["copy_of"] for f in facts] == [None, None, None, None, "wire:a/b:0", None]
    assert rest["next"] is None


async def test_the_series_counts_every_item_of_the_topic(client: httpx.AsyncClient) -> None:
    series = await got(client, "/api/v1/trends/t1/series")
    assert sum(b["items"] for b in series["buckets"]) == 6
    assert sum(b["copies"] for b in series["buckets"]) == 1
    assert series["width_seconds"] == 900


@pytest.mark.parametrize("name", ["wire:a/b:4", quote("wire:a/b:4", safe="")])
async def test_the_fate_of_an_item_is_found_by_its_id(client: httpx.AsyncClient, name: str) -> None:
    (told,) = (await got(client, f"/api/v1/items/{name}/fate"))["items"]
    assert (told["fate"]["verdict"], told["fate"]["of"], told["topic"]) == ("duplicate", "wire:a/b:0", "t1")


async def test_the_fate_of_an_item_is_found_by_its_address_however_written(client: httpx.AsyncClient) -> None:
    for address in ("https://wire.example/otters/7", "HTTP://www.wire.example/otters/7?utm_source=x#top"):
        (told,) = (await got(client, "/api/v1/fate", address=address))["items"]
        assert [m["topic"] for m in told["history"]] == ["t2", "t1"]


async def test_the_scorecard_tells_of_calls_now_and_as_it_was_known_then(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    first = noon - timedelta(hours=8)
    resolved = first + timedelta(hours=6)
    calls = [Call(f"t{n}", first, n, 0.75, 2, ["wire:a/b:0"], "c") for n in (1, 2)]
    await desk.records.register([*calls, Call("t4", noon, 1, 0.5, 1, ["wire:a/b:1"], "c")])
    await desk.records.resolve(
        [Outcome("t1", first, resolved, True, 5, 4, 1.5), Outcome("t2", first, resolved, False, 1, 2, None)]
    )
    now = await got(client, "/api/v1/scorecard")
    card = now["scorecard"]
    assert (card["calls"], card["resolved"], card["held"]) == (3, 2, 0.5)
    assert (card["precision"]["1"], card["precision"]["3"], card["moments"]) == (1.0, 0.5, 1)
    assert card["brier"] == pytest.approx((0.25**2 + 0.75**2) / 2)
    assert (card["lead_hours"], card["led"]) == (1.5, 1)
    assert now["at"] == "2026-03-01T12:00:00Z"
    then = await got(client, "/api/v1/scorecard", as_of="2026-03-01T09:00:00Z")
    assert (then["scorecard"]["calls"], then["scorecard"]["resolved"], then["scorecard"]["held"]) == (
        2,
        0,
        None,
    )
    assert then["at"] == "2026-03-01T09:00:00Z"


async def test_sources_tell_their_health_and_the_ledger_its_balance(client: httpx.AsyncClient) -> None:
    (wire,) = (await got(client, "/api/v1/sources"))["sources"]
    assert (wire["source"], wire["failures"], wire["error"]) == ("wire", 2, "no answer")
    ledger = await got(client, "/api/v1/ledger")
    assert ledger["holds"] is True
    assert (ledger["balance"]["fetched"], ledger["balance"]["verdicts"]["duplicate"]) == (7, 1)
    assert (await got(client, "/api/v1/ledger", source="courier"))["balance"]["fetched"] == 4


async def test_readiness_tells_the_truth(client: httpx.AsyncClient, desk: SmallDesk) -> None:
    assert await got(client, "/readyz") == {"ready": True, "parts": {"records": "open"}}
    desk.up = False
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]) == (503, {"records": "closed"})
    assert (await client.get("/healthz")).status_code == 200


async def test_the_counters_can_be_scraped(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE trend_items_waiting gauge" in answer.text


async def test_who_has_the_answer_already_gets_304_until_it_changes(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    first = await client.get("/api/v1/trends")
    tag = first.headers["etag"]
    again = await client.get("/api/v1/trends", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in again.headers
    assert "content-security-policy" in again.headers
    await desk.records.publish([made_trend("t1", noon + timedelta(hours=2), 1)])
    changed = await client.get("/api/v1/trends", headers={"If-None-Match": tag})
    assert (changed.status_code, topics(changed.json())) == (200, ["t1"])


@pytest.mark.parametrize("path", ["/api/v1/trends", "/", "/healthz", "/metrics", "/openapi.json", "/nowhere"])
async def test_head_answers_like_get_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    head, get = await client.head(path), await client.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    counted = {"content-length"} if path == "/metrics" else set()  # which counts the first of the two
    assert {k: v for k, v in head.headers.items() if k not in counted} == {
        k: v for k, v in get.headers.items() if k not in counted
    }
