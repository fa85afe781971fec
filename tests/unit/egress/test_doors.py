"""No address that a stranger writes leads into a private network: every spelling, by every door, on every way."""

import asyncio
import socket
from ipaddress import ip_address

import pytest
from doors import DOORS
from loopback_world import Loopback, Names, reply

from trend_agent.egress import AddressPolicy, Http
from trend_agent.errors import TrendError, Unavailable
from watch import outside

# fmt: off
HOSTS = """
127.0.0.1 127.0.2.1 127.255.255.254 localhost localhost. LOCALHOST a.localhost 2130706433 2130706945 0x7f000001
0x7F000201 0x7f.1 0x7f.0.2.1 0177.0.0.1 0177.0.2.1 017700000001 127.1 127.0.513 127.2.1 0
0.0.0.0 000.000.000.000 127.0.0.1. ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127．0．2．1 ١٢٧.٠.٠.١ %31%32%37.0.0.1
127.0.0.1%00.example 1\u00ad27.0.0.1 127.0.0.1\u3002
[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:201] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1]
[2002:7f00:1::] [2001:0:7f00:1::] [fe80::1%25lo] [fec0::1] [ff02::1] [fc00::1] [fd00:ec2::254] [3fff::1] [5f00::1]
10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 100.100.100.200 169.254.169.254 168.63.129.16 198.18.0.1 224.0.0.1
255.255.255.255 good.example@127.0.2.1 127.0.2.1#@good.example metadata.google.internal
""".split()  # noqa: SIM905
# fmt: on

ADDRESSES = """
127.0.0.1 127.0.2.1 127.255.255.254 0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255
168.63.129.16 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.170 192.0.2.1
192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1
64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::
2002:a9fe:a9fe:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%lo febf::1 fec0::1 ff02::1 ff05::1
ff0e::1 4000::1 ::ffff:0:127.0.0.1
""".split()  # noqa: SIM905

assert len(HOSTS) >= 60 <= len(ADDRESSES)

by_every_door = pytest.mark.parametrize("door", DOORS)


@pytest.fixture
async def canary(world) -> str:
    """The port of the servers nobody may reach; they note who does."""
    port = (await world.serve(reply(b"secret"), host="127.0.2.1")).rpartition(":")[2]
    for host in ("127.0.0.1", "::1"):
        server = await asyncio.start_server(lambda _, w: w.close(), host, int(port))
        world.stack.callback(server.close)
    return port


class Inside(Names):
    """Whatever name is looked up is a canary's."""

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        self.answers = {host: [["127.0.2.1"]]}
        return await super().resolve(host, port, family)


def told(host: str, port: str) -> str:
    """An address of the host, whatever stands behind its name."""
    name, mark, rest = host.partition("#")
    return f"http://{name}:{port}/{mark}{rest}"


def strays() -> list[str]:
    """Whom a connection was made to beside the public servers of a test."""
    return [host for host in outside.connected if not host.startswith("127.0.1.")]


async def refused(door: str, http: Http, url: str) -> None:
    """Nothing comes back by this door, and no connection was made."""
    try:
        await DOORS[door](http, url)
    except TrendError:
        assert strays() == [], url
    else:
        pytest.fail(f"{url!r} was asked by the door {door!r}")


@by_every_door
@pytest.mark.parametrize("production", [True, False])
async def test_no_spelling_is_asked(world, canary, door, production):
    policy = AddressPolicy(ports=[int(canary)]) if production else Loopback()
    http = await world.http(policy=policy, resolver=Inside())
    for host in HOSTS:
        await refused(door, http, told(host, canary))
    assert outside.connected == []
    assert world.asked == []


@by_every_door
async def test_no_redirect_is_followed_into_a_private_network(world, canary, door):
    """The first hop is public; where a door follows redirects, the second is where it ends."""

    async def leading(_, writer):
        path = world.asked[-1].split(b" ")[1].decode()
        if path == "/robots.txt":
            return writer.write(reply(status="404 None"))
        target = told(HOSTS[int(path.split("/")[1])], canary).encode()
        head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "
        return writer.write(head + target + b"\r\n\r\n")

    http = await world.http(resolver=Inside())
    address = await world.serve(leading)
    for n in range(len(HOSTS)):
        await refused(door, http, f"{address}/{n}/")
    assert len(world.asked) >= len(HOSTS)


@by_every_door
async def test_no_name_leads_into_a_private_network_once_it_was_trusted(world, canary, door):
    """Each name is public at its first lookup, and nobody listens there; at its second it is private."""
    answers = {f"n{n}_example": [["127.0.1.99"], [address]] for n, address in enumerate(ADDRESSES)}
    http = await world.http(resolver=Names(**answers))
    for n in range(len(ADDRESSES)):
        for _ in range(2):
            await refused(door, http, f"http://n{n}.example:{canary}/")
    assert set(outside.connected) == {"127.0.1.99"}


async def test_a_name_that_flips_a_thousand_times_never_leads_astray(world, canary):
    http = await world.http(resolver=Names(flip_example=[["127.0.1.99"], ["127.0.2.1"]] * 500))
    for _ in range(1000):
        with pytest.raises(TrendError):
            await http.get(f"http://flip.example:{canary}/")
    assert outside.connected.count("127.0.1.99") == 500
    assert strays() == []


async def test_a_public_name_beside_them_is_asked_by_every_door(world):
    """The doors above are doors: what is public they do ask."""
    address = await world.serve(reply(b"[]"))
    port = address.rpartition(":")[2]
    for door in DOORS:
        http = await world.http(resolver=Names(public_example=[["127.0.1.1"]]))
        before = len(world.asked)
        outcome = await asyncio.gather(
            DOORS[door](http, f"http://public.example:{port}/"), return_exceptions=True
        )
        assert not isinstance(outcome[0], Unavailable)
        assert len(world.asked) > before, door


def test_the_addresses_are_what_they_are_called():
    assert not any(AddressPolicy().reachable(ip_address(address)) for address in ADDRESSES)
