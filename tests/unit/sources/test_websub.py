"""Being told by a hub: what is agreed, what is taken, and what is not."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
from aiohttp import web
from fastapi import FastAPI
from scripted_platform import scripted

from trend_agent.api.websub import router
from trend_agent.egress import Response
from trend_agent.errors import Missing, Rejected
from trend_agent.sources import source
from trend_agent.sources.collector import Collector
from trend_agent.sources.one_feed import hub
from trend_agent.sources.websub import Hubs, signed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

FEED = """<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Herald</title>
<atom:link rel="hub" href="{server}/hub"/><atom:link rel="self" href="{server}/feed?canonical=1"/>
<item><title>{title}</title><guid isPermaLink="false">{title}</guid></item></channel></rss>"""


class Place:
    """A feed with a hub, and what the hub was asked; the clock is the test's."""

    def __init__(self):
        self.asked, self.now, self.status = [], NOON, 202

    def answers(self, request):
        if request.path == "/hub":
            return self.hub(request)
        server = f"http://{request.host}"
        return web.Response(text=FEED.format(server=server, title="first"), content_type="text/xml")

    async def hub(self, request):
        self.asked.append(dict(await request.post()))
        return web.Response(status=self.status)


@pytest.fixture
async def place(records):
    """A source that was visited once, its hub, and what is agreed with that."""
    found = Place()

    async def answer(request):
        told = found.answers(request)
        return await told if hasattr(told, "__await__") else told

    async with scripted(lambda request: None) as (_, http):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.1.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            found.server = f"http://127.0.1.1:{port}"
            found.feed = source("rss", url=f"{found.server}/feed", called="herald", category="world")
            found.wanted = [found.feed]
            await Collector(records, http, now=lambda: found.now).visit(found.feed)

            async def wanted():
                return found.wanted

            found.hubs = Hubs(records, http, wanted, site="https://us.example/", now=lambda: found.now)
            found.records = records
            yield found
        finally:
            await runner.cleanup()


async def agreed(place):
    """The subscription, confirmed for ten days."""
    await place.hubs.agree()
    (held,) = await place.records.subscriptions()
    await place.hubs.verify(held.token, "subscribe", held.topic, 864_000)
    return held


async def test_a_hub_that_a_feed_names_is_asked_to_tell_us(place):
    await place.hubs.agree()
    (held,) = await place.records.subscriptions()
    (form,) = place.asked
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == f"{place.server}/feed?canonical=1"
    assert form["hub.callback"] == f"https://us.example/websub/{held.token}"
    assert form["hub.secret"] == held.secret
    assert held.until is None


async def test_it_is_asked_once_and_again_only_where_it_does_not_confirm(place):
    await place.hubs.agree()
    await place.hubs.agree()
    assert len(place.asked) == 1
    place.now += timedelta(hours=7)
    await place.hubs.agree()
    assert len(place.asked) == 2
    assert place.asked[0]["hub.callback"] == place.asked[1]["hub.callback"]


async def test_a_lease_is_renewed_a_day_before_it_ends(place):
    await agreed(place)
    for days, asked in ((5, 1), (8.9, 1), (9.1, 2)):
        place.now = NOON + timedelta(days=days)
        await place.hubs.agree()
        assert len(place.asked) == asked


async def test_a_hub_that_refuses_us_keeps_nobody_from_asking_the_feed(place):
    place.status = 500
    await place.hubs.agree()
    assert (await place.records.subscriptions())[0].until is None


async def test_only_what_we_asked_for_is_confirmed(place):
    held = await agreed(place)
    for token, mode, topic in (
        ("guessed", "subscribe", held.topic),
        (held.token, "subscribe", "https://other.example/feed"),
        (held.token, "unsubscribe", held.topic),
    ):
        with pytest.raises(Missing):
            await place.hubs.verify(token, mode, topic, 1)


def body_of(title):
    return FEED.format(server="https://a.example", title=title).encode()


def signature(body, secret, method="sha256"):
    return {"x-hub-signature": f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"}


async def test_what_a_hub_posts_is_taken_in_as_the_source_s(place):
    held = await agreed(place)
    body = body_of("second")
    assert await place.hubs.deliver(held.token, body, signature(body, held.secret)) == 1
    assert await place.hubs.deliver(held.token, body, signature(body, held.secret, "sha512")) == 0
    arrived = [arrival.item for arrival in await place.records.pending(10)]
    assert [(item.source, item.title, item.extra["category"]) for item in arrived] == [
        ("rss:herald", "first", "world"),
        ("rss:herald", "second", "world"),
    ]
    assert (await place.records.health())[0].fetched == 2


async def test_what_is_not_signed_as_agreed_is_not_taken(place):
    held = await agreed(place)
    body = body_of("forged")
    for headers in (
        {},
        signature(body, "another"),
        signature(b"else", held.secret),
        {"x-hub-signature": "md5=1"},
    ):
        with pytest.raises(Rejected, match="signature"):
            await place.hubs.deliver(held.token, body, headers)
    assert len(await place.records.pending(10)) == 1


async def test_a_source_that_is_not_wanted_any_more_is_left(place):
    held = await agreed(place)
    place.wanted = []
    with pytest.raises(Missing, match="not collected any more"):
        await place.hubs.deliver(held.token, b"", signature(b"", held.secret))
    await place.hubs.agree()
    assert await place.records.subscriptions() == []


async def test_a_source_whose_pages_are_to_be_read_is_visited_and_not_told_of_by_hubs(place):
    held = await agreed(place)
    place.wanted = [place.feed.model_copy(update={"full_text": True})]
    with pytest.raises(Missing, match="not collected any more"):
        await place.hubs.deliver(held.token, b"", signature(b"", held.secret))
    await place.hubs.agree()
    assert await place.records.subscriptions() == []


async def test_hubs_reach_us_over_http(place):
    await place.hubs.agree()
    (held,) = await place.records.subscriptions()
    app = FastAPI()
    app.include_router(router)
    app.state.pushes = place.hubs
    here = f"/websub/{held.token}"
    said = {
        "hub.mode": "subscribe",
        "hub.topic": held.topic,
        "hub.challenge": "é?&",
        "hub.lease_seconds": "600",
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://us") as client:
        answer = await client.get(here, params=said)
        assert (answer.status_code, answer.text) == (200, "é?&")
        assert (await place.records.subscriptions())[0].until == NOON + timedelta(seconds=600)
        body = body_of("third")
        good = await client.post(here, content=body, headers=signature(body, held.secret))
        forged = await client.post(here, content=body_of("x"), headers=signature(body, held.secret))
        unknown = await client.post("/websub/guessed", content=body, headers=signature(body, held.secret))
        large = await client.post(here, content=b"x" * ((10 << 20) + 1))
        denied = await client.get(here, params={"hub.mode": "denied", "hub.topic": held.topic})
    assert (good.status_code, forged.status_code, unknown.status_code) == (202, 202, 410)
    assert (large.status_code, denied.status_code) == (413, 200)
    assert {arrival.item.title for arrival in await place.records.pending(10)} == {"first", "third"}
    assert (await place.records.subscriptions())[0].until is None


async def test_nothing_is_taken_from_strangers(place):
    await agreed(place)
    app = FastAPI()
    app.state.pushes = place.hubs
    app.include_router(router)
    taken = []

    async def endless():
        for _ in range(3):
            taken.append(1)
            yield b"x" * 1000

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://us.example") as client:
        answer = await client.post("/websub/guessed", content=endless())
    assert (answer.status_code, taken) == (410, [])


def test_a_signature_is_compared_by_its_method():
    body, secret = b"abc", "s"
    made = hmac.new(b"s", body, hashlib.sha1).hexdigest()
    assert signed(body, f"sha1={made.upper()}", secret)
    assert not signed(body, f"sha256={made}", secret)
    assert not signed(body, made, secret)


def test_a_hub_may_be_named_in_a_header():
    header = '<https://hub.example/>; rel="hub", <https://a.example/feed>; rel=self'
    assert hub(Response(200, "https://a.example/x", {"link": header}, b"<rss/>")) == (
        "https://hub.example/",
        "https://a.example/feed",
    )
    assert hub(Response(200, "https://a.example/x", {}, b'<link rel="hub" href="ftp://x/">')) is None


def test_a_json_feed_may_name_one():
    def named(*hubs, **told):
        body = orjson.dumps({"items": [], "hubs": hubs, **told})
        return hub(Response(200, "https://a.example/x", {}, body))

    offered = {"type": "WebSub", "url": "https://hub.example/"}
    assert named({"type": "rssCloud", "url": "https://cloud.example/"}, offered) == (
        "https://hub.example/",
        "https://a.example/x",
    )
    assert named(offered, feed_url="https://a.example/feed.json") == (
        "https://hub.example/",
        "https://a.example/feed.json",
    )
    assert named({"type": "WebSub", "url": "file:///etc"}) is None
    assert named("WebSub") is None
    assert named() is None
    assert hub(Response(200, "https://a.example/x", {}, b'{"hubs"')) is None
