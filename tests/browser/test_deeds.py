"""What readers do, done to a real server: putting topics right, stepping in, keys and watches."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from looking import MISSING, Eyes, View, logged_in
from newsroom import STORIES, story_items
from playwright.async_api import Locator, Page, expect
from upstairs import Upstairs, recorded, upstairs

from trend_agent.items import plain

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

PATIENCE_MS = 60_000
"""For what is done in the background, on a machine that others use as well."""

EXECUTE = "/api/v1/workflows/execute"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstairs]:
    """Records of a morning of news, served by `trend up`."""
    folder = tmp_path_factory.mktemp("deeds")
    told = sorted(
        (item for name in STORIES for item, _ in story_items(name)), key=lambda item: (item.seen_at, item.id)
    )
    recorded(folder, [json.dumps(plain(item), ensure_ascii=False) for item in told])
    with upstairs(folder) as here:
        yield here


async def asked(house: Upstairs, path: str, **body: Any) -> Any:
    """What the API answers whoever has the key; a POST where there is a body."""
    headers = {"Authorization": f"Bearer {house.key}"}
    async with httpx.AsyncClient(base_url=house.address, headers=headers, timeout=60) as client:
        answer = await (client.post(path, json=body) if body else client.get(path))
    answer.raise_for_status()
    return answer.json()


async def trends(house: Upstairs) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await asked(house, "/api/v1/trends?limit=100"))["trends"]
    return found


async def opened(view: View, topic: str) -> Page:
    page = await view.go(f"/trends/{topic}")
    await page.locator(".groups .item").first.wait_for()
    return page


def counted(page: Page) -> Locator:
    """How many items the trend has, as its page says."""
    return page.locator(".figures > div", has_text="items").locator("dd")


async def test_topics_are_merged_and_the_merge_is_taken_back(eyes: Eyes, house: Upstairs) -> None:
    one, other = (await trends(house))[:2]
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = await opened(view, one["topic"])
        field = page.get_by_label("Merge with another topic")
        await field.fill("t-nowhere")
        await page.get_by_role("button", name="Merge").click()
        await expect(page.locator(".correct").get_by_role("alert")).to_contain_text("t-nowhere")
        await expect(field).to_have_value("t-nowhere")
        await field.fill(f"{house.address}/trends/{other['topic']}")
        await page.get_by_role("button", name="Merge").click()
        await page.get_by_text("It is obeyed from now on").wait_for()
        await expect(field).to_have_value("")
        said = page.locator(".said li", has_text="the first key")
        await expect(said.first).to_be_visible()
        both = one["items"] + other["items"]
        await expect(counted(page)).to_have_text(str(both), timeout=PATIENCE_MS)
        await said.first.get_by_role("button").click()
        await expect(counted(page)).to_have_text(str(one["items"]), timeout=PATIENCE_MS)
        view.quiet(but=(MISSING, "status of 4"))


async def test_an_item_is_split_off_and_pinned_back(eyes: Eyes, house: Upstairs) -> None:
    topic = max(await trends(house), key=lambda trend: int(trend["items"]))
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = await opened(view, topic["topic"])
        count = counted(page)
        await page.get_by_role("button", name="Choose items").click()
        tick = page.locator(".item input[type=checkbox]").first
        await tick.check()
        await page.get_by_role("button", name="Split off").click()
        await page.get_by_text("It is obeyed from now on").wait_for()
        await expect(count).not_to_have_text(str(topic["items"]), timeout=PATIENCE_MS)
        (left,) = [one["items"] for one in await trends(house) if one["topic"] == topic["topic"]]
        await expect(count).to_have_text(str(left))
        assert left < topic["items"]  # its copies go with it
        said = (await asked(house, "/api/v1/corrections"))["corrections"]
        split = next(s["correction"] for s in said if s["correction"]["kind"] == "split" and s["stands"])
        choose = page.get_by_role("button", name="Choose items")
        if await choose.get_attribute("aria-pressed") == "false":
            await choose.click()
        await page.locator(".item input[type=checkbox]").first.check()
        await page.get_by_role("button", name="Pin").click()
        await expect(page.locator(".said li", has_text="pinned")).not_to_have_count(0)
        undo = page.locator(".said li", has_text="split").get_by_role("button").first
        await undo.click()
        await expect(count).to_have_text(str(topic["items"]), timeout=PATIENCE_MS)
        said = (await asked(house, "/api/v1/corrections"))["corrections"]
        stand = {s["correction"]["id"]: s["stands"] for s in said}
        assert not stand[split["id"]]
        view.quiet(but=MISSING)


async def waiting(house: Upstairs, name: str) -> str:
    """An execution that will wait for a person twice."""
    ask = {"kind": "approval", "question": "Shall these be the list?"}
    steps = [{"kind": "rank", "limit": 5}, ask | {"name": "first"}, ask | {"name": "second"}]
    made = await asked(house, EXECUTE, workflow={"name": name, "steps": steps})
    return str(made["id"])


async def test_a_workflow_is_paused_resumed_and_approved_by_a_person(eyes: Eyes, house: Upstairs) -> None:
    execution = await waiting(house, "reviewed")
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = await view.go(f"/workflows/{execution}")
        state = page.locator("header .state")
        note = page.get_by_placeholder("Why (optional)")
        await expect(note).to_be_visible(timeout=PATIENCE_MS)
        await page.get_by_role("button", name="Pause").click()
        await expect(state).to_contain_text("paused", timeout=PATIENCE_MS)
        await page.get_by_role("button", name="Resume").click()
        await expect(state).to_contain_text("running", timeout=PATIENCE_MS)
        await expect(note).to_be_visible(timeout=PATIENCE_MS)
        await page.get_by_text("Shall these be the list?").wait_for()
        before = await page.locator("header progress").get_attribute("value")
        await note.fill("checked by hand")
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator("tbody")).to_contain_text("checked by hand", timeout=PATIENCE_MS)
        assert float(await page.locator("header progress").get_attribute("value") or 0) > float(before or 0)
        await page.get_by_role("button", name="Approve").click()
        await expect(state).to_contain_text("done", timeout=PATIENCE_MS)
        view.quiet()


async def test_a_workflow_is_cancelled_and_one_that_is_refused_ends(eyes: Eyes, house: Upstairs) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        for button, ends in (("Cancel", "cancelled"), ("Refuse", "failed")):
            execution = await waiting(house, button.lower())
            page = await view.go(f"/workflows/{execution}")
            await page.get_by_role("button", name="Refuse").wait_for(timeout=PATIENCE_MS)
            await page.get_by_role("button", name=button).click()
            await expect(page.locator("header .state")).to_contain_text(ends, timeout=PATIENCE_MS)
        await view.go("/workflows?state=cancelled")
        await expect(page.locator("tbody tr")).to_have_count(1)
        view.quiet()


async def logged_out(page: Page) -> None:
    await page.get_by_role("button", name="Log out").click()
    await page.get_by_role("button", name="Log in").wait_for()


async def test_a_key_is_rotated_and_the_new_one_opens(eyes: Eyes, house: Upstairs) -> None:
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        page = view.page
        await page.get_by_placeholder("What it is for").fill("night desk")
        await page.get_by_label("may").select_option("write")
        await page.get_by_role("button", name="Make a key").click()
        first = await page.locator(".once input").input_value()
        await page.get_by_role("row", name="night desk").get_by_role("button", name="rotate").first.click()
        shown = page.locator(".once input")
        await expect(shown).not_to_have_value(first)
        second = await shown.input_value()
        await logged_out(page)
        for text in (first, second):  # the old one opens for a day more
            await logged_in(view, text)
            await page.get_by_text("night desk").first.wait_for()
            await expect(page.get_by_role("heading", name="Keys", exact=True)).to_have_count(0)
            await logged_out(page)
        view.quiet()


async def test_a_watch_is_changed_and_keeps_what_is_not_shown_of_it(eyes: Eyes, house: Upstairs) -> None:
    wanted = {"text": "harbour", "hours": 12, "states": ["new", "rising"]}
    async with eyes.view(house.address) as view:
        await logged_in(view, house.key)
        await asked(house, "/api/v1/watches", name="the harbour", filter=wanted)
        page = await view.go("/settings")
        draft = page.get_by_role("form", name="Watch").get_by_label("words")
        await draft.fill("half a thought")
        row = page.get_by_role("row", name="the harbour")
        await row.get_by_role("button", name="Edit").click()
        form = page.get_by_role("form", name="Edit “the harbour”")
        await form.get_by_label("words").fill("ferry")
        await form.get_by_label("languages").fill("no, en")
        await form.get_by_role("button", name="Save").click()
        await expect(row).to_contain_text("ferry · new · rising · no · en")
        await expect(form).to_have_count(0)
        await expect(draft).to_have_value("half a thought")
        (watch,) = (await asked(house, "/api/v1/watches"))["watches"]
        assert watch["filter"] == watch["filter"] | wanted | {"text": "ferry", "languages": ["no", "en"]}
        page.on("dialog", lambda dialog: dialog.accept())
        await row.get_by_role("button", name="Remove").click()
        await page.get_by_text("Nothing is watched yet").wait_for()
        view.quiet()
