"""From an address to sources, and lists of them in and out."""

import pytest
from aiohttp import web
from scripted_platform import scripted

from trend_agent.errors import Missing, Rejected
from trend_agent.sources.discovery import discover
from trend_agent.sources.opml import Outline, read, write

FEED = b"""<rss version="2.0"><channel><title>Harbour Herald</title><item><title>a</title><guid>1</guid></item>
</channel></rss>"""

PAGE = """<!doctype html><html><head><title>x</title>
<link rel="stylesheet" href="/style.css">
<LINK HREF='/news.xml?a=1&amp;b=2' title="All &amp; more" TYPE="application/rss+xml" REL="alternate">
<link rel="alternate" hreflang="de" href="/de">
<link rel=alternate type=application/feed+json href=/feed.json>
<link rel="alternate" type="application/atom+xml" href="javascript:alert(1)">
</head><body><a href="/rss">RSS</a></body></html>"""


async def found(body, address="/"):
    async with scripted(lambda request: web.Response(body=body)) as (server, http):
        hits = await discover(http, f"{server}{address}")
    return [(hit.kind, hit.settings["url"].removeprefix(server), hit.title) for hit in hits]


async def test_an_address_that_is_a_feed_is_one():
    assert await found(FEED, "/feed") == [("rss", "/feed", "Harbour Herald")]


async def test_a_page_names_its_feeds():
    assert await found(PAGE.encode()) == [
        ("rss", "/news.xml?a=1&b=2", "All & more"),
        ("rss", "/feed.json", ""),
    ]


async def test_where_a_page_declares_none_links_that_look_like_feeds_are_taken():
    page = (
        b'<html><a href="/about">x</a><a class="i" href="/blog/feed">feed</a><a href="/b.html">y</a></html>'
    )
    assert await found(page) == [("rss", "/blog/feed", "")]


async def test_a_page_without_feeds_says_so():
    with pytest.raises(Missing, match="is no feed and names none"):
        await found(b"<html><p>nothing</p></html>")


@pytest.mark.parametrize(
    ("address", "kind", "settings"),
    [
        ("https://www.reddit.com/r/worldnews/", "reddit", {"community": "worldnews"}),
        (
            "https://www.youtube.com/channel/UCmadeupmadeupmadeupmade",
            "youtube",
            {"channel": "UCmadeupmadeupmadeupmade"},
        ),
        ("https://bsky.app/profile/ana.example", "bluesky", {"show": "ana.example"}),
    ],
)
async def test_the_page_of_a_platform_is_read_by_its_own_source(address, kind, settings):
    async with scripted(lambda request: None) as (_, http):
        (hit,) = await discover(http, address)
    assert (hit.kind, dict(hit.settings)) == (kind, settings)


async def test_a_page_made_to_be_costly_is_looked_through_quickly():
    page = b"<link " + b"rel=alternate " * 50_000 + b"<link " * 100_000 + b'<link rel="' * 10_000
    with pytest.raises(Missing):
        await found(page)


LIST = b"""<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="World"><outline text="BBC &amp; more" type="rss" xmlUrl="https://a.example/feed" language="en"/>
 <outline text="Deeper"><outline title="B" text="b" xmlUrl="https://b.example/feed"/></outline></outline>
<outline text="C" xmlURL="https://c.example/feed" category="/Science/Space,Other"/>
<outline text="again" xmlUrl="https://a.example/feed"/><outline text="x" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


def test_a_list_gives_each_feed_once_with_its_folder():
    feeds = read(LIST)
    assert {feed.url for feed in feeds} == {
        "https://a.example/feed",
        "https://b.example/feed",
        "https://c.example/feed",
    }
    by_url = {feed.url: feed for feed in feeds}
    assert by_url["https://b.example/feed"] == Outline("https://b.example/feed", "B", "Deeper")
    assert by_url["https://c.example/feed"].category == "Science/Space"


def test_what_is_written_reads_the_same():
    feeds = [
        Outline("https://a.example/feed?x=1&y=2", 'A "quoted" & name', "World", "en"),
        Outline("https://b.example/feed", "Б", "", ""),
    ]
    assert sorted(read(write(feeds, title="x")), key=lambda feed: feed.url) == feeds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html/>",
        b"not xml",
        b'<!DOCTYPE opml [<!ENTITY a "b">]><opml>&a;</opml>',
        b"<opml>" + b"<outline>" * 300 + b"</outline>" * 300 + b"</opml>",
    ],
)
def test_what_is_no_list_is_refused(body):
    with pytest.raises(Rejected):
        read(body)
