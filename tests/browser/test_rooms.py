"""Sources, workflows, the scorecard and the settings, in a whole `trend up` with its real parts."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from looking import TOO_WIDE, Eyes, logged_in, serious
from playwright.async_api import expect
from upstairs import Upstairs, upstairs

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOMS = ("/sources", "/workflows", "/scorecard", "/settings")
REFUSED = "the server responded with a status of 4"
"""What the browser itself says of an answer that was to be refused."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstairs]:
    with upstairs(tmp_path_factory.mktemp("house")) as here:
        yield here


async def test_rooms_fit_the_screen_and_ask_nobody_else(eyes: Eyes, house: Upstairs) -> None:
    for width, scheme in ((390, "dark"), (1280, "light")):
        async with eyes.view(house.address, width=width, scheme=scheme) as view:
            await logged_in(view, house.key)
            for room in ROOMS:
                page = await view.go(room)
                await page.locator("h1").wait_for()
                assert await page.evaluate(TOO_WIDE) == []
            view.quiet()


async def test_a_key_is_asked_for_in_place_and_a_wrong_one_said_so(eyes: Eyes, house: Upstairs) -> None:
    async with eyes.view(house.address) as view:
        page = await view.go("/sources")
        await page.get_by_role("button", name="Add sources").click()
        await page.get_by_label("Key", exact=True).fill("trend_not_a_key")
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_text("A key is needed for this").wait_for()
        assert await page.get_by_label("Key", exact=True).input_value() == "trend_not_a_key"
        await page.get_by_label("Key", exact=True).fill(house.key)
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_label("Address").wait_for()
        view.quiet(but=REFUSED)


async def test_a_failing_source_says_why_and_can_be_tried_turned_off_and_on(
    eyes: Eyes, house: Upstairs
) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = await view.go("/sources")
        await expect(page.locator(".state-failing").first).to_be_visible(timeout=60_000)
        await page.get_by_role("link", name="feed.invalid").first.click()
        await page.get_by_role("button", name="Test now").click()
        await expect(page.locator("section p.fault-title")).to_contain_text("feed.invalid", timeout=30_000)
        await page.get_by_role("button", name="Disable").click()
        await page.get_by_role("button", name="Enable").click()
        await page.get_by_role("button", name="Disable").wait_for()
        await page.keyboard.press("u")
        await page.wait_for_url("**/sources")
        view.quiet()


async def test_what_cannot_be_added_is_said_and_stays_typed_and_a_list_is_taken_in(
    eyes: Eyes, house: Upstairs, tmp_path: Path
) -> None:
    feeds = tmp_path / "feeds.opml"
    feeds.write_text(
        '<opml version="2.0"><head><title>x</title></head><body>'
        '<outline type="rss" text="News" xmlUrl="https://news.invalid/feed"/></body></opml>'
    )
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = await view.go("/sources")
        await page.get_by_role("button", name="Add sources").wait_for()
        await page.keyboard.press("a")
        await page.get_by_label("Address").fill("http://127.0.0.1:1/feed")
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(page.get_by_role("alert")).to_be_visible(timeout=30_000)
        assert await page.get_by_label("Address").input_value() == "http://127.0.0.1:1/feed"
        await page.get_by_label("OPML file").set_input_files(feeds)
        await page.get_by_text("1 feed is new").wait_for()
        await page.get_by_role("link", name="news.invalid").first.wait_for()
        view.quiet(but=REFUSED)


async def test_a_workflow_is_run_watched_and_shown_step_by_step(eyes: Eyes, house: Upstairs) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = await view.go("/workflows")
        await page.get_by_role("button", name="Run a workflow").click()
        await page.get_by_label("Template").select_option("refresh")
        await page.get_by_role("button", name="Run", exact=True).click()
        await page.wait_for_url("**/workflows/*")
        await expect(page.locator("header .state.state-done")).to_be_visible(timeout=60_000)
        assert await page.locator("tbody .state-done").count() >= 1
        await page.get_by_role("link", name="← Workflows").click()
        await page.get_by_role("link", name="refresh").first.wait_for()
        view.quiet()


async def test_the_scorecard_shows_calls_ledger_and_meter(eyes: Eyes, house: Upstairs) -> None:
    async with eyes.view(house.address) as view:
        page = await view.go("/scorecard")
        for title in ("Calls, and how they came out", "The ledger", "What the sources did not see"):
            await page.get_by_role("heading", name=title).wait_for()
        await page.locator(".holds").first.wait_for()
        view.quiet()


async def test_keys_are_made_shown_once_and_revoked_and_all_of_it_is_written_down(
    eyes: Eyes, house: Upstairs
) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = view.page
        await page.get_by_placeholder("What it is for").fill("reading room")
        await page.get_by_role("button", name="Make a key").click()
        shown = await page.locator(".once input").input_value()
        assert shown.startswith("trend_")
        assert shown != house.key
        page.on("dialog", lambda dialog: dialog.accept())
        row = page.get_by_role("row", name="reading room")
        await row.get_by_role("button", name="revoke").click()
        await row.get_by_text("revoked").wait_for()
        await page.reload()
        await page.get_by_role("heading", name="What was changed").wait_for()
        await page.get_by_text("POST /api/v1/admin/keys").first.wait_for()
        assert await page.locator(".once").count() == 0
        view.quiet()


async def test_a_watch_is_saved_turned_off_and_removed(eyes: Eyes, house: Upstairs) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = view.page
        await page.get_by_label("name", exact=True).fill("floods")
        await page.get_by_label("words", exact=True).fill("river")
        await page.get_by_role("button", name="Watch", exact=True).click()
        row = page.get_by_role("row", name="floods")
        await row.get_by_role("button", name="Disable").click()
        await row.get_by_role("button", name="Enable").wait_for()
        page.on("dialog", lambda dialog: dialog.accept())
        await row.get_by_role("button", name="Remove").click()
        await page.get_by_text("Nothing is watched yet").wait_for()
        view.quiet()


async def test_the_language_is_chosen_and_kept(eyes: Eyes, house: Upstairs) -> None:
    async with eyes.view(house.address) as view:
        page = await view.go("/settings")
        await page.get_by_label("Language").select_option("zh")
        await page.get_by_role("heading", name="外观").wait_for()
        await page.reload()
        await page.get_by_role("heading", name="外观").wait_for()
        view.quiet()


LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
async def test_rooms_are_free_of_what_keeps_people_out(
    eyes: Eyes, house: Upstairs, width: int, scheme: str
) -> None:
    """Each with its drawers open, and with something in its tables."""
    async with eyes.view(house.address, width=width, scheme=scheme) as view:
        page = await view.go("/settings")
        await page.get_by_label("Key", exact=True).wait_for()
        assert await serious(view) == []
        await logged_in(view, house.key)
        await page.get_by_text("POST /api/v1/session").first.wait_for()
        assert await serious(view) == [], "settings"
        for room, button in (
            ("/sources", "Add sources"),
            ("/workflows", "Run a workflow"),
            ("/scorecard", ""),
        ):
            await view.go(room)
            if button:
                await page.get_by_role("button", name=button).click()
                await page.locator(".drawer form").first.wait_for()
            else:
                await page.locator(".holds, .broken").first.wait_for()
            assert await serious(view) == [], room
        await view.go("/sources")
        await page.get_by_role("link", name="feed.invalid").first.click()
        await page.get_by_role("button", name="Test now").wait_for()
        assert await serious(view) == [], "one source"


@pytest.mark.parametrize(("width", "scheme"), LOOKS[::3])
async def test_a_workflow_keeps_nobody_out(eyes: Eyes, house: Upstairs, width: int, scheme: str) -> None:
    steps = ["rank", {"kind": "approval", "question": "Shall it be?"}]
    asked = {"workflow": {"name": "asks", "steps": steps}}
    headers = {"Authorization": f"Bearer {house.key}"}
    async with httpx.AsyncClient(base_url=house.address, headers=headers, timeout=60) as client:
        made = (await client.post("/api/v1/workflows/execute", json=asked)).json()
    async with eyes.view(house.address, width=width, scheme=scheme) as view:
        await logged_in(view, house.key)
        page = await view.go(f"/workflows/{made['id']}")
        await page.get_by_role("button", name="Approve").wait_for(timeout=60_000)
        assert await serious(view) == []
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator("header .state.state-done")).to_be_visible(timeout=60_000)
        assert await serious(view) == []
