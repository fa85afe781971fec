"""Sources are listed with how they do, and chosen, tried, changed and removed while the program runs."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from small_newsroom import NOON, SmallDesk

from trend_agent.storage import Health

COAST = "rss:https://coast.example/feed"
SPORT = "rss:https://coast.example/sport/feed"


def at(key: str, rest: str = "") -> str:
    return f"/api/v1/sources/{quote(key, safe='')}{rest}"


async def told(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def states(admin: httpx.AsyncClient, **wanted: str) -> dict[str, str]:
    page = await told(await admin.get("/api/v1/sources", params=wanted), 200)
    return {one["source"]: one["state"] for one in page["sources"]}


async def test_every_source_is_listed_with_how_it_is(admin: httpx.AsyncClient, desk: SmallDesk) -> None:
    assert await states(admin) == {COAST: "not visited"}
    await desk.records.tried(Health(COAST, last_try=NOON, failures=2, error="no answer"))
    page = await told(await admin.get("/api/v1/sources"), 200)
    (one,) = page["sources"]
    assert (one["state"], one["words"], one["label"]) == ("failing", "failed 2×: no answer", "rss:coast")
    assert one["settings"] == {"url": "https://coast.example/feed", "called": "coast"}
    assert await states(admin, state="removed") == {"wire": "removed"}
    assert await states(admin, state="quiet") == {}


async def test_pages_of_sources_give_each_once(admin: httpx.AsyncClient) -> None:
    await told(await admin.post("/api/v1/sources", json={"address": "hackernews"}), 201)
    await told(await admin.post("/api/v1/sources", json={"address": "https://coast.example/sport/feed"}), 201)
    seen, cursor = [], ""
    while True:
        page = await told(await admin.get("/api/v1/sources", params={"limit": 1, "cursor": cursor}), 200)
        seen += [one["source"] for one in page["sources"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 3


async def test_a_page_leads_to_the_feed_it_names_that_is_new(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/api/v1/sources", json={"address": "coast.example/"})
    page = await told(answer, 201)
    (one,) = page["sources"]
    assert (one["source"], one["chosen"], one["enabled"]) == (SPORT, True, True)
    assert answer.headers["location"] == at(SPORT)
    assert (await told(await admin.get(answer.headers["location"]), 200))["source"] == SPORT
    again = await admin.post("/api/v1/sources", json={"address": "coast.example/"})
    assert "collected already" in (await told(again, 409))["detail"]


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"address": "https://plain.example/"}, 404, "is no feed and names none"),
        ({"address": "https://silent.example/feed"}, 404, "does not let itself be read"),
        ({"address": "nonsense"}, 404, "no kind of source called 'nonsense'"),
        ({"address": "javascript:alert(1).x"}, 404, "javascript"),
        ({"address": "file:///etc/pass.wd"}, 404, "file"),
        ({"address": "http://127.0.0.1/feed"}, 404, "127.0.0.1"),
        ({"address": "rss"}, 409, "url"),
        ({"address": "hackernews", "settings": {"limit": -1}}, 409, "limit"),
        ({"address": "hackernews", "settings": {"nonsense": 1}}, 409, "nonsense"),
        ({"address": "rss", "settings": {"url": "https://evil.example/${HOME}"}}, 422, "settings.url"),
        ({"address": "https://evil.example/${HOME}"}, 422, "address"),
        ({"address": "hackernews", "settings": {"feed": "a\u0000b"}}, 422, "settings.feed"),
        ({"address": "hackernews", "every": 1}, 422, "every"),
        ({"address": "hackernews", "every_feed": "yes"}, 422, "every_feed"),
        ({}, 422, "address"),
    ],
)
async def test_what_cannot_be_a_source_is_refused_in_words(
    admin: httpx.AsyncClient, asked: dict[str, Any], status: int, said: str
) -> None:
    assert said in (await told(await admin.post("/api/v1/sources", json=asked), status))["detail"]
    assert await states(admin) == {COAST: "not visited"}


async def test_a_dollar_alone_is_harmless(admin: httpx.AsyncClient) -> None:
    asked = {"address": "rss", "settings": {"url": "https://coast.example/feed?price=$5$"}}
    await told(await admin.post("/api/v1/sources", json=asked), 201)


async def test_a_source_is_disabled_enabled_and_changed(admin: httpx.AsyncClient) -> None:
    off = await told(await admin.patch(at(COAST), json={"enabled": False}), 200)
    assert (off["enabled"], off["state"]) == (False, "disabled")
    on = await told(await admin.patch(at(COAST), json={"enabled": True, "settings": {"language": "de"}}), 200)
    assert (on["enabled"], on["settings"]["language"], on["settings"]["called"]) == (True, "de", "coast")
    other = await admin.patch(at(COAST), json={"settings": {"url": "https://other.example/feed"}})
    assert "would be" in (await told(other, 409))["detail"]
    nobody = await admin.patch(at("rss:nobody"), json={"enabled": True})
    assert "no source called 'rss:nobody'" in (await told(nobody, 404))["detail"]


async def test_a_secret_is_not_led_to_another_place(admin: httpx.AsyncClient) -> None:
    asked = {"address": "stackexchange", "settings": {"api_key": "hush"}}
    made = await told(await admin.post("/api/v1/sources", json=asked), 201)
    key = made["sources"][0]["source"]
    root = {"root": "https://evil.example/api"}
    refused = await told(await admin.patch(at(key), json={"settings": root}), 409)
    assert "holds api_key" in refused["detail"]
    changed = await admin.patch(at(key), json={"settings": {**root, "api_key": "another"}})
    assert "hush" not in (await admin.get(at(key))).text
    assert (await told(changed, 200))["settings"]["root"] == root["root"]


async def test_a_key_that_ends_like_an_operation_is_written_with_its_slashes_encoded(
    admin: httpx.AsyncClient,
) -> None:
    address = "https://coast.example/test"
    asked = {"address": "rss", "settings": {"url": address}}
    await told(await admin.post("/api/v1/sources", json=asked), 201)
    assert (await told(await admin.get(at(f"rss:{address}")), 200))["source"] == f"rss:{address}"
    answer = await admin.get(at(COAST, "/test"))
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    await told(await admin.delete(at(f"rss:{address}")), 204)


async def test_a_page_behind_a_source_that_is_gone_says_so(admin: httpx.AsyncClient) -> None:
    await told(await admin.post("/api/v1/sources", json={"address": "hackernews"}), 201)
    page = await told(await admin.get("/api/v1/sources", params={"limit": 1}), 200)
    await told(await admin.delete(at(page["sources"][0]["source"])), 204)
    gone = await admin.get("/api/v1/sources", params={"cursor": page["next"]})
    assert "begin with the first page" in (await told(gone, 404))["detail"]


async def test_what_was_added_goes_and_what_is_configured_stays(admin: httpx.AsyncClient) -> None:
    await told(await admin.post("/api/v1/sources", json={"address": "hackernews"}), 201)
    key = next(key for key in await states(admin) if key != COAST)
    await told(await admin.delete(at(key)), 204)
    await told(await admin.get(at(key)), 404)
    await told(await admin.delete(at(key)), 404)
    conflict = await told(await admin.delete(at(COAST)), 409)
    assert "disable it" in conflict["detail"]
    await told(await admin.patch(at(COAST), json={"enabled": False}), 200)
    await told(await admin.delete(at(COAST)), 204)
    assert (await told(await admin.get(at(COAST)), 200))["enabled"] is True


async def test_a_source_is_tried_and_nothing_is_kept(admin: httpx.AsyncClient, desk: SmallDesk) -> None:
    before = await desk.records.balance()
    tried = await told(await admin.post(at(COAST, "/test"), params={"number": 1}), 200)
    assert (tried["answers"], tried["fault"]) == (True, "")
    assert [item["title"] for item in tried["items"]] == ["Night ferry returns"]
    assert await desk.records.balance() == before
    await told(
        await admin.post(
            "/api/v1/sources", json={"address": "rss", "settings": {"url": "https://silent.example/feed"}}
        ),
        201,
    )
    silent = await told(await admin.post(at("rss:https://silent.example/feed", "/test")), 200)
    assert (silent["answers"], silent["items"]) == (False, [])
    assert "does not answer" in silent["fault"]


async def test_feeds_go_out_as_opml_and_come_in_again(admin: httpx.AsyncClient) -> None:
    await told(await admin.post("/api/v1/sources", json={"address": "https://coast.example/sport/feed"}), 201)
    answer = await admin.get("/api/v1/sources/opml")
    assert answer.headers["content-type"].startswith("text/x-opml")
    document = answer.content
    assert document.count(b"xmlUrl") == 2
    more = document.replace(b"</body>", b'<outline xmlUrl="https://new.example/feed" text="New"/></body>')
    wrong = more.replace(b"</body>", b'<outline xmlUrl="https://x.example/${HOME}"/></body>')
    taken = await told(await admin.post("/api/v1/sources/opml", content=wrong), 200)
    assert (taken["new"], taken["known"], len(taken["refused"])) == (1, 2, 1)
    assert "rss:https://new.example/feed" in await states(admin)


@pytest.mark.parametrize("document", [b"", b"<html/>", b"\x00\xff", b"<opml", b"{}"])
async def test_what_is_no_opml_is_refused(admin: httpx.AsyncClient, document: bytes) -> None:
    assert "OPML" in (await told(await admin.post("/api/v1/sources/opml", content=document), 422))["detail"]


async def test_a_list_of_feeds_has_an_end(admin: httpx.AsyncClient) -> None:
    assert (await admin.post("/api/v1/sources/opml", content=b" " * ((1 << 20) + 1))).status_code == 413


async def test_who_only_reads_changes_nothing(client: httpx.AsyncClient) -> None:
    for method, path in (
        ("POST", "/api/v1/sources"),
        ("PATCH", at(COAST)),
        ("DELETE", at(COAST)),
        ("POST", at(COAST, "/test")),
        ("POST", "/api/v1/sources/opml"),
        ("POST", "/api/v1/corrections"),
    ):
        answer = await client.request(method, path, json={})
        assert answer.status_code == 401, path
