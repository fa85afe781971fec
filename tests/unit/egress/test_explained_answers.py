"""What a platform says of an answer that did not go well, and forms that are sent to it."""

from urllib.parse import parse_qs

import pytest
from loopback_world import reply

from trend_agent.errors import Denied, Rejected, Unavailable


def out_of_quota(answer):
    return Unavailable(answer.body.decode(), retry_after=60) if b"quota" in answer.body else None


async def test_the_platform_explains_its_refusal(world):
    address = await world.serve(reply(b"quota is used up", status="403 No", X_Left="0"))
    http = await world.http()
    with pytest.raises(Unavailable, match="quota is used up") as fault:
        await http.get(address, explain=out_of_quota)
    assert fault.value.retry_after == 60


async def test_where_it_says_no_more_its_status_counts(world):
    address = await world.serve(reply(b"go away", status="403 No"))
    with pytest.raises(Denied, match="403"):
        await (await world.http()).get(address, explain=out_of_quota)


async def test_a_long_refusal_is_not_read(world):
    heard = []
    address = await world.serve(reply(b"x" * 100_000, status="500 Oh"))
    with pytest.raises(Unavailable, match="500"):
        await (await world.http()).get(address, explain=lambda answer: heard.append(len(answer.body)))
    assert heard == [0]


@pytest.mark.parametrize("status", ["200 OK", "202 Taken", "204 Nothing to say"])
async def test_a_form_is_sent_and_any_good_answer_is_one(world, status):
    async def answer(reader, writer):
        size = int(world.asked[-1].lower().partition(b"content-length: ")[2].split(b"\r")[0])
        sent.append(await reader.readexactly(size))
        writer.write(reply(b"" if "204" in status else b"fine", status=status))

    sent: list[bytes] = []
    address = await world.serve(answer)
    found = await (await world.http()).submit(address, {"grant type": "é&="}, headers={"X-Own": "1"})
    assert found.status == int(status[:3])
    assert parse_qs(sent[0].decode()) == {"grant type": ["é&="]}
    assert b"x-own: 1" in world.asked[0].lower()


async def test_a_form_is_not_redirected(world):
    address = await world.serve(reply(status="307 There", Location="/elsewhere"))
    with pytest.raises(Rejected, match="redirects a POST"):
        await (await world.http()).submit(address, {"a": "b"})
    assert len(world.asked) == 1
