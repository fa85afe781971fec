"""Takes the pictures for the README and the docs: `python tests/browser/screenshots.py [ADDRESS]`.

Without an address the made-up newsroom is shown; those that are kept are of `trend demo`. They go to docs/images.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from looking import Eyes, found, opened
from serving import served

IMAGES = Path(__file__).parents[2] / "docs" / "images"


async def shoot(eyes: Eyes, address: str) -> None:
    async with eyes.view(address, width=1280, height=860) as view:
        page = await view.go("/")
        await page.locator(".row").nth(8).wait_for()
        await page.screenshot(path=IMAGES / "now.png")
        await page.locator(".row h2 a").nth(1).click()
        await page.locator(".chart[data-drawn]").wait_for()
        await page.locator(".groups .item").first.wait_for()
        await asyncio.sleep(1)
        await page.screenshot(path=IMAGES / "trend.png")
    async with eyes.view(address, width=390, height=780, scheme="dark") as view:
        page = await view.go("/")
        await page.locator(".row").nth(5).wait_for()
        await page.screenshot(path=IMAGES / "now-phone-dark.png")


async def shoot_at(program: str, address: str) -> None:
    async with opened(program) as eyes:
        await shoot(eyes, address)


def main() -> None:
    program = found()
    if program is None:
        print("skipped: there is no chromium on this machine", file=sys.stderr)  # noqa: T201
        return
    IMAGES.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 1:
        asyncio.run(shoot_at(program, sys.argv[1].rstrip("/")))
        return
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as here:
        asyncio.run(shoot_at(program, here.address))


if __name__ == "__main__":
    main()
