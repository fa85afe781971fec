"""A headless Chromium by way of Playwright, and pages that remember what went wrong on them and whom they asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

PATIENCE_MS = 15_000
"""How long a page may take for what it will show: others use this machine as well."""

expect.set_options(timeout=PATIENCE_MS)

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip

MISSING = "the server responded with a status of 404"
"""What the browser itself says of a route that this server does not have."""

TOO_WIDE = """() => [...document.querySelectorAll('body *')].filter(e =>
  e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility() && !e.closest('.unseen, .scroll, .skip'))
  .map(e => e.outerHTML.slice(0, 120))"""
"""What reaches beyond the right edge of the screen and is not meant to be scrolled."""


def found() -> str | None:
    """The browser on this machine, where there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class View:
    """A page of the browser. `complaints` are warnings and errors, `asked` the addresses it requested."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    async def go(self, path: str) -> Page:
        await self.page.goto(self.site + path)
        await self.page.locator("main").wait_for()
        return self.page

    async def evaluate(self, script: str, *given: Any) -> Any:
        return await self.page.evaluate(script, *given)

    @property
    def foreign(self) -> list[str]:
        """Requests that left the origin."""
        return [a for a in self.asked if not a.startswith((self.site, "data:", "blob:", "about:"))]

    def quiet(self, *, but: str | tuple[str, ...] = ()) -> None:
        """Nothing complained, except where a part of `but` stands in it, and nothing was asked of anybody else."""
        excused = (but,) if isinstance(but, str) else but
        assert [told for told in self.complaints if not any(part in told for part in excused)] == []
        assert self.foreign == []


AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


async def serious(view: View) -> list[str]:
    """What axe-core calls serious or critical, each with the first place it was found at. It is handed to the browser
    by its debugger, which no policy of the page forbids."""
    await view.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await view.page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{v['id']}: {json.dumps(v['nodes'][0]['target'])} {v['nodes'][0]['failureSummary'][-200:]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]


async def logged_in(view: View, key: str) -> None:
    """Show a key where one does that, as its owner would."""
    page = await view.go("/settings")
    await page.get_by_label("Key", exact=True).fill(key)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Log out").wait_for()


@dataclass
class Eyes:
    """A running browser."""

    browser: Browser

    @asynccontextmanager
    async def view(
        self,
        site: str,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: str = "light",
        locale: str = "en-GB",
        **options: Any,
    ) -> AsyncIterator[View]:
        """A page for a reader of their own, with nothing kept from others."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=locale,
            reduced_motion="reduce",
            **options,
        )
        try:
            context.set_default_timeout(PATIENCE_MS)
            made = View(await context.new_page(), site)
            made.listen()
            yield made
        finally:
            await context.close()


@asynccontextmanager
async def opened(program: str) -> AsyncIterator[Eyes]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield Eyes(browser)
        finally:
            await browser.close()
