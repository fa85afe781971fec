"""What a source can ask for, and what it is told when the answer is another."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from loopback_world import reply
from test_manners import header

from trend_agent.egress import Response
from trend_agent.errors import Denied, Missing, Rejected, Unavailable

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def listening(heard: list[bytes], answer: bytes):
    async def handle(reader, writer):
        heard.append(await reader.read(1000))
        writer.write(answer)
        await writer.drain()

    return handle


async def test_a_query_is_added_to_the_address_and_stays_out_of_errors(world):
    address = await world.serve(reply(status="404 Not Found"))
    with pytest.raises(Missing) as fault:
        await (await world.http()).get(f"{address}/v1?a=1", query={"key": "hunter2", "n": 3, "q": "a b&c"})
    assert world.asked[0].split(b" ")[1] == b"/v1?a=1&key=hunter2&n=3&q=a+b%26c"
    assert "hunter2" not in str(fault.value)


async def test_a_form_is_posted_and_its_answer_read(world):
    heard: list[bytes] = []
    address = await world.serve(listening(heard, reply(b'{"access_token":"t"}')))
    answer = await (await world.http()).submit(address, {"grant_type": "client_credentials", "x": "a&b"})
    assert answer.json() == {"access_token": "t"}
    assert heard == [b"grant_type=client_credentials&x=a%26b"]
    assert header(world.asked[0], "Content-Type") == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "204 None"])
async def test_what_is_sent_may_be_answered_without_content(world, status):
    address = await world.serve(listening([], reply(status=status)))
    answer = await (await world.http()).send(address, b"x", method="PUT", headers={"X-Sign": "s"})
    assert answer.status == int(status[:3])
    assert world.asked[0].startswith(b"PUT ")
    assert header(world.asked[0], "X-Sign") == "s"


async def test_what_is_sent_is_sent_once(world):
    address = await world.serve(listening([], b""))
    with pytest.raises(Unavailable):
        await (await world.http()).send(address, b"x")
    assert len(world.asked) == 1


async def test_a_source_may_say_who_it_is_in_its_own_words(world):
    http = await world.http(contact="me@example.org")
    address = await world.serve(reply(b"x"))
    await http.get(address)
    await http.get(address, headers={"user-agent": "trend-agent/9 by u/somebody"})
    first, second = (header(request, "User-Agent") for request in world.asked)
    assert first.startswith("trend-agent/")
    assert "(me@example.org; " in first
    assert second == "trend-agent/9 by u/somebody"
    assert world.asked[1].lower().count(b"user-agent") == 1


def quota_spent(answer: Response) -> Unavailable | None:
    if answer.json()["error"]["reason"] == "quotaExceeded":
        return Unavailable("the quota of the day is spent", retry_after=3600)
    return None


@pytest.mark.parametrize("coding", ["", "gzip"])
async def test_a_platform_may_explain_its_errors(world, coding):
    told = orjson.dumps({"error": {"reason": "quotaExceeded"}})
    body, headers = (gzip.compress(told), {"Content_Encoding": "gzip"}) if coding else (told, {})
    address = await world.serve(reply(body, status="403 Forbidden", **headers))
    with pytest.raises(Unavailable, match="quota of the day") as fault:
        await (await world.http()).json(address, explain=quota_spent)
    assert fault.value.retry_after == 3600


async def test_what_a_platform_does_not_explain_is_left_to_the_status(world):
    address = await world.serve(reply(b'{"error":{"reason":"other"}}', status="403 Forbidden"))
    with pytest.raises(Denied):
        await (await world.http()).json(address, explain=quota_spent)


async def test_an_error_that_says_too_much_is_not_listened_to(world):
    seen: list[bytes] = []

    def explain(answer: Response) -> None:
        seen.append(answer.body)

    http = await world.http()
    for body, coding in (
        (b"why", ""),
        (b"x" * 500_000, ""),
        (gzip.compress(bytes(32 << 20)), "gzip"),
        (b"x", "br"),
    ):
        address = await world.serve(reply(body, status="400 Bad", Content_Encoding=coding))
        with pytest.raises(Rejected):
            await http.get(address, explain=explain)
    assert [len(body) for body in seen] == [3, 0, 0, 0]


class Remembering:
    """What the records are to `Http`."""

    def __init__(self) -> None:
        self.known: dict[str, datetime] = {}

    async def rests(self, at: datetime) -> dict[str, datetime]:
        return {where: until for where, until in self.known.items() if until > at}

    async def rest(self, where: str, until: datetime) -> None:
        self.known[where] = until


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        ("200 OK", {"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "120"}, 120),
        ("200 OK", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW.timestamp() + 300:.0f}"}, 300),
        ("200 OK", {"RateLimit": '"default";r=0;t=77'}, 77),
        ("200 OK", {"X-Ratelimit-Remaining": "1", "X-Ratelimit-Reset": "120"}, None),
        ("200 OK", {"X-Ratelimit-Remaining": "soon", "X-Ratelimit-Reset": "-3"}, None),
        ("429 Slow", {"x-rate-limit-reset": f"{NOW.timestamp() + 90:.0f}"}, 90),
        ("429 Slow", {"Retry-After": "33", "x-rate-limit-reset": f"{NOW.timestamp() + 90:.0f}"}, 33),
        ("429 Slow", {}, None),
        ("403 No", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1e12"}, None),
        ("403 No", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999999"}, 86400),
        ("500 Broken", {"Retry-After": "60"}, 60),
    ],
)
async def test_a_spent_quota_leaves_the_host_alone_until_it_is_renewed(world, status, headers, wait):
    memory = Remembering()
    http = await world.http(now=lambda: NOW, memory=memory)
    address = await world.serve(reply(b"1", status=status, **headers))
    outcome = await asyncio.gather(http.get(address), return_exceptions=True)
    if status.startswith("200"):
        assert outcome[0].body == b"1"
    elif wait or status.startswith("429"):
        assert isinstance(outcome[0], Unavailable)
        assert outcome[0].retry_after == wait
    left = [(until - NOW).total_seconds() for until in memory.known.values()]
    assert left == ([pytest.approx(wait, abs=1)] if wait else [])


async def test_the_rest_a_host_asked_for_holds_in_the_next_process(world):
    memory = Remembering()
    before = await world.http(now=lambda: NOW, memory=memory)
    address = await world.serve(reply(status="429 Slow", Retry_After="600"))
    with pytest.raises(Unavailable):
        await before.get(address)
    after = await world.http(now=lambda: NOW + timedelta(seconds=200), memory=memory)
    with pytest.raises(Unavailable, match="asked not to be called") as fault:
        await after.get(f"{address}/other")
    assert fault.value.retry_after == pytest.approx(400, abs=1)
    assert len(world.asked) == 1


async def test_a_short_rest_is_waited_for(world):
    http = await world.http()
    address = await world.serve(reply(b"x", X_Ratelimit_Remaining="0", X_Ratelimit_Reset="1"))
    began = asyncio.get_running_loop().time()
    await http.get(address)
    await http.get(address)
    assert 0.9 < asyncio.get_running_loop().time() - began < 3


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ([], False),
        (["301 Moved"], True),
        (["301 Moved", "308 For Good"], True),
        (["301 Moved", "302 Found"], False),
    ],
)
async def test_it_is_told_whether_a_feed_has_moved_for_good(world, statuses, moved):
    address = await world.serve(reply(b"x"))
    for status in reversed(statuses):
        address = await world.serve(reply(status=status, Location=address))
    assert (await (await world.http()).get(address)).moved is moved


async def test_a_redirect_waits_for_the_turn_of_the_host_it_leads_to(world):
    """A hundred addresses that all lead to one host ask it one after the other."""

    async def slow(_, writer):
        slow.now += 1
        slow.most = max(slow.most, slow.now)
        await asyncio.sleep(0.02)
        writer.write(reply(b"x"))
        slow.now -= 1

    slow.now = slow.most = 0
    target = await world.serve(slow)
    doors = [
        await world.serve(reply(status="302 Found", Location=f"{target}/{n}"), host=f"127.0.1.{n + 1}")
        for n in range(20)
    ]
    http = await world.http()
    answers = await asyncio.gather(*(http.get(door) for door in doors))
    assert {answer.body for answer in answers} == {b"x"}
    assert slow.most == 1


async def test_two_hosts_that_lead_to_each_other_do_not_wait_for_each_other(world):
    where: list[str] = []

    async def across(number, writer):
        asked = world.asked[-1].split(b" ")[1]
        there = asked == b"/there"
        writer.write(
            reply(b"x") if there else reply(status="302 Found", Location=f"{where[1 - number]}/there")
        )

    hosts = [(n, f"127.0.1.{n + 1}") for n in (0, 1)]
    where += [await world.serve(lambda _, w, n=n: across(n, w), host=host) for n, host in hosts]
    http = await world.http()
    answers = await asyncio.gather(*(http.get(address) for address in where * 5))
    assert {answer.body for answer in answers} == {b"x"}
