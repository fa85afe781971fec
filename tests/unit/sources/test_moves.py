"""A feed that moved for good is asked at its new address once it keeps saying so, and only while that answers."""

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from scripted_platform import scripted

from trend_agent.egress import Gone
from trend_agent.errors import Rejected
from trend_agent.items import Cursor, Item
from trend_agent.sources import moves, source

ENTRY = "<item><guid>{n}</guid><title>Storm {n}</title></item>"
FEED = f"<rss version='2.0'><channel><title>T</title>{ENTRY}</channel></rss>"


class Publisher:
    """Serves a feed at /new; what is at /old and /new, and what was asked, is the test's."""

    def __init__(self) -> None:
        self.old = self.new = None
        self.asked: list[str] = []

    def __call__(self, request):
        self.asked.append(request.path)
        said = {"/old": self.old, "/new": self.new}.get(request.path)
        return (
            said(request)
            if said
            else web.Response(text=FEED.format(n=len(self.asked)), headers={"ETag": '"x"'})
        )


def sends_to(address, status=301):
    return lambda _: web.Response(status=status, headers={"Location": address})


def answers(status):
    return lambda _: web.Response(status=status)


@pytest.fixture
async def feed():
    """A publisher, and a way to visit its feed `/old` so many hours after the beginning of a cursor."""
    publisher = Publisher()
    publisher.old = sends_to("/new")
    async with scripted(publisher) as (server, http):
        rss = source("rss", url=f"{server}/old", called="t")

        async def visit(since=None, *, hours_ago=0):
            value = dict(since or {})
            if heard := value.get("heard"):
                first = datetime.now(UTC) - timedelta(hours=hours_ago)
                value["heard"] = {**heard, "since": first.isoformat()}
            publisher.asked.clear()
            found = [each async for each in rss.collect(http, Cursor(rss.key, value))]
            publisher.items = [each for each in found if isinstance(each, Item)]
            return found[-1].value

        publisher.visit, publisher.server = visit, server
        yield publisher


async def moved(feed):
    cursor = await feed.visit()
    for hours in (12, 25):
        cursor = await feed.visit(cursor, hours_ago=hours)
    return cursor


async def test_a_feed_that_keeps_saying_it_moved_is_asked_where_it_is(feed):
    cursor = await moved(feed)
    move = moves.taken_up(cursor)
    assert (move.origin, move.to) == (f"{feed.server}/old", f"{feed.server}/new")
    cursor = await feed.visit(cursor)
    assert feed.asked == ["/new"]
    assert moves.taken_up(cursor) == move
    assert [item.id.partition(":")[0] + ":t" for item in feed.items] == [item.source for item in feed.items]


async def test_within_a_day_nothing_is_believed(feed):
    cursor = await feed.visit()
    for _ in range(5):
        cursor = await feed.visit(cursor, hours_ago=23)
    assert moves.taken_up(cursor) is None
    assert feed.asked == ["/old", "/new"]


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_redirect_for_now_moves_nothing(feed, status):
    feed.old = sends_to("/new", status)
    cursor = await moved(feed)
    assert "moved" not in cursor
    assert "heard" not in cursor


async def test_a_redirect_for_now_among_them_begins_the_count_anew(feed):
    cursor = await feed.visit(await feed.visit(), hours_ago=30)
    assert cursor["heard"]["times"] == 2
    feed.old = sends_to("/new", 302)
    assert "heard" not in await feed.visit(cursor, hours_ago=30)


async def test_another_target_begins_the_count_anew(feed):
    cursor = await feed.visit(await feed.visit(), hours_ago=30)
    feed.old = sends_to("/newer")
    cursor = await feed.visit(cursor, hours_ago=30)
    assert cursor["heard"]["times"] == 1
    assert cursor["heard"]["to"] == f"{feed.server}/newer"


async def test_a_move_to_a_private_address_is_refused_each_time(feed):
    feed.old = sends_to("http://127.0.0.1:9/feed")
    for _ in range(4):
        with pytest.raises(Rejected, match=r"127\.0\.0\.1"):
            await feed.visit()


async def test_a_new_address_that_became_private_is_refused_and_the_own_one_asked(feed):
    cursor = await moved(feed)
    cursor["moved"] = {**cursor["moved"], "to": "http://127.0.0.1:9/feed"}
    feed.old = None
    assert "moved" not in await feed.visit(cursor)
    assert feed.asked == ["/old"]


@pytest.mark.parametrize(
    "fails", [answers(404), answers(503), lambda _: web.Response(text="<!doctype html><p>For sale")]
)
async def test_a_move_is_undone_where_the_new_address_fails_and_the_own_one_answers(feed, fails):
    cursor = await moved(feed)
    feed.new, feed.old = fails, None
    cursor = await feed.visit(cursor)
    assert moves.taken_up(cursor) is None
    assert len(feed.items) == 1
    assert feed.asked == ["/new", "/old"]


async def test_where_both_fail_the_move_stands_and_the_new_one_s_fault_is_told(feed):
    cursor = await moved(feed)
    feed.new = answers(410)
    with pytest.raises(Gone, match="/new"):
        await feed.visit(cursor)
    feed.old = answers(404)
    with pytest.raises(Gone, match="/new"):
        await feed.visit(cursor)


async def test_a_feed_may_move_twice(feed):
    cursor = await moved(feed)
    feed.new = sends_to("/third")
    for hours in (0, 12, 25):
        cursor = await feed.visit(cursor, hours_ago=hours)
    assert moves.taken_up(cursor).to == f"{feed.server}/third"
    assert moves.taken_up(cursor).origin == f"{feed.server}/old"


async def test_a_move_of_one_address_says_nothing_of_another():
    assert (
        moves.address(
            "https://a.example/b",
            {
                "moved": {
                    "from": "https://a.example/a",
                    "to": "https://c.example",
                    "at": "2026-01-01T00:00:00+00:00",
                }
            },
        )
        == "https://a.example/b"
    )


def test_encryption_is_not_given_up_by_a_move():
    assert moves.downgraded("https://a.example/feed", "http://a.example/feed")
    assert not moves.downgraded("http://a.example/feed", "https://a.example/feed")
