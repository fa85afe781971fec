"""The page of a trend: all that it rests on, its past, and putting it right."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from looking import MISSING, TOO_WIDE, Eyes, View
from newsroom import NOON, ranked, story_items, take_in
from playwright.async_api import Page, Route, expect
from serving import Served

from trend_agent.items import topic_id

pytestmark = pytest.mark.asyncio(loop_scope="module")

FERRY = topic_id("ferry")


async def shown(view: View, topic: str = FERRY, query: str = "") -> Page:
    page = await view.go(f"/trends/{topic}{query}")
    await page.locator(".one h1").wait_for()
    return page


async def asked(site: Served, path: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=site.address) as client:
        found: dict[str, Any] = (await client.get(path)).json()
    return found


async def test_it_shows_all_that_the_trend_rests_on(eyes: Eyes, site: Served) -> None:
    trend = await asked(site, f"/api/v1/trends/{FERRY}")
    async with eyes.view(site.address) as view:
        page = await shown(view)
        await page.locator(".groups .item").first.wait_for()
        text = re.sub(r"\s+", " ", await page.locator("main").inner_text())
        assert trend["headline"]["text"] in text
        for words in (f"rank {trend['rank']}", "Forecast", "was merged into it", "Side by side", "Norwegian"):
            assert words in text or words.replace("Forecast", "No forecast") in text
        for sentence in trend["summary"]:
            assert sentence["text"] in text
        for term in trend["receipt"]["terms"]:
            assert f"{term['value']:+.2f}" in text or abs(term["value"]) < 0.005
        assert f"{trend['score']:.2f}" in await page.locator(".receipt tfoot").inner_text()
        view.quiet(but=MISSING)


async def test_every_sentence_leads_to_who_says_it_and_no_link_names_us(eyes: Eyes, site: Served) -> None:
    summary = await asked(site, f"/api/v1/trends/{FERRY}/summary")
    async with eyes.view(site.address) as view:
        page = await shown(view)
        links = page.locator(".summary a.cite")
        await links.first.wait_for()
        await expect(links).to_have_count(len(summary["sentences"]))
        assert await links.first.get_attribute("href") == summary["sentences"][0]["items"][0]["url"]
        away = "() => [...document.querySelectorAll('a[target=_blank]')].map(a => a.rel)"
        assert set(await page.evaluate(away)) == {"noopener noreferrer nofollow ugc"}


async def test_the_timeline_is_drawn_and_can_be_read_as_a_table(eyes: Eyes, site: Served) -> None:
    told = await asked(site, f"/api/v1/trends/{FERRY}/timeline?width=hour")
    async with eyes.view(site.address) as view:
        page = await shown(view)
        await page.locator(".chart[data-drawn] canvas").wait_for()
        inked = """() => { const c = document.querySelector('.chart canvas');
          return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0) }"""
        assert await page.evaluate(inked)
        await page.locator(".as-table summary").click()
        await expect(page.locator(".as-table tbody tr")).to_have_count(len(told["columns"]))
        await page.locator(".over-time .windows label", has_text="day").click()
        days = (await asked(site, f"/api/v1/trends/{FERRY}/timeline?width=day"))["columns"]
        await page.locator(".over-time .call", has_text="width=day").wait_for()
        await expect(page.locator(".as-table tbody tr")).to_have_count(len(days))
        await page.locator(".chart").hover(position={"x": 300, "y": 120})
        view.quiet(but=MISSING)


async def test_copies_are_folded_and_show_what_they_altered(eyes: Eyes, own_site: Served) -> None:
    records = own_site.desk.records
    told = story_items("tea")
    first = told[0][0]
    altered = replace(
        first, id="wire:altered", source="wire", title=f"{first.title} 15", url="https://wire.example/x"
    )
    await take_in(records, topic_id("tea"), [*told, (altered, first.id)])
    await records.publish(await ranked(records, NOON))
    async with eyes.view(own_site.address) as view:
        page = await shown(view, topic_id("tea"))
        await page.locator(".copies summary").last.click()
        marked = page.locator(".copies mark")
        await marked.wait_for()
        assert (await marked.inner_text()).strip() == "15"
        view.quiet(but=MISSING)


async def test_headlines_of_its_past_stand_with_their_times(eyes: Eyes, own_site: Served) -> None:
    records = own_site.desk.records
    await take_in(records, topic_id("comet"), story_items("comet")[:1])
    await records.publish(await ranked(records, NOON - timedelta(hours=3)))
    await take_in(records, topic_id("comet"), story_items("comet")[1:])
    await records.publish(await ranked(records, NOON))
    worn = (await asked(own_site, f"/api/v1/topics/{topic_id('comet')}/headlines"))["headlines"]
    async with eyes.view(own_site.address) as view:
        page = await shown(view, topic_id("comet"))
        await page.locator(".groups .item").first.wait_for()
        shown_now = await page.locator(".headlines li").count()
        assert shown_now == (len(worn) if len(worn) > 1 else 0)


async def test_an_old_id_leads_to_the_survivor_and_an_unknown_one_says_so(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await shown(view, "t-old-ferry")
        await page.get_by_text("This topic was merged").wait_for()
        await view.go("/trends/t0")
        await page.get_by_text("There is no such thing").wait_for()


async def test_it_can_be_seen_as_it_stood(eyes: Eyes, site: Served) -> None:
    then = await asked(site, f"/api/v1/trends/{FERRY}?as_of=2026-03-01T09:00:00Z")
    async with eyes.view(site.address) as view:
        page = await shown(view, query="?as_of=2026-03-01T09:00:00Z")
        await page.get_by_text("As it stood on 1 Mar 2026, 09:00 UTC").wait_for()
        assert str(then["items"]) in await page.locator(".figures").inner_text()
        await page.get_by_role("link", name="as it is now").click()
        await page.wait_for_url(f"**/trends/{FERRY}")


async def test_what_is_read_is_marked_and_news_since_is_counted(eyes: Eyes, own_site: Served) -> None:
    records = own_site.desk.records
    told = story_items("tea")
    await take_in(records, topic_id("tea"), told[:2])
    await records.publish(await ranked(records, NOON - timedelta(minutes=1)))
    async with eyes.view(own_site.address) as view:
        page = await shown(view, topic_id("tea"))
        await view.go("/")
        await page.locator(".row.read").wait_for()
        await take_in(records, topic_id("tea"), told[2:])
        await records.publish(await ranked(records, NOON))
        await page.locator(".row .since", has_text="+2").wait_for()


async def test_corrections_ask_for_a_key_in_place_and_keep_what_was_typed(eyes: Eyes, site: Served) -> None:
    """The routes are answered here, so that the site that others look at stays as it is."""
    said: list[Any] = []
    who: dict[str, Any] = {"kind": "anonymous", "name": "", "scopes": ["read"], "csrf_token": ""}

    async def session(route: Route) -> None:
        if route.request.method == "POST":
            if route.request.post_data_json["key"] != "trend_good":
                await route.fulfill(status=401, json={"status": 401, "detail": "this key opens nothing here"})
                return
            who.update(kind="session", name="desk", scopes=["read", "write"], csrf_token="t0ken")
        await route.fulfill(json=who)

    async def corrections(route: Route) -> None:
        if route.request.method == "GET":
            await route.fulfill(json={"corrections": [], "next": None, "at": None})
            return
        assert route.request.headers["x-csrf-token"] == "t0ken"
        said.append(route.request.post_data_json)
        await route.fulfill(status=201, json={})

    async with eyes.view(site.address) as view:
        await view.page.route("**/api/v1/session", session)
        await view.page.route("**/api/v1/corrections*", corrections)
        page = await shown(view)
        other = page.get_by_label("Merge with another topic")
        await other.fill(f"{site.address}/trends/{topic_id('comet')}?as_of=x")
        assert await page.get_by_role("button", name="Merge").is_disabled()
        for key in ("trend_bad", "trend_good"):
            await page.get_by_label("Key", exact=True).fill(key)
            await page.get_by_role("button", name="Log in").click()
            if key == "trend_bad":
                await page.get_by_text("this key opens nothing here").wait_for()
        await page.get_by_role("button", name="Merge").click()
        await page.get_by_text("It is obeyed from now on").wait_for()
        await page.get_by_role("button", name="Choose items").click()
        ticks = page.locator(".item input[type=checkbox]")
        await ticks.first.check()
        await page.get_by_role("button", name="Split off").click()
        for _ in range(100):
            if len(said) == 2:
                break
            await asyncio.sleep(0.05)
        assert said[0] == {"kind": "merge", "topics": [FERRY, topic_id("comet")]}
        assert (said[1]["kind"], said[1]["topic"], len(said[1]["items"])) == ("split", FERRY, 1)
        view.quiet(but="401")


async def test_a_phone_holds_it_in_either_colour(eyes: Eyes, site: Served) -> None:
    for width, scheme in ((320, "light"), (390, "dark")):
        async with eyes.view(site.address, width=width, height=800, scheme=scheme) as view:
            page = await shown(view)
            await page.locator(".groups .item").first.wait_for()
            assert await page.evaluate(TOO_WIDE) == []
