"""Real headlines of eight countries, taken in and served as they were: the pages hold what nobody made up.

The folder TREND_TEST_HEADLINES names, or `shared/data/newsapi_headlines` beside the checkout, holds `items.jsonl.gz`.
None of it is part of the project.
"""

import gzip
import json
import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from looking import MISSING, TOO_WIDE, Eyes, View, logged_in
from playwright.async_api import Page, expect
from upstairs import Upstairs, recorded, upstairs

ROOT = Path(__file__).parents[2]
BESIDE = (above / "shared" / "data" / "newsapi_headlines" for above in ROOT.parents)
NAMED = os.environ.get("TREND_TEST_HEADLINES")
FOLDER = Path(NAMED) if NAMED else next((place for place in BESIDE if place.is_dir()), None)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
    pytest.mark.skipif(FOLDER is None, reason="no recorded headlines beside the checkout"),
]

START, EACH, PARTS = 30_000, 1_200, 2
"""Where in the log it begins, and how many headlines come in before each list."""

PAGES = ("/", "/sources", "/workflows", "/scorecard", "/settings")
CUT_OFF = """() => [...document.querySelectorAll('.row .under')].filter(e => e.scrollWidth > e.clientWidth)
  .map(e => e.textContent)"""
CYRILLIC = re.compile(r"[Ѐ-ӿ]{3}")


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstairs]:
    """A few days of the log, served by `trend up`; taking them in takes some seconds."""
    assert FOLDER is not None
    folder = tmp_path_factory.mktemp("replay")
    with gzip.open(FOLDER / "items.jsonl.gz", "rt", encoding="utf-8") as log:
        lines = [observed(line) for line in islice(log, START, START + EACH * PARTS)]
    recorded(folder, *(lines[n : n + EACH] for n in range(0, len(lines), EACH)))
    with upstairs(folder) as here:
        yield here


def observed(line: str) -> str:
    """What could be known of an item when it was seen."""
    row = json.loads(line)
    return json.dumps(
        {name: v for name, v in row.items() if not name.startswith("gold_")}, ensure_ascii=False
    )


async def asked(news: Upstairs, path: str) -> Any:
    async with httpx.AsyncClient(base_url=news.address, timeout=60) as client:
        answer = await client.get(path)
    answer.raise_for_status()
    return answer.json()


async def trends(news: Upstairs) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await asked(news, "/api/v1/trends?limit=100"))["trends"]
    return found


async def shown(view: View, path: str) -> Page:
    page = await view.go(path)
    await page.locator("h1").first.wait_for(state="attached")
    return page


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
async def test_every_page_holds_real_headlines(eyes: Eyes, news: Upstairs, width: int, scheme: str) -> None:
    broadest = max(await trends(news), key=lambda trend: len(trend["sources"]))
    async with eyes.view(news.address, width=width, height=900, scheme=scheme) as view:
        await logged_in(view, news.key)
        for path in (*PAGES, f"/trends/{broadest['topic']}"):
            page = await shown(view, path)
            assert await page.evaluate(TOO_WIDE) == [], path
        view.quiet(but=MISSING)


async def test_the_list_is_what_the_api_tells_in_rows_of_one_height(eyes: Eyes, news: Upstairs) -> None:
    told = await trends(news)
    async with eyes.view(news.address, height=1200) as view:
        page = await shown(view, "/")
        await page.locator(".row").nth(10).wait_for()
        seen = await page.locator(".row").evaluate_all(
            "rows => rows.map(r => [r.dataset.topic, r.offsetHeight])"
        )
        assert [topic for topic, _ in seen] == [trend["topic"] for trend in told][: len(seen)]
        assert len({height for _, height in seen}) == 1
        assert await page.evaluate(CUT_OFF) == []
        await page.get_by_label("Russian").check()
        russian = [trend["topic"] for trend in told if "ru" in trend["languages"]]
        await expect(page.locator(".row").first).to_have_attribute("data-topic", russian[0])
        titles = await page.locator(".row h2 bdi").all_inner_texts()
        assert any(CYRILLIC.search(title) for title in titles)
        view.quiet()


async def test_a_real_moment_shows_the_list_of_then(eyes: Eyes, news: Upstairs) -> None:
    now = await trends(news)
    moment = min(trend["first_seen"] for trend in now if trend["items"] > 1)
    then = (await asked(news, f"/api/v1/trends?as_of={moment}&limit=100"))["trends"]
    async with eyes.view(news.address) as view:
        page = await shown(view, f"/?as_of={moment}")
        await expect(page.locator(".timebar.past")).to_have_count(1)
        first = page.locator(".row").first
        await expect(first).to_have_attribute("data-topic", then[0]["topic"])
        await expect(first.locator("h2")).to_contain_text(then[0]["headline"]["text"][:40])
        assert then[0]["topic"] != now[0]["topic"]
        view.quiet()


async def test_a_real_trend_shows_all_that_it_rests_on(eyes: Eyes, news: Upstairs) -> None:
    listed = await trends(news)
    trend = max(listed, key=lambda one: (len(one["languages"]), len(one["sources"])))
    path = f"/api/v1/trends/{trend['topic']}"
    items = (await asked(news, f"{path}/items?limit=500"))["items"]
    similar = await asked(news, f"{path}/similar?limit=6")
    worn = (await asked(news, f"/api/v1/topics/{trend['topic']}/headlines"))["headlines"]
    async with eyes.view(news.address) as view:
        page = await shown(view, f"/trends/{trend['topic']}")
        await page.locator(".chart[data-drawn] canvas").wait_for()
        await expect(page.locator("h1")).to_contain_text(trend["headline"]["text"][:60])
        await expect(page.locator(".receipt tfoot")).to_contain_text(f"{trend['score']:.2f}")
        await page.locator(".groups .item").first.wait_for()
        await expect(page.locator(".summary a.cite")).to_have_count(len(trend["summary"]))
        counted = await page.locator(".groups .source h3 .soft").all_text_contents()
        assert sum(int(text.split()[0]) for text in counted) == len(items)
        await expect(page.locator(".headlines li")).to_have_count(len(worn) if len(worn) > 1 else 0)
        near = page.locator(".panel", has=page.get_by_role("heading", name="Similar"))
        await near.scroll_into_view_if_needed()
        await expect(near.locator("li a")).to_have_count(len(similar["similar"]))
        view.quiet(but=MISSING)
