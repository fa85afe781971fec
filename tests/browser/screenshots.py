"""Takes the pictures for the README: `python tests/browser/screenshots.py [ADDRESS]`.

Without an address the made-up newsroom is shown. Writes docs/images/start-page.png.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from chromium import found, launched, tab
from serving import served

IMAGES = Path(__file__).parents[2] / "docs" / "images"

WHOLE_ROWS = """Math.max(...[...document.querySelectorAll('.trend, main')]
  .map(e => e.getBoundingClientRect().bottom + scrollY).filter(bottom => bottom < 880))"""
"""How high a picture is that cuts no row in two."""


async def shoot(browser: str, address: str) -> None:
    async with tab(browser) as page:
        await page.look(width=1200)
        await page.go(f"{address}/")
        await page.look(width=1200, height=int(await page.evaluate(WHOLE_ROWS)))
        IMAGES.mkdir(parents=True, exist_ok=True)
        (IMAGES / "start-page.png").write_bytes(await page.picture())


def main() -> None:
    program = found()
    if program is None:
        print("skipped: there is no chromium on this machine", file=sys.stderr)  # noqa: T201
        return
    with launched(program) as browser:
        if len(sys.argv) > 1:
            asyncio.run(shoot(browser, sys.argv[1].rstrip("/")))
            return
        with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as here:
            asyncio.run(shoot(browser, here.address))


if __name__ == "__main__":
    main()
