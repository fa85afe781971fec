"""Takes the pictures of the README and the docs, of a `trend demo` of its own: `python tests/browser/screenshots.py`.

They go to docs/images. It takes minutes: a made-up world needs calls that came out before there is much to see.
A page is visited twice, as a face of letters that came too late for the first visit is there at the second.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import httpx
from looking import Eyes, View, found, logged_in, opened
from playwright.async_api import expect
from upstairs import TREND, Upstairs, upstairs

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESK = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 780, "is_mobile": True, "has_touch": True}
PATIENCE_MS = 300_000


async def kept(view: View, name: str) -> None:
    """Once everything asked for is there and nothing moves any more."""
    await expect(view.page.locator(".waiting")).to_have_count(0)
    await asyncio.sleep(1.5)
    await view.page.screenshot(path=IMAGES / f"{name}.png")


async def now(view: View, name: str) -> None:
    for _ in range(2):
        page = await view.go("/")
        await page.locator(".row").nth(8).wait_for(timeout=PATIENCE_MS)
    await kept(view, name)


async def trend(view: View, name: str) -> None:
    """The one that is told in most languages, by most items."""
    async with httpx.AsyncClient(base_url=view.site) as client:
        listed = (await client.get("/api/v1/trends?limit=30")).json()["trends"]
    broadest = max(listed, key=lambda one: (len(one["languages"]), one["items"]))
    for _ in range(2):
        page = await view.go(f"/trends/{broadest['topic']}")
    await page.locator(".chart[data-drawn]").wait_for()
    await page.locator(".groups .item").first.wait_for()
    await kept(view, name)


async def sources(view: View, name: str) -> None:
    page = await view.go("/sources")
    await page.locator("tbody tr").nth(5).wait_for()
    await kept(view, name)


async def workflows(view: View, name: str) -> None:
    """The one that waits for a person."""
    page = await view.go("/workflows")
    await page.get_by_role("link", name="reviewed").first.click(timeout=PATIENCE_MS)
    await page.get_by_role("button", name="Approve").wait_for(timeout=PATIENCE_MS)
    await kept(view, name)


async def scorecard(view: View, name: str) -> None:
    page = await view.go("/scorecard")
    await page.locator(".state-held").first.wait_for(timeout=PATIENCE_MS)
    await kept(view, name)


async def settings(view: View, name: str) -> None:
    page = await view.go("/settings")
    form = page.get_by_role("form", name="Watch")
    await form.get_by_label("name", exact=True).fill("new in German")
    await form.get_by_label("languages").fill("de")
    await form.get_by_role("button", name="Watch").click()
    await page.get_by_role("row", name="new in German").wait_for()
    await kept(view, name)


async def shoot(eyes: Eyes, here: Upstairs) -> None:
    async with eyes.view(here.address, **DESK) as view:
        await now(view, "now")
        await logged_in(view, here.key)
        for page in (trend, sources, workflows, scorecard, settings):
            await page(view, page.__name__)
    async with eyes.view(here.address, **DESK, scheme="dark") as view:
        await trend(view, "trend-dark")
    async with eyes.view(here.address, **PHONE, scheme="dark") as view:
        await now(view, "now-phone-dark")
    async with eyes.view(here.address, **PHONE) as view:
        await trend(view, "trend-phone")


async def shoot_with(program: str, here: Upstairs) -> None:
    async with opened(program) as eyes:
        await shoot(eyes, here)


def main() -> None:
    program = found()
    if program is None:
        print("skipped: there is no chromium on this machine", file=sys.stderr)  # noqa: T201
        return
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, upstairs(Path(folder), (*TREND, "demo")) as here:
        asyncio.run(shoot_with(program, here))


if __name__ == "__main__":
    main()
