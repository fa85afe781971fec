"""The page Now: what it tells of each trend, choosing, searching, going back in time, and living on."""

import asyncio
import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from looking import MISSING, TOO_WIDE, Eyes, View
from newsroom import NOON, fill, ranked, story_items, take_in
from playwright.async_api import Page, Route, expect
from serving import Served

from trend_agent.errors import Unavailable
from trend_agent.items import topic_id

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = "() => [...document.querySelectorAll('.row')].map(r => r.dataset.topic)"


async def rows(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(ROWS)
    return found


async def until(page: Page, holds: Callable[[list[str]], bool], seconds: float = 10) -> list[str]:
    """The rows as soon as they are as wanted."""
    for _ in range(int(seconds * 20)):
        if holds(found := await rows(page)):
            return found
        await asyncio.sleep(0.05)
    raise TimeoutError(f"the rows stayed {found}")


async def published(site: Served) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=site.address) as client:
        found: list[dict[str, Any]] = (await client.get("/api/v1/trends?limit=100")).json()["trends"]
    return found


async def shown(view: View, path: str = "/") -> Page:
    page = await view.go(path)
    await page.locator(".row").first.wait_for()
    return page


async def test_each_row_tells_what_why_and_how_sure(eyes: Eyes, site: Served) -> None:
    trends = await published(site)
    async with eyes.view(site.address) as view:
        page = await shown(view)
        assert await rows(page) == [t["topic"] for t in trends]
        text = await page.locator(".rows").inner_text()
        for trend in trends:
            assert trend["headline"]["text"] in text
            assert f"×{len(trend['sources'])}" in text
        first = await page.locator(".row").first.inner_text()
        best = trends[0]
        for words in (
            best["state"],
            f"{best['items']} items",
            "% likely to grow",
            "since 4 h",
            f"{best['velocity']:.1f}/h",
        ):
            assert words in first
        await expect(page.locator(".row svg.spark")).to_have_count(len(trends))
        assert "130 items fetched = 107 kept + 23 duplicate" in await page.locator(".ledger").inner_text()
        view.quiet()


async def test_titles_carry_their_own_direction(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await shown(view)
        way = "t => getComputedStyle(document.querySelector(`[data-topic=${t}] h2 bdi`)).direction"
        assert await page.evaluate(way, topic_id("bridge")) == "rtl"
        assert await page.evaluate(way, topic_id("ferry")) == "ltr"


async def test_a_choice_is_an_address_that_brings_it_back(eyes: Eyes, site: Served) -> None:
    trends = await published(site)
    german = [t["topic"] for t in trends if "de" in t["languages"]]
    async with eyes.view(site.address) as view:
        page = await shown(view)
        await page.get_by_label("German").check()
        await until(page, lambda found: found == german)
        assert page.url.endswith("?lang=de")
        await page.reload()
        await until(page, lambda found: found == german)
        assert await page.locator(".ways a.call").get_attribute("href") == "/api/v1/trends?lang=de"
        async with httpx.AsyncClient(base_url=site.address) as client:
            told = (await client.get("/api/v1/trends?lang=de")).json()["trends"]
        assert [t["topic"] for t in told] == german
        await page.go_back()
        await until(page, lambda found: len(found) == len(trends))
        view.quiet()


async def test_search_narrows_as_one_types_and_finds_items_of_any_time(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await shown(view)
        await page.keyboard.press("/")
        await page.keyboard.type("HALDEN ferry", delay=15)
        await until(page, lambda found: found == [topic_id("ferry")])
        await page.wait_for_url("**q=HALDEN+ferry*")  # the list may be that narrow before all is typed
        await page.locator(".archive li").first.wait_for()
        await page.keyboard.press("Escape")
        await until(page, lambda found: len(found) == 12)
        await page.keyboard.type("no such words at all")
        await page.get_by_text("No trend here meets this choice").wait_for()
        view.quiet()


async def test_the_list_can_be_seen_as_of_any_moment_and_played_forward(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await shown(view, "/?as_of=2026-03-01T07:00:00Z")
        then = await rows(page)
        assert topic_id("train") not in then
        await expect(page.locator(".timebar.past")).to_have_count(1)
        await page.locator(".row").first.hover()
        await page.keyboard.press("]")
        await page.wait_for_url("**as_of=2026-03-01T08*")
        await page.locator(".timebar input[type=datetime-local]").fill("2026-03-01T10:30")
        await page.wait_for_url("**as_of=2026-03-01T10*30*")
        await page.mouse.click(5, 600)
        await page.keyboard.press("p")
        await page.wait_for_url(f"{site.address}/", timeout=15_000)
        await until(page, lambda found: topic_id("train") in found)
        await view.go("/?as_of=1999-01-01T00:00:00Z")
        await page.get_by_text("Nothing was known yet").wait_for()
        view.quiet()


async def test_the_slider_goes_back_and_the_address_follows(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await shown(view)
        await page.keyboard.press("t")
        for _ in range(8):
            await page.keyboard.press("ArrowLeft")
        await page.wait_for_url("**as_of=2026-03-01T10*00*")
        await page.locator(".timebar.past").wait_for()
        await page.get_by_role("button", name="back to now").click()
        await page.wait_for_url(f"{site.address}/")


async def test_the_keyboard_walks_opens_and_marks(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await shown(view)
        order = await rows(page)
        for key in "jjk":
            await page.keyboard.press(key)
        await page.locator(f"[data-topic={order[0]}].selected").wait_for()
        await page.keyboard.press("j")
        await page.keyboard.press("m")
        await page.locator(f"[data-topic={order[1]}].read").wait_for()
        await page.reload()
        await page.locator(f"[data-topic={order[1]}].read").wait_for()
        await page.keyboard.press("j")
        await page.keyboard.press("o")
        await page.wait_for_url(f"**/trends/{order[0]}")
        await page.locator(".one h1").wait_for()
        await page.keyboard.press("u")
        await page.wait_for_url(f"{site.address}/")
        await page.locator(f"[data-topic={order[0]}].read").wait_for()
        view.quiet(but=MISSING)


async def test_the_table_goes_home_as_csv(eyes: Eyes, site: Served, tmp_path: Path) -> None:
    async with eyes.view(site.address) as view:
        page = await shown(view)
        async with page.expect_download() as expected:
            await page.locator(".foot").get_by_role("button", name="CSV").click()
        await (await expected.value).save_as(tmp_path / "trends.csv")
        with (tmp_path / "trends.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        assert [line["topic"] for line in lines] == await rows(page)
        assert lines[0]["headline"] == (await published(site))[0]["headline"]["text"]


async def test_new_trends_come_in_by_themselves(eyes: Eyes, own_site: Served) -> None:
    async with eyes.view(own_site.address) as view:
        page = await view.go("/")
        await page.get_by_text("The first trends are on their way").wait_for()
        await fill(own_site.desk.records, ["tea", "seoul"])
        await until(page, lambda found: len(found) == 2)
        await expect(page.locator(".empty")).to_have_count(0)
        await page.get_by_text("1 source failing").wait_for()
        view.quiet()


async def test_rows_rest_while_they_are_read_and_are_brought_in_when_asked(
    eyes: Eyes, own_site: Served
) -> None:
    records = own_site.desk.records
    await fill(records, ["tea", "seoul", "train", "tower", "beavers", "battery", "chess"])
    async with eyes.view(own_site.address, height=600) as view:
        page = await shown(view)
        before = await rows(page)
        await page.locator(".row").nth(3).hover()
        place = await page.locator(f"[data-topic={before[3]}]").bounding_box()
        await take_in(records, topic_id("comet"), story_items("comet"))
        await records.publish(await ranked(records, NOON + timedelta(minutes=1)))
        pill = page.get_by_role("button", name="1 new trend")
        await pill.wait_for()
        await asyncio.sleep(3.5)
        assert await rows(page) == before
        assert await page.locator(f"[data-topic={before[3]}]").bounding_box() == place
        await pill.click()
        after = await until(page, lambda found: len(found) == 8)
        assert after[0] == topic_id("comet")
        assert await page.locator(f"[data-topic={after[0]}] .move").inner_text() == "new"
        view.quiet()


async def test_the_order_follows_by_itself_when_nobody_is_at_the_list(eyes: Eyes, own_site: Served) -> None:
    records = own_site.desk.records
    await fill(records, ["tea", "seoul"])
    async with eyes.view(own_site.address) as view:
        page = await shown(view)
        await take_in(records, topic_id("comet"), story_items("comet"))
        await records.publish(await ranked(records, NOON + timedelta(minutes=1)))
        await until(page, lambda found: len(found) == 3)
        assert (await rows(page))[0] == topic_id("comet")


async def test_a_server_that_is_away_is_told_and_found_again(eyes: Eyes, own_site: Served) -> None:
    desk = own_site.desk
    await fill(desk.records, ["tea"])
    async with eyes.view(own_site.address) as view:
        page = await shown(view)
        desk.broken = Unavailable("gone", retry_after=1)
        await page.keyboard.press("/")
        await page.keyboard.type("leaves")
        await view.go("/?as_of=2026-03-01T11:00:00Z&q=leaves")
        await page.get_by_text("The server has a problem").wait_for()
        assert await page.locator("input[type=search]").input_value() == "leaves"
        desk.broken = None
        await page.get_by_text("The server has a problem").wait_for(state="detached")
        view.quiet(but="503")


async def test_being_cut_off_or_asked_to_wait_keeps_what_is_there(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await view.page.context.new_page()
        view.page = page
        told = 0

        async def answer(route: Route) -> None:
            nonlocal told
            told += 1
            if told <= 1:
                await route.abort()
            elif told <= 2:
                problem = {"title": "Too Many Requests", "status": 429, "detail": "wait a second"}
                await route.fulfill(status=429, json=problem, headers={"Retry-After": "1"})
            else:
                await route.continue_()

        await page.route("**/api/v1/trends?**", answer)
        await view.go("/")
        await page.get_by_text("The server cannot be reached").wait_for()
        field = page.locator("input[type=search]")
        await field.fill("ferry")
        await page.get_by_text("Too many requests for now").wait_for()
        await until(page, lambda found: found == [topic_id("ferry")])
        assert await field.input_value() == "ferry"
        assert told >= 3


async def test_who_may_not_read_is_asked_for_a_key_and_goes_on_where_they_were(
    eyes: Eyes, site: Served
) -> None:
    known = False

    async def guarded(route: Route) -> None:
        refused = {"title": "Unauthorized", "status": 401, "detail": "this needs a key"}
        await (route.continue_() if known else route.fulfill(status=401, json=refused))

    async def session(route: Route) -> None:
        nonlocal known
        known = known or route.request.method == "POST"
        kind = "session" if known else "anonymous"
        await route.fulfill(json={"kind": kind, "name": "reader", "scopes": ["read"], "csrf_token": "t"})

    async with eyes.view(site.address) as view:
        await view.page.route("**/api/v1/trends?**", guarded)
        await view.page.route("**/api/v1/session", session)
        page = await view.go("/?lang=de")
        await page.get_by_label("Key", exact=True).fill("trend_good")
        await page.get_by_role("button", name="Log in").click()
        await until(page, lambda found: len(found) > 1)
        assert page.url.endswith("?lang=de")


async def test_a_slow_answer_is_told_to_be_slow(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:

        async def late(route: Route) -> None:
            await asyncio.sleep(5)
            await route.continue_()

        await view.page.route("**/api/v1/trends?**", late)
        page = await view.go("/")
        await page.get_by_text("This takes longer than usual").wait_for()
        await until(page, lambda found: len(found) == 12)


async def test_a_phone_holds_it_in_either_colour(eyes: Eyes, site: Served) -> None:
    for width, scheme in ((320, "dark"), (390, "light"), (800, "dark")):
        async with eyes.view(site.address, width=width, height=800, scheme=scheme) as view:
            page = await shown(view)
            assert await page.evaluate(TOO_WIDE) == []
            await page.get_by_role("button", name="Filters").click()
            await page.get_by_label("Arabic").check()
            await until(page, lambda found: found == [topic_id("bridge")])
            assert await page.evaluate(TOO_WIDE) == []
            view.quiet()
