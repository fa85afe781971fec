"""POSTs, and the one origin an operator names."""

import asyncio

import orjson
import pytest
from loopback_world import reply

from trend_agent.egress import Http, Limits, NamedOrigin
from trend_agent.errors import Rejected, Unavailable

QUICK = Limits(deadline=1.0, connect=0.5, pace=0)


async def test_json_goes_out_and_comes_back(world) -> None:
    heard = []

    async def answer(reader, writer) -> None:
        heard.append(await reader.readexactly(len(b'{"n":1}')))
        writer.write(reply(b'{"ok":true}'))
        await writer.drain()

    base = await world.serve(answer)
    http = await world.http()
    assert await http.post(f"{base}/ask", {"n": 1}, headers={"Authorization": "Bearer x"}) == {"ok": True}
    assert orjson.loads(heard[0]) == {"n": 1}
    head = world.asked[0].lower()
    assert head.startswith(b"post /ask ")
    assert b"content-type: application/json" in head
    assert b"authorization: bearer x" in head


async def test_a_post_is_sent_once_and_follows_nowhere(world) -> None:
    elsewhere = await world.serve(reply(b"{}"))
    base = await world.serve(reply(status="307 Temporary Redirect", Location=f"{elsewhere}/there"))
    http = await world.http()
    with pytest.raises(Rejected, match="redirects a POST"):
        await http.post(base, {})
    assert len(world.asked) == 1


async def test_a_post_that_takes_too_long_is_given_up(world) -> None:
    async def silent(reader, writer) -> None:
        await asyncio.sleep(30)

    http = await world.http()
    with pytest.raises(Unavailable, match="took over"):
        await http.post(await world.serve(silent), {})


async def test_an_answer_that_is_no_json_is_refused(world) -> None:
    http = await world.http()
    with pytest.raises(Rejected, match="no JSON"):
        await http.post(await world.serve(reply(b"<html>")), {})


async def test_a_named_origin_may_be_this_machine(world) -> None:
    base = await world.serve(reply(b"[1]"), host="127.0.0.1")
    async with Http(policy=NamedOrigin(f"{base}/v1"), limits=QUICK) as http:
        assert await http.post(f"{base}/v1/x", {}) == [1]


@pytest.mark.parametrize(
    "other", ["https://127.0.0.1:9/v1", "http://127.0.0.2:9/v1", "http://127.0.0.1:10/v1", "x"]
)
def test_nothing_else_is_named(other: str) -> None:
    with pytest.raises(Rejected, match="named in the settings"):
        NamedOrigin("http://127.0.0.1:9/v1").parsed(other)


async def test_a_named_origin_does_not_lead_elsewhere(world) -> None:
    elsewhere = await world.serve(reply(b"secret"))
    base = await world.serve(reply(status="302 Found", Location=elsewhere), host="127.0.0.1")
    async with Http(policy=NamedOrigin(base), limits=QUICK) as http:
        with pytest.raises(Rejected, match="named in the settings"):
            await http.get(base)
    assert len(world.asked) == 1


def test_what_names_no_origin_is_told() -> None:
    with pytest.raises(Rejected, match="cannot read the address"):
        NamedOrigin("/v1")
