"""Answers that platforms really gave, replayed through the sources from a server that imitates the platform.

The folder TREND_TEST_CAPTURES names, or `shared/data/api_captures` beside the checkout, holds an `index.json`: a
list of {"file", "source", "sequence", "request", "status", "headers", "facts"}. None of it is part of the project.
"""

import json
import os
from contextlib import asynccontextmanager
from datetime import UTC
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from trend_agent.egress import AddressPolicy, Http, Limits
from trend_agent.errors import Denied, Missing, Rejected
from trend_agent.items import Cursor, Item
from trend_agent.sources import known
from trend_agent.sources.feeds.feed import plain

ROOT = Path(__file__).parents[2]
BESIDE = (above / "shared" / "data" / "api_captures" for above in ROOT.parents)
NAMED = os.environ.get("TREND_TEST_CAPTURES")
FOLDER = Path(NAMED) if NAMED else next((place for place in BESIDE if place.is_dir()), None)
CAPTURES = json.loads((FOLDER / "index.json").read_text("utf-8")) if FOLDER else []

pytestmark = pytest.mark.skipif(not CAPTURES, reason="no recorded answers beside the checkout")

HEADERS_OF_THE_BODY = {"content-length", "content-encoding", "transfer-encoding", "connection"}
WRONG = {400: Rejected, 403: Denied, 404: Missing}


class Loopback(AddressPolicy):
    def reachable(self, address):
        return address in ip_network("127.0.1.0/24")

    def port(self, number):
        return True


def captures(source, *statuses):
    wanted = statuses or (200,)
    return pytest.mark.parametrize(
        "capture",
        [row for row in CAPTURES if row["source"] == source and row["status"] in wanted],
        ids=lambda row: row["file"],
    )


def captured(row):
    kept = {n: v for n, v in row["headers"].items() if n not in HEADERS_OF_THE_BODY}
    body = (FOLDER / row["file"]).read_bytes()
    return web.Response(body=body, status=row["status"], headers=kept)


def said(value):
    return web.json_response(value)


@asynccontextmanager
async def replaying(answers, *, host="127.0.1.1"):
    """An address where `answers` answers requests by path: a function of the request, or nothing for 404."""
    app = web.Application()

    async def answer(request):
        return answers(request) or web.Response(status=418)

    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app, host=host) as server:
        yield str(server.make_url("")).rstrip("/")


async def collected(name, answers, **settings):
    """The items and the cursor that come of these answers; `{server}` in a setting is where they come from."""
    async with (
        replaying(answers) as server,
        Http(policy=Loopback(), limits=Limits(pace=0, deadline=10)) as http,
    ):
        given = {n: v.format(server=server) if isinstance(v, str) else v for n, v in settings.items()}
        source = known()[name](**given)
        found = [each async for each in source.collect(http, Cursor(source.key))]
    return [each for each in found if isinstance(each, Item)], found[-1]


def stamped(moment):
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def same_title(item, title):
    return item.title == plain(title or "")


REDDIT = {"client_id": "id", "client_secret": "secret", "login": "{server}/login", "root": "{server}"}


def reddit_answers(row):
    def answers(request):
        if request.path.startswith("/login"):
            return said({"access_token": "made-up", "token_type": "bearer"})
        return captured(row)

    return answers


@captures("reddit")
async def test_every_post_of_reddit_is_found(capture):
    facts = capture["facts"]
    items, _ = await collected("reddit", reddit_answers(capture), **REDDIT)
    assert len(items) == facts["n_posts"]
    if items and (facts.get("first_id") or "").startswith("t3_"):
        assert items[0].id == f"reddit:{facts['first_id']}"
        assert same_title(items[0], facts["first_title"])
        assert stamped(items[0].published_at) == facts["first_created"]


@captures("reddit", 400, 403, 404)
async def test_every_refusal_of_reddit_is_the_right_error(capture):
    with pytest.raises(WRONG[capture["status"]], match=r"reddit|127\.0\.1\.1"):
        await collected("reddit", reddit_answers(capture), **REDDIT)


@captures("reddit", 301)
async def test_a_redirect_of_reddit_is_followed_without_the_token_elsewhere(capture):
    """Its pages that moved stand on another of its hosts."""
    tokens = []
    listing = {"kind": "Listing", "data": {"children": [], "after": None}}

    def elsewhere(request):
        tokens.append(request.headers.get("Authorization"))
        return said(listing)

    async with replaying(elsewhere, host="127.0.1.2") as other:
        path = capture["headers"]["location"].partition(".com")[2]

        def answers(request):
            moved = captured(capture)
            moved.headers["location"] = f"{other}{path}"
            return said({"access_token": "x"}) if request.path.startswith("/login") else moved

        items, _ = await collected("reddit", answers, **REDDIT)
    assert (items, tokens) == ([], [None])


@captures("twitter")
async def test_every_post_of_twitter_is_found_and_nothing_else_is_taken_for_one(capture):
    facts = capture["facts"]

    async def collect():
        settings = {"query": "made up", "bearer_token": "x", "root": "{server}"}
        return await collected("twitter", lambda request: captured(capture), **settings)

    if facts["api"] != "v2" or not facts.get("first_text"):
        with pytest.raises(Rejected, match="twitter"):
            await collect()
        return
    items, cursor = await collect()
    assert len(items) == facts["n_data"]
    assert items[0].id == f"twitter:{facts['first_id']}"
    assert same_title(items[0], facts["first_text"])
    assert cursor.value["mark"] >= int(facts["first_id"])


YOUTUBE = {"api_key": "x", "country": "US", "root": "{server}"}
OF_VIDEOS = ("video", "search", "playlistItem", "activity")


@captures("youtube")
async def test_every_video_of_youtube_is_found_and_nothing_else_is_taken_for_one(capture):
    facts = capture["facts"]
    rows = json.loads((FOLDER / capture["file"]).read_bytes()).get("items", [])
    if facts["kind"] not in {f"youtube#{kind}ListResponse" for kind in OF_VIDEOS}:
        with pytest.raises(Rejected, match="youtube"):
            await collected("youtube", lambda request: captured(capture), **YOUTUBE)
        return
    items, _ = await collected("youtube", lambda request: captured(capture), **YOUTUBE)
    other = sum("videoId" not in json.dumps(row) and row["kind"] != "youtube#video" for row in rows)
    assert len(items) == facts["n_items"] - other
    if not other:
        assert same_title(items[0], facts["first_title"])
        assert stamped(items[0].published_at)[:16] == facts["first_published"][:16]


@captures("youtube", 400, 403)
async def test_every_refusal_of_youtube_is_the_right_error(capture):
    with pytest.raises(Denied, match=capture["facts"]["message"]):
        await collected("youtube", lambda request: captured(capture), **YOUTUBE)


def paged(sequences):
    return pytest.mark.parametrize("pages", sequences, ids=lambda pages: pages[0]["file"])


def of_two_pages():
    by_name = {row["file"]: row for row in CAPTURES if row["source"] == "youtube"}
    return [
        (row, by_name[other])
        for name, row in by_name.items()
        if name.endswith("_p1.json") and (other := name.replace("_p1", "_p2")) in by_name
    ]


@paged(of_two_pages())
async def test_pages_are_turned_by_the_token_that_youtube_gives(pages):
    first, second = pages
    asked = []

    def answers(request):
        asked.append(request.query.get("pageToken"))
        return captured(second if asked[-1] else first)

    items, _ = await collected("youtube", answers, pages=5, **YOUTUBE)
    assert asked == [None, first["facts"]["nextPageToken"]]
    videos = [json.loads((FOLDER / row["file"]).read_bytes())["items"] for row in pages]
    assert len(items) == sum("videoId" in json.dumps(row) for rows in videos for row in rows)


@captures("newsapi")
async def test_every_article_of_newsapi_is_found(capture):
    facts = capture["facts"]

    def answers(request):
        assert request.headers["X-Api-Key"] == "secret"
        return captured(capture)

    items, _ = await collected("newsapi", answers, api_key="secret", root="{server}")
    assert len(items) == facts["n_items"]
    assert same_title(items[0], facts["first_title"])
    assert items[0].url == facts["first_url"]


@captures("hackernews")
async def test_every_story_of_hacker_news_is_found(capture):
    facts = capture["facts"]

    def answers(request):
        if request.path.endswith("topstories.json") and "id" in facts:
            return said([facts["id"]])
        return captured(capture)

    if "value" in facts:
        with pytest.raises(Rejected, match="hackernews"):
            await collected("hackernews", answers, root="{server}")
        return
    searched = {"query": "javascript"} if "nbHits" in facts else {}
    items, _ = await collected("hackernews", answers, root="{server}", search="{server}", **searched)
    stories = facts.get("n_items", int(facts.get("type") == "story"))
    assert len(items) == stories
    if stories:
        prefix = "first_" if searched else ""
        assert items[0].id == f"hackernews:{facts[f'{prefix}id']}"
        assert same_title(items[0], facts[f"{prefix}title"])
        assert stamped(items[0].published_at) == facts[f"{prefix}created"]
        assert items[0].engagement["comments"] == facts[f"{prefix}comments"]


TRENDS = {"country": "US", "root": "{server}"}


@captures("google_trends")
async def test_everything_google_trends_says_of_interest_is_found(capture):
    facts, file = capture["facts"], capture["file"]
    sequence = [row for row in CAPTURES if row["sequence"] == capture["sequence"]]

    def answers(request):
        asked = [row for row in sequence if request.path.rpartition("/")[2] in row["request"]]
        return captured(asked[0] if asked else capture)

    if file.endswith(".xml"):
        items, _ = await collected("google_trends", answers, **TRENDS)
        assert len(items) == facts["n_items_with_title"]
        assert same_title(items[0], facts["first_title"])
        assert items[0].engagement == {"searches": float(facts["first_traffic"].rstrip("+"))}
        assert stamped(items[0].published_at) == facts["first_published"]
        assert len(items[0].extra["news"]) == facts["first_n_news"]
        return
    lines = [row for row in sequence if "/multiline" in row["request"]]
    settings = {"keywords": "pizza, bagel", **TRENDS}
    if not lines:
        with pytest.raises(Rejected):
            await collected("google_trends", answers, **settings)
        return
    items, _ = await collected("google_trends", answers, **settings)
    rows = json.loads((FOLDER / lines[0]["file"]).read_bytes().partition(b"\n")[2])["default"]["timelineData"]
    assert len(rows) == lines[0]["facts"]["n_points"]
    assert len(items) == sum(sum(row["hasData"]) for row in rows if not row.get("isPartial"))
    assert stamped(items[0].published_at) == lines[0]["facts"]["first_time"]
    assert {item.title for item in items} == {"pizza", "bagel"}


@captures("google_trends", 404)
async def test_a_page_that_google_trends_does_not_have_is_missing(capture):
    with pytest.raises(Missing):
        await collected("google_trends", lambda request: captured(capture), **TRENDS)


def test_every_answer_is_replayed_by_one_of_these():
    replayed = {"reddit": {200, 301, 400, 403, 404}, "youtube": {200, 400, 403}, "google_trends": {200, 404}}
    left = [
        row["file"]
        for row in CAPTURES
        if row["status"] not in replayed.get(row["source"], {200}) or row["source"] not in known()
    ]
    assert left == []
