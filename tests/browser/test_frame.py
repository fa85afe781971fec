"""What stands around every page: its addresses, navigation, colours and languages."""

import pytest
from looking import MISSING, TOO_WIDE, Eyes
from serving import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESSES = ("/", "/sources", "/workflows", "/scorecard", "/settings")


async def test_every_address_shows_its_page_at_every_width(eyes: Eyes, site: Served) -> None:
    for width, scheme in ((390, "dark"), (1280, "light")):
        async with eyes.view(site.address, width=width, scheme=scheme) as view:
            for address in ADDRESSES:
                page = await view.go(address)
                await page.locator("h1").first.wait_for(state="attached")
                assert await page.evaluate(TOO_WIDE) == []
            view.quiet(but=(MISSING, "503"))


async def test_the_keyboard_reaches_every_page_and_tells_its_keys(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await view.go("/")
        for key, address in zip("2345", ADDRESSES[1:], strict=True):
            await page.keyboard.press(key)
            await page.wait_for_url(f"**{address}")
        await page.keyboard.press("?")
        assert await page.locator("dialog[open] kbd").count() > 5
        await page.keyboard.press("Escape")
        await page.locator("dialog[open]").wait_for(state="detached")


async def test_an_unknown_address_says_so_and_leads_back(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        page = await view.go("/nowhere/at/all")
        await page.get_by_text("There is nothing at this address").wait_for()
        await page.get_by_role("link", name="To the trends").click()
        await page.wait_for_url(f"{site.address}/")


async def test_the_theme_follows_the_system_until_it_is_chosen(eyes: Eyes, site: Served) -> None:
    ground = "() => getComputedStyle(document.body).backgroundColor"
    async with eyes.view(site.address, scheme="dark") as view:
        page = await view.go("/")
        dark = await page.evaluate(ground)
        switch = page.get_by_role("button", name="Theme")
        await switch.click()
        await switch.click()
        light = await page.evaluate(ground)
        assert (dark, light) == ("rgb(17, 19, 18)", "rgb(251, 250, 248)")
        await page.reload()
        assert await page.evaluate(ground) == light


async def test_the_interface_speaks_the_languages_of_its_readers(eyes: Eyes, site: Served) -> None:
    for locale, name in (("zh-CN", "来源"), ("es-MX", "Fuentes"), ("fr-FR", "Sources")):
        async with eyes.view(site.address, locale=locale) as view:
            page = await view.go("/")
            await page.get_by_role("link", name=name, exact=True).wait_for()
