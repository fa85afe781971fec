"""Pages found on the way are read where the site's robots.txt lets us."""

import gzip
from time import process_time

import pytest
from loopback_world import Names, reply

from trend_agent.errors import Denied

RULES = b"""\xef\xbb\xbfUser-agent: other
Disallow: /

User-agent: trend-agent
Disallow: /private
Allow: /private/open
"""


def site(robots: bytes):
    async def answer(reader, writer):
        writer.write(robots if site.world.asked[-1].startswith(b"GET /robots.txt ") else reply(b"page"))
        await writer.drain()

    return answer


@pytest.fixture
async def ask(world):
    site.world = world

    async def asked(robots: bytes, path: str = "/page", **changes) -> bool:
        """Whether the page was read."""
        address = await world.serve(site(robots))
        http = await world.http(**changes)
        try:
            return (await http.get(f"{address}{path}", robots=True)).body == b"page"
        except Denied:
            return False

    return asked


@pytest.mark.parametrize(
    ("path", "read"),
    [("/page", True), ("/private/x", False), ("/private/open/x", True), ("/privateer", False)],
)
async def test_the_longest_rule_of_our_group_holds(ask, path, read):
    assert await ask(reply(RULES), path) is read


@pytest.mark.parametrize(
    ("robots", "read"),
    [
        (reply(b"User-agent: *\nDisallow: /"), False),
        (reply(b""), True),
        (reply(b"<html>Not found</html>"), True),
        (reply(status="404 Not Found"), True),
        (reply(status="403 Forbidden"), True),
        (reply(status="410 Gone"), True),
        (reply(status="500 Broken"), False),
        (reply(status="503 Busy", Retry_After="1"), False),
        (reply(status="429 Slow"), False),
        (b"", False),
        (reply(status="302 Found", Location="http://127.0.2.1:9999/robots.txt"), False),
        (reply(gzip.compress(bytes(64 << 20)), Content_Encoding="gzip"), False),
        (reply(b"User-agent: *\n" + b"#" * (600 << 10) + b"\nDisallow: /"), True),
    ],
    ids="all none page 404 403 410 500 503 429 break private bomb late".split(),  # noqa: SIM905
)
async def test_what_a_robots_txt_that_is_special_means(ask, robots, read):
    assert await ask(robots) is read


async def test_a_robots_txt_built_to_be_costly_is_not(ask):
    stars = b"".join(b"Disallow: /" + b"*a" * 20 + b"%d$\n" % n for n in range(9_000))
    start = process_time()
    await ask(reply(b"User-agent: *\n" + stars), "/" + "a" * 4000)
    assert process_time() - start < 2


async def test_a_robots_txt_is_asked_for_once_and_only_for_pages(world):
    site.world = world
    address = await world.serve(site(reply(b"")))
    http = await world.http()
    await http.get(f"{address}/feed")
    for n in range(3):
        await http.get(f"{address}/{n}", robots=True)
    assert [request.split(b" ")[1] for request in world.asked] == [
        b"/feed",
        b"/robots.txt",
        b"/0",
        b"/1",
        b"/2",
    ]


async def test_the_site_a_page_leads_to_is_asked_too(world):
    site.world = world
    closed = await world.serve(site(reply(b"User-agent: *\nDisallow: /")))
    port = closed.rpartition(":")[2]

    async def leading(_, writer):
        asked = world.asked[-1].startswith(b"GET /robots.txt ")
        writer.write(
            reply(b"") if asked else reply(status="302 Found", Location=f"http://other.example:{port}/x")
        )

    address = await world.serve(leading)
    http = await world.http(resolver=Names(other_example=[["127.0.1.1"]]))
    with pytest.raises(Denied, match=r"robots\.txt"):
        await http.get(f"{address}/x", robots=True)
    assert not any(request.startswith(b"GET /x HTTP/1.1\r\nHost: other.example") for request in world.asked)
