"""The text of the pages that items link to: taken where it is longer, and nothing is lost where it cannot be."""

import asyncio
import gzip
import sys
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from scripted_platform import Loopback

from trend_agent.egress import Http, Limits
from trend_agent.errors import Denied, Misconfigured, Rejected
from trend_agent.items import Cursor, Item
from trend_agent.jobs.collect import CarriedVisits, collect
from trend_agent.observability.metrics import PAGES
from trend_agent.sources import source
from trend_agent.sources.collector import Collector
from trend_agent.sources.full_text import LARGEST, Pages, main_text

STORY = [
    f"On day {n} of the works the keeper of the bridge told the town that stone {n} of its arch lies in its place."
    for n in range(1, 9)
]
MENU = "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(30))


def page(*paragraphs, head=""):
    told = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f"<!doctype html><html><head><title>A bridge opens</title>{head}</head><body><nav><ul>{MENU}</ul></nav>"
        f"<article><h1>A bridge opens</h1>{told}</article><aside><p>Buy two, pay for one</p></aside>"
        f"<footer>Imprint, cookies and terms</footer></body></html>"
    )


def html(text, **more):
    return web.Response(text=text, content_type="text/html", **more)


async def slow(request):
    await asyncio.sleep(30)


def moved(path):
    return web.Response(status=302, headers={"Location": path})


ROBOTS = "User-agent: *\nDisallow: /private\n"
BOMB = gzip.compress(b"<p>" * (8 << 20))
RUSSIAN = (
    "Мост через реку открыли утром, и весь город пришел посмотреть на него, как бы ни было холодно. " * 4
)

ANSWERS = {
    "/robots.txt": lambda _: web.Response(text=ROBOTS),
    "/story": lambda _: html(page(*STORY)),
    "/private": lambda _: html(page(*STORY)),
    "/moved": lambda _: moved("/story"),
    "/lured": lambda _: moved("/private"),
    "/packed": lambda _: web.Response(
        body=BOMB, headers={"Content-Encoding": "gzip", "Content-Type": "text/html"}
    ),
    "/tangle": lambda _: html("<p>a<b>b</b><i>c</i></p>" * 80_000),
    "/deep": lambda _: html("<div>" * 400_000),
    "/links": lambda _: html("<a href=x>y</a>" * 130_000),
    "/large": lambda _: html(page(*STORY) + " " * LARGEST),
    "/slow": slow,
    "/broken": lambda _: web.Response(status=500),
    "/picture": lambda _: web.Response(body=b"\x89PNG" + b"x" * 1000, content_type="image/png"),
    "/menu": lambda _: html(f"<html><body><nav><ul>{MENU}</ul></nav></body></html>"),
    "/nothing": lambda _: html(""),
    "/odd": lambda _: html(page(STORY[0] + "\u202e\u200b<script>alert(1)</script>", *STORY[1:])),
    "/russian": lambda _: web.Response(
        body=page(RUSSIAN, RUSSIAN).encode("cp1251"), headers={"Content-Type": "text/html; charset=windows-1251"}
    ),
    "/nonsense": lambda _: web.Response(
        body=page(*STORY).encode(), headers={"Content-Type": "text/html; charset=klingon"}
    ),
}  # fmt: skip


class Site:
    """Serves a feed whose items link to the pages named, and those; `asked` are the paths it was asked for."""

    def __init__(self, *pages, body="A bridge."):
        self.asked, self.pages, self.body = [], pages, body

    async def answer(self, request):
        self.asked.append(request.path)
        if request.path == "/feed":
            return web.Response(text=self.feed(), content_type="text/xml")
        told = ANSWERS.get(request.path, lambda _: web.Response(status=404))(request)
        return await told if asyncio.iscoroutine(told) else told

    def feed(self):
        items = "".join(
            f"<item><guid>{name}</guid><title>On {name}</title><link>/{name}</link>"
            f"<description>{self.body}</description></item>"
            for name in self.pages
        )
        return f"<rss version='2.0'><channel><title>Herald</title>{items}</channel></rss>"


@asynccontextmanager
async def served(site):
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    limits = Limits(pace=0, deadline=1)
    async with TestServer(app, host="127.0.1.1") as server, Http(policy=Loopback(), limits=limits) as http:
        yield str(server.make_url("")).rstrip("/"), http


async def visited(records, site, **settings):
    """The bodies in the log after a visit, by the items' own names, and how it went."""
    async with served(site) as (server, http):
        feed = source("rss", url=f"{server}/feed", called="herald", **settings)
        health = await Collector(records, http).visit(feed)
    items = [arrival.item for arrival in await records.pending(100)]
    return {item.id.removeprefix("rss:herald:"): item.body for item in items}, health


def counted():
    return {o: PAGES.labels(o)._value.get() for o in ("taken", "shorter", "failed", "left")}


async def test_the_main_text_of_a_page_is_the_body_and_what_stands_around_it_is_not(records):
    bodies, _ = await visited(records, Site("story"), full_text=True)
    assert all(sentence in bodies["story"] for sentence in STORY)
    for around in ("Section 3", "pay for one", "cookies"):
        assert around not in bodies["story"]


async def test_pages_are_not_asked_for_unless_a_source_is_set_so(records):
    site = Site("story")
    bodies, _ = await visited(records, site)
    assert bodies == {"story": "A bridge."}
    assert site.asked == ["/feed"]


async def test_an_item_whose_page_gives_nothing_stays_as_its_feed_tells_it(records):
    refused = ["private", "lured", "packed", "large", "slow", "broken", "picture", "missing"]
    before = counted()
    site = Site("story", *refused, "tangle", "nothing", "moved")
    bodies, health = await visited(records, site, full_text=True)
    assert (health.error, health.fetched) == ("", 12)
    assert {name for name, body in bodies.items() if body == "A bridge."} == {*refused, "tangle", "nothing"}
    assert STORY[3] in bodies["story"]
    assert STORY[3] in bodies["moved"]
    assert "/private" not in site.asked
    after = counted()
    assert after["taken"] - before["taken"] == 2
    assert after["failed"] - before["failed"] >= len(refused)
    assert sum(after.values()) - sum(before.values()) == 12


async def test_a_page_shorter_than_what_the_feed_says_is_not_taken(records):
    own = "The feed itself tells the whole story of the bridge. " * 60
    bodies, _ = await visited(records, Site("story", body=own), full_text=True)
    assert bodies["story"] == own.strip()


async def test_a_page_is_asked_for_once_however_often_its_item_comes(records):
    site = Site("story", "broken")
    async with served(site) as (server, http):
        feed = source("rss", url=f"{server}/feed", called="herald", full_text=True)
        await Collector(records, http).visit(feed)
        site.pages = ("moved", "story", "broken")
        health = await Collector(records, http).visit(feed)
    assert (health.fetched, health.known) == (1, 2)
    assert site.asked.count("/story") == 2  # the second time by way of the one that moved
    assert site.asked.count("/broken") == 1


async def test_a_text_is_cleaned_and_read_as_its_page_says_it_is_encoded(records):
    bodies, _ = await visited(records, Site("odd", "russian", "nonsense"), full_text=True)
    assert f"{STORY[0]} {STORY[1]}" in bodies["odd"]
    assert "alert" not in bodies["odd"]
    assert RUSSIAN.strip() in bodies["russian"]
    assert STORY[3] in bodies["nonsense"]


def items(server, *names, noon):
    return [
        Item(f"rss:x:{n}", "rss:x", name, seen_at=noon, url=f"{server}/{name}")
        for n, name in enumerate(names)
    ]


async def test_a_visit_asks_for_a_bounded_number_of_pages(noon):
    site = Site()
    async with served(site) as (server, http):
        pages = Pages(http, "rss:x", most=3)
        found = await pages.filled(items(server, *["story"] * 2, noon=noon))
        found += await pages.filled(items(server, *["story"] * 3, noon=noon))
    assert [bool(item.body) for item in found] == [True, True, True, False, False]
    assert site.asked.count("/story") == 3


async def test_pages_that_let_us_wait_hold_a_visit_up_for_a_bounded_time(noon):
    async with served(Site()) as (server, http):
        loop = asyncio.get_running_loop()
        began = loop.time()
        found = await Pages(http, "rss:x", seconds=0.5).filled(items(server, *["slow"] * 9, noon=noon))
        assert loop.time() - began < 5
    assert [item.title for item in found] == ["slow"] * 9


async def test_what_keeps_a_page_from_us_is_told():
    async with served(Site()) as (server, http):
        with pytest.raises(Denied, match=r"robots\.txt"):
            await main_text(http, f"{server}/private")
        with pytest.raises(Rejected, match="'image/png', expected HTML"):
            await main_text(http, f"{server}/picture")
        with pytest.raises(Rejected, match="has over"):
            await main_text(http, f"{server}/large")


@pytest.mark.parametrize("name", ["tangle", "deep", "links"])
async def test_a_page_built_to_be_costly_ends_and_the_next_one_is_read(name, noon):
    async with served(Site()) as (server, http):
        (costly,) = await Pages(http, "rss:x", seconds=15).filled(items(server, name, noon=noon))
        assert costly.body == ""
        assert STORY[3] in await main_text(http, f"{server}/story")


async def test_a_source_with_a_fault_keeps_the_texts_of_what_it_brought(records):
    """The way a visit ends is not the pages' business."""
    site = Site("story")
    async with served(site) as (server, http):
        feed = source("rss", url=f"{server}/feed", called="herald", full_text=True)

        async def torn(asked, since):
            async for found in asked.collect(http, since):
                if isinstance(found, Cursor):
                    raise Rejected("the rest is torn off")
                yield found

        health = await Collector(records, http, visit=torn).visit(feed)
    (kept,) = await records.pending(10)
    assert health.error == "the rest is torn off"
    assert STORY[3] in kept.item.body


class Elsewhere:
    """A carrier on whose machine a visit is made by a way out of its own; `carried` is what it was given."""

    def __init__(self, http):
        self.http, self.carried = http, []

    async def carry(self, job, arguments, *, key, attempts=3):
        self.carried.append(orjson.loads(orjson.dumps(arguments)))
        return await collect(self, **self.carried[-1])

    async def forget(self, *keys): ...

    async def close(self): ...


async def test_who_keeps_the_items_reads_their_pages_whoever_visits_the_source(records):
    async with served(Site("story")) as (server, http):
        feed = source("rss", url=f"{server}/feed", called="herald", full_text=True)
        carrier = Elsewhere(lambda: ready(http))
        await Collector(records, http, visit=CarriedVisits(carrier)).visit(feed)
    (kept,) = await records.pending(10)
    assert STORY[3] in kept.item.body
    assert "full_text" not in carrier.carried[0]["sources"][0]["settings"]


async def ready(thing):
    return thing


def test_without_the_library_the_setting_is_wrong_and_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    assert not source("lobsters").full_text
    with pytest.raises(Misconfigured, match=r"full_text: .*pip install 'trend-agent\[fulltext\]'") as fault:
        source("lobsters", full_text=True)
    assert "\n" not in str(fault.value)
