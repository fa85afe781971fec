"""A server that is away, slow or asked too much: pages say so and recover by themselves; nothing typed is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from looking import Eyes, View, logged_in
from newsroom import Newsroom, fill
from odd_rooms import OddWorkflows, access_to
from playwright.async_api import Page, Route, expect
from serving import served

from trend_agent.items import topic_id
from trend_agent.storage.sql.watches import SqlWatches

pytestmark = pytest.mark.asyncio(loop_scope="module")

FERRY = topic_id("ferry")
PAGES = {
    "/": ".row",
    f"/trends/{FERRY}": ".one h1",
    "/sources": "main .tabled tbody tr",
    "/workflows": "main .tabled tbody tr",
    "/scorecard": ".balance",
    "/settings": "main [aria-label='What was changed'] tbody tr",
}
"""Each page, and what stands on it once the server has answered."""

LATE_SECONDS = 5
"""Longer than a page waits before it says so."""

Answer = Callable[[Route], Awaitable[None]]


@dataclass(frozen=True)
class House:
    address: str
    key: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The newsroom with keys, watches and workflows, and somebody who may do everything."""

    def rooms(desk: Newsroom) -> dict[str, Any]:
        watches = SqlWatches(desk.records.database)
        return {"access": access_to(desk), "executions": OddWorkflows(["a run"]), "watches": watches}

    with served(tmp_path_factory.mktemp("trouble"), filled=False, rooms=rooms) as here:
        await fill(here.desk.records)
        _, key = await access_to(here.desk).known.make("desk", "admin")
        yield House(here.address, key)


async def asking(view: View, house: House, path: str, answer: Answer) -> Page:
    """A page that was gone to while what it asks for is answered so."""
    await logged_in(view, house.key)
    await view.page.route("**/api/v1/**", lambda r: r.abort() if "/stream" in r.request.url else answer(r))
    await view.go(path)
    return view.page


async def told_and_over(eyes: Eyes, house: House, path: str, answer: Answer, told: str) -> None:
    """A page says what is wrong and, once nothing is any more, shows by itself what it has."""
    async with eyes.view(house.address) as view:
        page = await asking(view, house, path, answer)
        await page.get_by_text(told).first.wait_for()
        await page.unroute_all(behavior="ignoreErrors")
        await page.locator(PAGES[path]).first.wait_for(timeout=60_000)
        await expect(page.get_by_text(told)).to_have_count(0, timeout=60_000)
        assert view.foreign == []


async def on_every_page(eyes: Eyes, house: House, answer: Answer, told: str) -> None:
    await asyncio.gather(*(told_and_over(eyes, house, path, answer, told) for path in PAGES))


@pytest.mark.timeout(300)
async def test_a_server_that_is_away_is_told_on_every_page_and_found_again(eyes: Eyes, house: House) -> None:
    await on_every_page(eyes, house, lambda route: route.abort(), "The server cannot be reached")


@pytest.mark.timeout(300)
async def test_being_asked_to_wait_is_told_on_every_page_and_obeyed(eyes: Eyes, house: House) -> None:
    async def too_many(route: Route) -> None:
        problem = {"title": "Too Many Requests", "status": 429, "detail": "wait a second"}
        await route.fulfill(status=429, json=problem, headers={"Retry-After": "1"})

    await on_every_page(eyes, house, too_many, "Too many requests for now")


@pytest.mark.timeout(300)
async def test_a_slow_answer_is_told_on_every_page_and_shown_when_it_comes(eyes: Eyes, house: House) -> None:
    async def late(route: Route) -> None:
        await asyncio.sleep(LATE_SECONDS)
        await route.continue_()

    await on_every_page(eyes, house, late, "This takes longer than usual")


async def test_a_page_that_cannot_be_loaded_says_so_and_comes_when_it_can(eyes: Eyes, house: House) -> None:
    async with eyes.view(house.address) as view:
        page = await view.go("/")
        await page.locator(".row").first.wait_for()
        await page.context.set_offline(True)
        for name in ("Scorecard", "Sources"):
            await page.get_by_role("link", name=name, exact=True).click()
            await page.get_by_text("The server cannot be reached").first.wait_for()
        await page.context.set_offline(False)
        await page.locator(PAGES["/sources"]).first.wait_for(timeout=60_000)
        assert page.url.endswith("/sources")


async def test_a_server_that_is_away_for_a_while_logs_nobody_out(eyes: Eyes, house: House) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = view.page
        draft = page.get_by_label("words", exact=True)
        await draft.fill("floods")
        await page.get_by_placeholder("What it is for").fill("night desk")
        await page.route("**/api/v1/**", lambda route: route.abort())
        for button, where in (("Watch", "Watches"), ("Make a key", "Keys")):
            await page.get_by_label("name", exact=True).fill("the river")
            await page.get_by_role("button", name=button, exact=True).click()
            section = page.locator("section", has=page.get_by_role("heading", name=where, exact=True))
            await expect(section.get_by_role("alert")).to_contain_text("The server cannot be reached")
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("main").get_by_role("alert")).to_have_count(3)
        await expect(draft).to_have_value("floods")
        await expect(page.get_by_placeholder("What it is for")).to_have_value("night desk")
        await page.unroute_all(behavior="ignoreErrors")
        await page.get_by_role("button", name="Watch", exact=True).click()
        await page.get_by_role("row", name="the river").wait_for()
        await expect(draft).to_have_value("")
        await page.get_by_role("button", name="Make a key").click()
        await page.locator(".once input").wait_for()


async def test_who_is_logged_in_stays_so_where_that_cannot_be_asked_again(eyes: Eyes, house: House) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = view.page
        await page.get_by_role("link", name="Sources", exact=True).click()
        await page.locator(PAGES["/sources"]).first.wait_for()
        asked = asyncio.Event()

        async def away(route: Route) -> None:
            asked.set()
            await route.abort()

        await page.route("**/api/v1/session", away)
        await page.wait_for_timeout(5_100)  # until then an answer is fresh enough not to be asked for again
        await page.get_by_role("button", name="Add sources").click()
        await asyncio.wait_for(asked.wait(), 15)
        await page.get_by_label("Address").fill("https://lock.example/")
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(page.locator(".drawer").get_by_role("alert")).to_be_visible()
        await expect(page.get_by_label("Address")).to_have_value("https://lock.example/")


async def test_a_correction_that_could_not_be_sent_keeps_what_was_typed_and_ticked(
    eyes: Eyes, house: House
) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = await view.go(f"/trends/{FERRY}")
        await page.locator(".groups .item").first.wait_for()
        await page.get_by_label("Merge with another topic").fill(topic_id("comet"))
        await page.get_by_role("button", name="Choose items").click()
        tick = page.locator(".item input[type=checkbox]").first
        await tick.check()
        await page.route("**/api/v1/corrections*", lambda route: route.abort())
        for button in ("Merge", "Split off the ticked items"):
            await page.get_by_role("button", name=button).click()
            await expect(page.locator(".correct").get_by_role("alert")).to_contain_text("cannot be reached")
        await expect(page.get_by_label("Merge with another topic")).to_have_value(topic_id("comet"))
        await expect(tick).to_be_checked()
