"""What we send, and how often."""

import asyncio
from time import monotonic

import pytest
from loopback_world import Limits, Names, reply

from trend_agent.errors import Rejected, Unavailable


def header(request: bytes, name: str) -> str | None:
    for line in request.decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(": ")
        if key.lower() == name.lower():
            return value
    return None


async def test_we_say_who_we_are_and_take_only_gzip(world):
    await (await world.http()).get(await world.serve(reply(b"x")))
    assert header(world.asked[0], "User-Agent").startswith("trend-agent/")
    assert header(world.asked[0], "Accept-Encoding") == "gzip"
    assert header(world.asked[0], "Cookie") is None


async def test_a_name_is_connected_by_address_but_asked_by_name(world):
    port = (await world.serve(reply(b"x"))).rpartition(":")[2]
    http = await world.http(resolver=Names(feeds_example=[["127.0.1.1"]]))
    await http.get(f"http://feeds.example:{port}/a")
    assert header(world.asked[0], "Host") == f"feeds.example:{port}"


@pytest.mark.parametrize("etag", ['"plain"', 'W/"weak"', "without quotes", '"with, comma"'])
async def test_validators_go_back_byte_for_byte_and_a_304_is_an_answer(world, etag):
    date = "Tue, 5 May 2026 7:08:09 GMT"

    async def answer(_, writer):
        asked = header(world.asked[-1], "If-None-Match")
        writer.write(reply(status="304 Same") if asked else reply(b"feed", ETag=etag, Last_Modified=date))

    address = await world.serve(answer)
    http = await world.http()
    first = await http.get(address)
    assert (first.etag, first.last_modified, first.not_modified) == (etag, date, False)
    second = await http.get(address, validators=first.validators)
    assert second.not_modified
    assert second.validators == first.validators
    assert header(world.asked[1], "If-None-Match") == etag
    assert header(world.asked[1], "If-Modified-Since") == date


async def test_a_304_nobody_asked_for_is_refused(world):
    with pytest.raises(Rejected, match="304"):
        await (await world.http()).get(await world.serve(reply(status="304 Same")))


async def test_a_header_in_a_validator_is_not_smuggled_in(world):
    address = await world.serve(reply(b"x"))
    http = await world.http()
    with pytest.raises((Rejected, ValueError)):
        await http.get(address, validators={"etag": '"x"\r\nX-Evil: 1'})
    assert not any(b"X-Evil" in request for request in world.asked)


async def test_credentials_stay_with_the_origin_they_were_meant_for(world):
    target = await world.serve(reply(b"x"))
    same = await world.serve(reply(status="302 Found", Location=target))
    secrets = {"Authorization": "Bearer s", "X-Api-Key": "s", "Cookie": "s=s", "Accept": "text/xml"}
    await (await world.http()).get(same, headers=secrets, validators={"etag": '"e"'})
    first, second = world.asked
    assert header(first, "Authorization") == "Bearer s"
    assert [header(second, name) for name in ("Authorization", "X-Api-Key", "Cookie")] == [None] * 3
    assert header(second, "Accept") == "text/xml"
    assert header(second, "If-None-Match") == '"e"'


async def test_credentials_follow_a_redirect_within_the_origin(world):
    async def answer(_, writer):
        moved = b"/new" not in world.asked[-1].split(b"\r\n")[0]
        writer.write(reply(status="302 Found", Location="/new") if moved else reply(b"x"))

    await (await world.http()).get(await world.serve(answer), headers={"Authorization": "Bearer s"})
    assert [header(request, "Authorization") for request in world.asked] == ["Bearer s"] * 2


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Busy"])
async def test_a_host_that_asks_for_rest_is_left_alone(world, status):
    address = await world.serve(reply(status=status, Retry_After="120"))
    http = await world.http()
    with pytest.raises(Unavailable) as first:
        await http.get(address)
    assert first.value.retry_after == 120
    with pytest.raises(Unavailable, match="asked not to be called") as second:
        await http.get(f"{address}/other")
    assert 100 < second.value.retry_after <= 120
    assert len(world.asked) == 1


async def test_a_host_gets_one_request_at_a_time_unless_told_otherwise(world):
    async def slow(_, writer):
        await asyncio.sleep(0.02)
        writer.write(reply(b"1"))

    address = await world.serve(slow)
    http = await world.http()
    await asyncio.gather(*(http.get(f"{address}/{n}") for n in range(8)))
    assert world.most_open == 1
    assert [answer async for answer in http.jsons([address] * 8, at_once=4)] == [1] * 8
    assert 1 < world.most_open <= 4


async def test_requests_to_a_host_keep_their_distance(world):
    address = await world.serve(reply(b"x"))
    http = await world.http(limits=Limits(pace=0.1))
    start = monotonic()
    await asyncio.gather(*(http.get(address) for _ in range(4)))
    assert monotonic() - start >= 0.3


async def test_a_request_that_is_given_up_frees_its_place(world):
    async def silent(reader, _):
        await reader.read()

    address = await world.serve(silent)
    http = await world.http()
    waiting = [asyncio.ensure_future(http.get(address)) for _ in range(3)]
    await asyncio.sleep(0.05)
    for task in waiting[:2]:
        task.cancel()
    await asyncio.gather(*waiting[:2], return_exceptions=True)
    with pytest.raises(Unavailable):
        await waiting[2]
    assert len(world.asked) == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[NaN]", b'{"a":1} rest', b"[" * 100_000, b'"\\ud800"'])
async def test_what_is_no_json_is_rejected(world, body):
    with pytest.raises(Rejected, match="no JSON"):
        await (await world.http()).json(await world.serve(reply(body)))


async def test_the_first_failure_ends_a_series(world):
    async def answer(_, writer):
        broken = b"/2" in world.asked[-1].split(b"\r\n")[0]
        writer.write(reply(status="500 Broken") if broken else reply(b"1"))

    address = await world.serve(answer)
    got = []
    with pytest.raises(Unavailable):
        async for value in (await world.http()).jsons((f"{address}/{n}" for n in range(6)), at_once=2):
            got.append(value)  # noqa: PERF401  # what came before the failure counts
    assert got == [1, 1]
