from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from trend_agent.egress import AddressPolicy, Gone, Http, Limits
from trend_agent.errors import Rejected, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources import source

ITEM = "<item><guid>{n}</guid><title>Storm number {n}</title><link>/storms/{n}</link></item>"


def feed(*numbers, lang="<language>pt-br</language>"):
    items = "".join(ITEM.format(n=n) for n in numbers)
    return f"<rss version='2.0'><channel><title>Weather</title>{lang}{items}</channel></rss>".encode()


class Loopback(AddressPolicy):
    def reachable(self, address):
        return address in ip_network("127.0.1.0/24")

    def port(self, number):
        return True


class Publisher:
    """Serves `body` and honours its `etag`, where it has one."""

    def __init__(self, body=b"", *, etag="", status=200, headers=None):
        self.body, self.etag, self.status, self.headers = body, etag, status, headers or {}
        self.asked = []

    async def answer(self, request):
        self.asked.append(request)
        if self.etag and request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        headers = {"ETag": self.etag} if self.etag else {}
        return web.Response(body=self.body, status=self.status, headers={**headers, **self.headers})


@asynccontextmanager
async def subscribed(publisher, **settings):
    app = web.Application()
    app.router.add_get("/{path:.*}", publisher.answer)
    limits = Limits(pace=0, deadline=5)
    async with TestServer(app, host="127.0.1.1") as server, Http(policy=Loopback(), limits=limits) as http:
        rss = source("rss", url=str(server.make_url("/feed.xml")), **settings)

        async def visit(since=None):
            found = [thing async for thing in rss.collect(http, since or Cursor(rss.key))]
            return [thing for thing in found if isinstance(thing, Item)], found[-1]

        yield rss, visit


async def test_items_carry_what_the_feed_says_about_them():
    async with subscribed(Publisher(feed(1, 2)), called="wx", category="weather") as (rss, visit):
        items, _ = await visit()
    first = items[0]
    assert [item.id for item in items] == ["rss:wx:1", "rss:wx:2"]
    assert (first.title, first.lang, first.source) == ("Storm number 1", "pt", "rss:wx")
    assert first.url == rss.url.replace("/feed.xml", "/storms/1")
    assert first.extra == {"publisher": "Weather", "category": "weather"}
    assert first.published_at is None


async def test_the_language_set_holds_where_the_feed_states_none():
    async with subscribed(Publisher(feed(1, lang="")), language="sw") as (_, visit):
        assert [item.lang for item in (await visit())[0]] == ["sw"]
    async with subscribed(Publisher(feed(1, lang=""))) as (_, visit):
        assert [item.lang for item in (await visit())[0]] == ["und"]


async def test_a_feed_that_has_not_changed_is_not_sent_again():
    publisher = Publisher(feed(1), etag='"one"')
    async with subscribed(publisher) as (_, visit):
        _, cursor = await visit()
        items, again = await visit(cursor)
    assert items == []
    assert again == cursor
    assert publisher.asked[1].headers["If-None-Match"] == '"one"'


async def test_a_body_that_comes_again_unasked_is_not_read_again():
    publisher = Publisher(feed(1))
    async with subscribed(publisher) as (_, visit):
        items, cursor = await visit()
        assert len(items) == 1
        assert (await visit(cursor))[0] == []
        publisher.body = feed(2, 1)
        assert [item.title for item in (await visit(cursor))[0]] == ["Storm number 2", "Storm number 1"]


async def test_a_feed_that_is_gone_or_busy_says_so():
    async with subscribed(Publisher(status=410)) as (_, visit):
        with pytest.raises(Gone):
            await visit()
    async with subscribed(Publisher(status=429, headers={"Retry-After": "60"})) as (_, visit):
        with pytest.raises(Unavailable) as fault:
            await visit()
    assert fault.value.retry_after == 60


async def test_a_page_in_place_of_the_feed_is_an_error_that_keeps_the_old_cursor():
    async with subscribed(Publisher(b"<!doctype html><title>Sign in</title><p>Wifi")) as (_, visit):
        with pytest.raises(Rejected, match="HTML page"):
            await visit()


async def test_two_feeds_have_two_cursors_and_are_named_by_their_host():
    a, b = (source("rss", url=f"https://www.news.example/{name}.xml") for name in "ab")
    assert a.key != b.key
    assert a.label == b.label == "rss:news.example"


async def test_an_item_without_guid_is_known_again_by_its_link_or_its_words():
    body = b"""<rss><channel><title>T</title><item><title>A</title><link>http://x.example/a</link></item>
    <item><title>Only words</title></item></channel></rss>"""
    async with subscribed(Publisher(body)) as (_, visit):
        first, second = (await visit())[0], (await visit())[0]
    assert [item.id for item in first] == [item.id for item in second]
    assert len({item.id for item in first}) == 2


async def test_a_date_is_the_feeds_claim_in_utc():
    body = feed(1).replace(b"<guid>", b"<pubDate>Mon, 04 May 2026 10:00:00 +0530</pubDate><guid>")
    async with subscribed(Publisher(body)) as (_, visit):
        item = (await visit())[0][0]
    assert item.published_at == datetime(2026, 5, 4, 4, 30, tzinfo=UTC)
