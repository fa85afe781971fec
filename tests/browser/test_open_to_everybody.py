"""Who cannot see well, or uses no mouse: axe-core finds nothing serious on any page, in any state."""

import pytest
from looking import Eyes, serious
from serving import Served

from trend_agent.items import topic_id

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_serious_is_found(eyes: Eyes, site: Served, scheme: str) -> None:
    async with eyes.view(site.address, scheme=scheme) as view:
        page = await view.go("/")
        await page.locator(".row").first.wait_for()
        assert await serious(view) == []
        await page.keyboard.press("j")
        await page.keyboard.press("m")
        await page.get_by_label("German").check()
        assert await serious(view) == []
        await view.go("/?as_of=2026-03-01T09:00:00Z")
        await page.locator(".row").first.wait_for()
        await page.keyboard.press("?")
        assert await serious(view) == []
        await view.go(f"/trends/{topic_id('ferry')}")
        await page.locator(".chart[data-drawn]").wait_for()
        await page.locator(".as-table summary").click()
        assert await serious(view) == []
        await view.go("/nowhere")
        assert await serious(view) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_has_nothing_serious_either(eyes: Eyes, site: Served, scheme: str) -> None:
    async with eyes.view(site.address, width=390, height=800, scheme=scheme) as view:
        page = await view.go("/")
        await page.locator(".row").first.wait_for()
        await page.get_by_role("button", name="Filters").click()
        assert await serious(view) == []
        await view.go(f"/trends/{topic_id('ferry')}")
        await page.locator(".groups .item").first.wait_for()
        assert await serious(view) == []


async def test_everything_can_be_reached_by_tab_and_shows_where_one_is(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await view.go("/")
        await page.locator(".row").first.wait_for()
        seen = []
        for _ in range(90):
            await page.keyboard.press("Tab")
            seen.append(
                await page.evaluate(
                    "() => document.activeElement.textContent.slice(0, 40) || document.activeElement.name"
                )
            )
            if await page.evaluate("() => Boolean(document.activeElement.closest('.row'))"):
                break
        assert seen[0] == "Skip to the content"
        assert {"Sources", "?", "q"} <= set(seen)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/trends/*")
