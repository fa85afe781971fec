import json
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from trend_agent.egress import AddressPolicy, Http, Limits
from trend_agent.errors import Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources import source


class Loopback(AddressPolicy):
    def reachable(self, address):
        return address in ip_network("127.0.1.0/24")

    def port(self, number):
        return True


def story(number, **more):
    return {"id": number, "type": "story", "title": f"Story {number}", "time": 1767261600 + number, **more}


@asynccontextmanager
async def hackernews(stories, *, keys=None, **settings):
    stories = {str(one["id"]): one for one in stories}
    asked = []

    async def answer(request):
        asked.append(request.path)
        name = request.path.rpartition("/")[2].removesuffix(".json")
        if name.endswith("stories"):
            return web.json_response(keys or [int(key) for key in stories])
        if name == "13":
            return web.Response(status=500)
        return web.Response(text=json.dumps(stories.get(name)))

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with (
        TestServer(app, host="127.0.1.1") as server,
        Http(policy=Loopback(), limits=Limits(pace=0, deadline=5)) as http,
    ):
        hn = source("hackernews", root=str(server.make_url("/v0")), **settings)

        async def visit():
            found = [thing async for thing in hn.collect(http, Cursor(hn.key))]
            return [thing for thing in found if isinstance(thing, Item)]

        yield visit, asked


async def test_a_story_brings_its_counters_and_its_discussion():
    told = story(7, by="fern", score=55, descendants=8, url="https://made.example/up")
    async with hackernews([told]) as (visit, _):
        (item,) = await visit()
    assert item.id == "hackernews:7"
    assert item.engagement == {"points": 55, "comments": 8}
    assert (item.url, item.author, item.lang) == ("https://made.example/up", "fern", "en")
    assert item.extra["discussion"].endswith("item?id=7")


async def test_a_question_is_its_own_page_and_plain_text():
    told = story(8, text="One&#x27;s <i>first</i> line<p>and a second &amp; last")
    async with hackernews([told]) as (visit, _):
        (item,) = await visit()
    assert item.url == item.extra["discussion"]
    assert item.body == "One's first line and a second & last"


async def test_what_is_dead_deleted_or_missing_is_passed_over():
    stories = [story(1, dead=True), story(2, deleted=True), story(3, title=""), story(4)]
    async with hackernews(stories, keys=[1, 2, 3, 99, 4]) as (visit, _):
        assert [item.title for item in await visit()] == ["Story 4"]


async def test_the_order_of_the_list_is_kept_and_its_length_bounded():
    async with hackernews([story(n) for n in range(20, 50)], limit=17) as (visit, asked):
        assert [item.title for item in await visit()] == [f"Story {n}" for n in range(20, 37)]
        assert len(asked) == 18


async def test_the_list_is_a_choice():
    async with hackernews([story(1)], feed="best") as (visit, asked):
        await visit()
    assert asked[0] == "/v0/beststories.json"


async def test_a_failing_story_is_an_error_and_no_silence():
    async with hackernews([story(1), story(13)]) as (visit, _):
        with pytest.raises(Unavailable):
            await visit()
