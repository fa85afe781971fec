"""A source is added by the address of a page, as a person does it; the web it lies in is made up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from looking import Eyes, logged_in
from newsroom import Newsroom
from playwright.async_api import expect
from serving import Served, served

from made_up_web import made_up_http
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.serving import Access
from trend_agent.api.hands import OwnHands
from trend_agent.sources.choosing import Choosing
from trend_agent.sources.collector import Collector
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.opening import open_cache
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.watches import SqlWatches

pytestmark = pytest.mark.asyncio(loop_scope="module")


def hands(desk: Newsroom) -> dict[str, Any]:
    http = made_up_http()
    made = OwnHands(
        desk.records,
        corrected=lambda: None,
        keeping=Keeping(open_cache("memory:", setting="TREND_CACHE")),
        sources=Choosing(desk.records, http, list, dict),
        collector=Collector(desk.records, http),
    )
    access = Access(Doors(Known(SqlAccess(desk.records.database))))
    return {"hands": made, "access": access, "watches": SqlWatches(desk.records.database)}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, rooms=hands) as made:
        yield made


async def test_the_address_of_a_page_leads_to_its_feed_and_what_that_holds(eyes: Eyes, site: Served) -> None:
    async with eyes.view(site.address) as view:
        await logged_in(view, await Known(SqlAccess(site.desk.records.database)).make_first())
        page = await view.go("/sources")
        await page.get_by_role("button", name="Add sources").click()
        await page.get_by_label("Address").fill("coast.example/")
        await page.get_by_role("button", name="Add", exact=True).click()
        await page.get_by_role("link", name="coast.example").first.click()
        await page.get_by_role("button", name="Test now").click()
        await expect(page.get_by_text("Night ferry returns").first).to_be_visible()
        view.quiet(but="the server responded with a status of 401")
