"""Whatever the other side does, a request ends in time, in bounds, and in one of our errors."""

import asyncio
import gzip
import resource
import ssl
from pathlib import Path
from time import monotonic

import pytest
from loopback_world import QUICK, Loopback, Names, reply

from trend_agent.egress import AddressPolicy, Gone, Http, Limits
from trend_agent.egress.connect import Lookups
from trend_agent.errors import Missing, Rejected, Unavailable

HEAD = b"HTTP/1.1 200 OK\r\n"


def dripping(start: bytes, drop: bytes):
    async def answer(_, writer):
        writer.write(start)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.05)

    return answer


async def silent(reader, _):
    await reader.read()


@pytest.mark.parametrize(
    "answer",
    [
        silent,
        dripping(HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
        dripping(HEAD + b"X-Long: ", b"x"),
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["silence", "body", "header", "chunk size", "early hints", "chunks"],
)
async def test_one_deadline_holds_for_the_whole_exchange(world, answer):
    address = await world.serve(answer)
    http = await world.http(limits=Limits(deadline=0.4, pace=0))
    start = monotonic()
    with pytest.raises((Unavailable, Rejected)):
        await http.get(address)
    assert monotonic() - start < 1.4


async def test_redirects_share_the_deadline(world):
    async def slow(_, writer):
        await asyncio.sleep(0.25)
        writer.write(reply(status="302 Found", Location="/again"))

    address = await world.serve(slow)
    http = await world.http(limits=Limits(deadline=0.4, pace=0))
    with pytest.raises(Unavailable, match=r"over 0\.4 s"):
        await http.get(address)
    assert len(world.asked) == 2


async def endless(_, writer):
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


def started(start: bytes):
    async def answer(reader, writer):
        writer.write(start)
        await endless(reader, writer)

    return answer


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (started(HEAD + b"\r\n"), "over 1048576 bytes"),
        (reply(gzip.compress(bytes(64 << 20)), Content_Encoding="gzip"), "over 1048576 bytes"),
        (HEAD + b"Content-Length: 1000000000000\r\n\r\n", "over 1048576 bytes"),
        (started(HEAD + b"X-Long: "), "proper HTTP"),
        (HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", "proper HTTP"),
        (HEAD + b"X-Long: " + b"x" * (1 << 20) + b"\r\n\r\n", "proper HTTP"),
        (HEAD + b"Content-Length: -5\r\n\r\n", "proper HTTP"),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "proper HTTP"),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "proper HTTP"),
        (b"not http at all\r\n\r\n", "proper HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "proper HTTP"),
    ],
    ids="body bomb length header headers long negative twice smuggled rubbish other".split(),  # noqa: SIM905
)
async def test_what_is_too_much_or_malformed_is_rejected(world, answer, error):
    http = await world.http()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Rejected, match=error):
        await http.get(await world.serve(answer))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        HEAD + b"Content-Length: 100\r\n\r\nshort",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        reply(gzip.compress(b"a long text" * 100)[:-12], Content_Encoding="gzip"),
    ],
    ids=["nothing", "half a body", "half a chunk", "half a stream"],
)
async def test_an_answer_that_breaks_off_is_not_taken(world, answer):
    http = await world.http()
    with pytest.raises(Unavailable):
        await http.get(await world.serve(answer))


@pytest.mark.parametrize("status", ["301 Moved", "404 Not Found", "500 Broken", "410 Gone"])
async def test_the_body_of_any_other_status_is_not_unpacked(world, status):
    bomb = gzip.compress(bytes(32 << 20))
    target = await world.serve(reply(b"there"))
    http = await world.http()
    address = await world.serve(reply(bomb, status=status, Content_Encoding="gzip", Location=target))
    if status.startswith("301"):
        assert (await http.get(address)).body == b"there"
    else:
        with pytest.raises((Missing, Unavailable)):
            await http.get(address)


async def test_the_end_of_a_redirect_is_where_the_answer_is_from(world):
    target = await world.serve(reply(b"there"))
    address = await world.serve(reply(status="302 Found", Location=f"{target}/feed?page=1#part"))
    answer = await (await world.http()).get(address)
    assert (answer.url, answer.body) == (f"{target}/feed?page=1", b"there")


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.2.1:{port}/",
        "http://127.0.0.1:{port}/",
        "//127.0.2.1:{port}/",
        "http://2130706689:{port}/",
        "http://0x7f000201:{port}/",
        "http://public.example@127.0.2.1:{port}/",
        "http://canary.example:{port}/",
        "file:///etc/passwd",
        "http:\\\\127.0.2.1:{port}\\",
        "",
    ],
)
async def test_a_redirect_to_what_is_not_public_is_refused(world, status, target):
    canary = await world.serve(reply(b"secret"), host="127.0.2.1")
    location = target.format(port=canary.rpartition(":")[2])
    address = await world.serve(reply(status=status, Location=location))
    http = await world.http(resolver=Names(canary_example=[["127.0.2.1"]]))
    with pytest.raises(Rejected):
        await http.get(address)
    assert len(world.asked) == 1


async def test_redirects_end_after_three(world):
    address = await world.serve(reply(status="302 Found", Location="/round"))
    with pytest.raises(Rejected, match="more than 3 times"):
        await (await world.http()).get(address)
    assert len(world.asked) == 4


@pytest.mark.parametrize("answers", [["127.0.2.1"], ["127.0.1.1", "127.0.2.1"], ["127.0.1.1", "::1"]])
async def test_a_name_is_refused_when_any_of_its_addresses_is_not_public(world, answers):
    port = (await world.serve(reply(b"there"))).rpartition(":")[2]
    http = await world.http(resolver=Names(mixed_example=[answers]))
    with pytest.raises(Rejected, match="not public"):
        await http.get(f"http://mixed.example:{port}/")
    assert world.asked == []


async def test_a_name_that_turns_private_between_two_lookups_is_not_followed(world):
    canary = await world.serve(reply(b"secret"), host="127.0.2.1")
    port = canary.rpartition(":")[2]
    names = Names(flip_example=[["127.0.1.9"], ["127.0.2.1"]] * 50)
    http = await world.http(resolver=names)
    for _ in range(100):
        with pytest.raises((Rejected, Unavailable)):
            await http.get(f"http://flip.example:{port}/")
    assert world.asked == []


async def test_the_last_check_is_at_the_socket(world):
    """A policy that lets a name pass, and changes its mind before the connection is made."""

    class Wavering(Loopback):
        asked = 0

        def reachable(self, address) -> bool:
            self.asked += 1
            return self.asked == 1

    port = (await world.serve(reply(b"secret"))).rpartition(":")[2]
    http = await world.http(policy=Wavering(), resolver=Names(name_example=[["127.0.1.1"]]))
    with pytest.raises(Rejected, match="will not connect"):
        await http.get(f"http://name.example:{port}/")
    assert world.asked == []


async def test_a_name_without_an_answer_is_unavailable(world):
    class Nothing(Names):
        async def resolve(self, host, port=0, family=0):
            raise OSError(None, "no such name")

    with pytest.raises(Unavailable, match="does not resolve"):
        await (await world.http(resolver=Nothing())).get("http://nowhere.example:8080/")


async def test_a_name_that_takes_too_long_is_given_up(world):
    class Hanging(Names):
        async def resolve(self, host, port=0, family=0):
            await asyncio.sleep(60)

    http = await world.http(resolver=Hanging(), limits=Limits(lookup=0.1, pace=0))
    with pytest.raises(Unavailable, match=r"within 0\.1 s"):
        await http.get("http://slow.example:8080/")


async def test_the_system_resolves_this_machine_and_the_policy_refuses_it(world):
    port = (await world.serve(reply(b"secret"), host="127.0.0.1")).rpartition(":")[2]
    found = await Lookups().resolve("localhost", int(port))
    assert "127.0.0.1" in {answer["host"] for answer in found}
    async with Http(policy=AddressPolicy(ports={int(port)}), limits=QUICK) as http:
        for host in ("127.0.0.1.", "2130706433", "localhost"):
            with pytest.raises(Rejected):
                await http.get(f"http://{host}:{port}/")
    assert world.asked == []


async def test_a_connection_that_breaks_is_tried_once_more_and_not_twice(world):
    async def answer(_, writer):
        writer.write(b"" if len(world.asked) == 1 else reply(b"there"))

    assert (await (await world.http()).get(await world.serve(answer))).body == b"there"
    world.asked.clear()
    with pytest.raises(Unavailable):
        await (await world.http()).get(await world.serve(b""))
    assert len(world.asked) == 2


async def test_nobody_listening_is_unavailable(world):
    with pytest.raises(Unavailable, match="does not answer"):
        await (await world.http()).get("http://127.0.1.77:9/".replace(":9/", ":9999/"))


async def test_the_proxy_of_the_environment_is_not_used(world, monkeypatch):
    proxy = await world.serve(reply(b"proxied"), host="127.0.2.1")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    assert (await (await world.http()).get(await world.serve(reply(b"direct")))).body == b"direct"


async def test_a_certificate_nobody_vouches_for_is_refused(world):
    """It names the right host and is in its time: only that it vouches for itself is wrong."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self-signed.pem"))
    address = (await world.serve(reply(b"secret"), tls=context)).replace("http:", "https:")
    with pytest.raises(Unavailable, match="no valid certificate"):
        await (await world.http()).get(address)
    assert world.asked == []


async def test_a_server_that_speaks_no_tls_is_unavailable(world):
    address = (await world.serve(reply(b"x"))).replace("http:", "https:")
    with pytest.raises(Unavailable):
        await (await world.http()).get(address)


async def test_gone_is_told_from_not_found(world):
    http = await world.http()
    with pytest.raises(Gone):
        await http.get(await world.serve(reply(status="410 Gone")))
    with pytest.raises(Missing) as missing:
        await http.get(await world.serve(reply(status="404 Not Found")))
    assert not isinstance(missing.value, Gone)


async def test_the_policy_of_production_refuses_this_very_server(world):
    address = await world.serve(reply(b"there"))
    port = int(address.rpartition(":")[2])
    async with Http(policy=AddressPolicy(ports={port}), limits=QUICK) as http:
        with pytest.raises(Rejected, match="no public address"):
            await http.get(address)
    assert world.asked == []


async def test_good_servers_are_not_held_up_by_bad_ones(world):
    bad = [await world.serve(silent, host=f"127.0.1.{n}") for n in range(10, 40)]
    good = [await world.serve(reply(b"there"), host=f"127.0.1.{n}") for n in range(50, 80)]
    http = await world.http()
    hanging = [asyncio.ensure_future(http.get(address)) for address in bad]
    start = monotonic()
    answers = await asyncio.gather(*(http.get(address) for address in good))
    assert monotonic() - start < 0.9
    assert {answer.body for answer in answers} == {b"there"}
    outcomes = await asyncio.gather(*hanging, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
