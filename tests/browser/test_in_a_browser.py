"""The pages in a real browser: they fit, they keep quiet, they stay current, and nothing breaks out."""

from datetime import timedelta

import pytest
from chromium import Tab, tab
from newsroom import NOON, fill, hostile_items, ranked, story_items, take_in
from serving import Served

from trend_agent.api.desk import Notice
from trend_agent.errors import Unavailable
from trend_agent.items import topic_id

LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
"""What a reader does who comes back to the tab: the page looks for news at once."""

ROWS = "[...document.querySelectorAll('.trend')].map(r => r.dataset.topic)"
TOO_WIDE = """[...document.querySelectorAll('body *')].filter(e =>
  e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.unseen')).map(e => e.outerHTML.slice(0, 80))"""


SPILT = """[...document.querySelectorAll('h1, h2 a, .title')].filter(e => e.scrollHeight > e.clientHeight + 1
  && getComputedStyle(e).overflowY === 'visible').map(e => e.outerHTML.slice(0, 80))"""
"""Titles whose text runs over what stands below them."""


def quiet(page: Tab, site: Served) -> None:
    """Nothing complained, and nothing was asked of anybody else."""
    assert page.complaints == []
    assert [a for a in page.asked if not a.startswith((site.address, "data:", "about:"))] == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (390, "light"), (800, "dark"), (1280, "light")])
async def test_pages_fit_the_screen_and_keep_quiet(
    browser: str, site: Served, width: int, scheme: str
) -> None:
    async with tab(browser) as page:
        await page.look(width=width, scheme=scheme)
        for path in ("/", f"/trends/{topic_id('ferry')}", "/?state=peaking", "/?lang=xx"):
            await page.go(site.address + path)
            assert await page.evaluate(TOO_WIDE) == []
        quiet(page, site)


async def test_dark_screens_get_dark_pages(browser: str, site: Served) -> None:
    async with tab(browser) as page:
        grounds = []
        for scheme in ("light", "dark"):
            await page.look(scheme=scheme)
            await page.go(f"{site.address}/")
            grounds.append(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert grounds == ["rgb(247, 247, 244)", "rgb(18, 20, 18)"]


async def test_right_to_left_titles_read_right_to_left(browser: str, site: Served) -> None:
    async with tab(browser) as page:
        await page.go(f"{site.address}/")
        way = f"getComputedStyle(document.querySelector('[data-topic={topic_id('bridge')}] h2 a')).direction"
        assert await page.evaluate(way) == "rtl"


async def test_hostile_text_does_nothing_and_keeps_the_layout(browser: str, own_site: Served) -> None:
    records = own_site.desk.records
    for n, told in enumerate(hostile_items()):
        await take_in(records, f"t-odd-{n}", [told])
    await records.publish(await ranked(records, NOON))
    own_site.desk.told = [Notice("<img src=x onerror=document.title='broken'>" * 20, "fault", "W" * 500)]
    async with tab(browser) as page:
        await page.look(width=390)
        for path in ("/", *(f"/trends/t-odd-{n}" for n in range(4))):
            await page.go(own_site.address + path)
            assert await page.evaluate("document.title !== 'broken' && document.title !== 1")
            assert await page.evaluate(SPILT) == []
            assert await page.evaluate(TOO_WIDE) == []
        quiet(page, own_site)


async def test_new_trends_come_in_by_themselves(browser: str, own_site: Served) -> None:
    async with tab(browser) as page:
        await page.go(f"{own_site.address}/")
        assert await page.evaluate(ROWS) == []
        await fill(own_site.desk.records, ["tea", "seoul"])
        own_site.desk.told = [Notice("no answer", "fault", "wire")]
        await page.evaluate(LOOK_AGAIN)
        await page.until("document.querySelectorAll('.trend').length === 2")
        assert await page.evaluate("document.querySelector('.empty')") is None
        assert await page.evaluate("document.querySelector('.notices').checkVisibility()")
        assert "8 items fetched" in await page.evaluate("document.querySelector('footer').innerText")
        quiet(page, own_site)


async def test_the_row_being_read_stays_where_it_is(browser: str, own_site: Served) -> None:
    records = own_site.desk.records
    await fill(records, ["tea", "seoul", "train", "tower", "beavers", "battery", "chess"])
    async with tab(browser) as page:
        await page.look(width=390, height=600)
        await page.go(f"{own_site.address}/")
        before = await page.evaluate(ROWS)
        reading = f"document.querySelector('[data-topic={before[3]}]')"
        await page.evaluate(
            f"window.row = {reading}; row.querySelector('a').focus(); scrollBy(0, row.offsetTop)"
        )
        place = await page.evaluate("row.getBoundingClientRect().top")
        await take_in(records, topic_id("comet"), story_items("comet"))
        await records.publish(await ranked(records, NOON + timedelta(minutes=1)))
        await page.evaluate(LOOK_AGAIN)
        await page.until("document.querySelectorAll('.trend').length === 8")
        assert (await page.evaluate(ROWS))[0] == topic_id("comet")
        assert await page.evaluate(f"row === {reading}")
        assert abs(await page.evaluate("row.getBoundingClientRect().top") - place) <= 1
        assert await page.evaluate("row.contains(document.activeElement)")


async def test_a_server_that_is_away_is_told_and_found_again(browser: str, own_site: Served) -> None:
    desk = own_site.desk
    await fill(desk.records, ["tea"])
    async with tab(browser) as page:
        await page.go(f"{own_site.address}/")
        desk.broken = Unavailable("gone")
        await page.evaluate(LOOK_AGAIN)
        await page.until("document.getElementById('pulse').textContent.includes('trying again')")
        assert len(await page.evaluate(ROWS)) == 1
        desk.broken = None
        await page.evaluate(LOOK_AGAIN)
        await page.until("document.getElementById('pulse').textContent === ''")
