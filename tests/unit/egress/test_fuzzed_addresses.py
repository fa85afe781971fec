"""Whatever is written, what was checked is what is connected to: one parser, one verdict.

`pytest --hypothesis-profile=thorough` asks a hundred thousand addresses (`python -m bench.addresses`).
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, ip_address
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_world import Names

from trend_agent.egress import AddressPolicy, Limits
from trend_agent.egress.wire import Wire
from trend_agent.errors import Rejected, TrendError, Unavailable

NEVER = (
    "192.88.99.1 224.0.0.1 239.1.1.1 168.63.129.16 ::127.0.0.1 64:ff9b:1::7f00:1 2002:7f00:1:: fec0::1 ff02::1"
    " 3fff::1 5f00::1"
)
"""What Python takes for global and nobody may ask."""

RADIX = (str, lambda n: f"0x{n:x}", lambda n: f"0{n:o}", lambda n: f"{n:03}", lambda n: f"0X{n:X}")
DIGITS = [
    str.maketrans("0123456789", script) for script in ("⓪①②③④⑤⑥⑦⑧⑨", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩")
]
DOTS = st.sampled_from(". . . 。 ． ｡ %2e".split(" "))  # noqa: SIM905


@st.composite
def numbers(draw) -> str:
    """An IPv4 address in one of the many ways in which somebody's parser reads one."""
    address = int(draw(st.one_of(st.ip_addresses(v=4), st.sampled_from([*map(IPv4Address, PRIVATE)]))))
    parts = draw(st.integers(1, 4))
    octets = [address >> 24 & 255, address >> 16 & 255, address >> 8 & 255][: parts - 1]
    octets.append(address & (1 << 8 * (5 - parts)) - 1)
    text = draw(DOTS).join(draw(st.sampled_from(RADIX))(octet) for octet in octets)
    text = text.translate(draw(st.sampled_from(DIGITS))) if draw(st.booleans()) else text
    return text + draw(st.sampled_from(["", "", ".", "%00", "\u00ad", "%2e"]))


PRIVATE = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1", "100.100.100.200", "0.0.0.0"]

sixes = st.one_of(
    st.ip_addresses(v=6).map(str),
    st.sampled_from(PRIVATE).map(lambda four: f"::ffff:{four}"),
    st.ip_addresses(v=4).map(lambda four: f"64:ff9b::{four}"),
    st.sampled_from(NEVER.split()[4:]),
).map(lambda six: f"[{six}]")
names = st.from_regex(r"[a-zA-Z0-9_-]{1,12}(\.[a-zA-Z0-9_-]{1,8}){0,3}\.?", fullmatch=True)
hosts = st.one_of(numbers(), numbers(), sixes, names, st.text(max_size=12), st.sampled_from(NEVER.split()))


@st.composite
def addresses(draw) -> str:
    scheme = draw(
        st.sampled_from(["http://", "http://", "https://", "HTTP://", "//", "http:", "http:\\\\", "http:///"])
    )
    user = draw(st.sampled_from(["", "", "", "good.example@", "a:b@", "%40", "@", "good.example%40"]))
    port = draw(st.sampled_from(["", "", ":80", ":8080", ":22", ":", ":080", ":99999", ":８０"]))
    tail = draw(
        st.sampled_from(["", "/", "/feed", "#@good.example/", "?@good.example", "\\@good.example", "/..//"])
    )
    host = draw(hosts)
    return f"{scheme}{user}{quote(host, safe='[]:.%') if draw(st.booleans()) else host}{port}{tail}"


class Watched(AddressPolicy):
    """Says what is really connected to, and stops it there."""

    def __init__(self) -> None:
        super().__init__()
        self.sockets: list[str] = []
        self.connecting = False

    def public(self, address: str) -> bool:
        if self.connecting:
            self.sockets.append(address)
        return super().public(address)

    def port(self, number: int | None) -> bool:
        if self.connecting:
            raise Unavailable("a socket would be made now")
        return super().port(number)


class Nowhere(Names):
    """Notes which names are looked up; all of them are at one address."""

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.asked: list[str] = []

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        self.asked.append(host)
        self.answers = {host: [[self.address]]}
        found = await super().resolve(host, port, family)
        return [
            {**one, "family": socket.AF_INET6 if ":" in self.address else socket.AF_INET} for one in found
        ]


class Connector:
    """The very one of the product, stopped before a socket is made."""

    def __init__(self) -> None:
        self.policy, self.names = Watched(), Nowhere()
        self.loop = asyncio.Runner()
        self.wire = Wire(self.policy, Limits(), resolver=self.names)

    def connect(self, text: str, address: str) -> str:
        """How far a text gets: `refused` when it is read, `stopped` on the way, `socket` where one is made."""
        self.names.address = address
        self.names.asked.clear()
        self.policy.sockets.clear()
        try:
            url = self.policy.parsed(text)
        except Rejected:
            return "refused"
        self.policy.connecting = True
        try:
            self.loop.run(self.wire.ask("GET", url, headers={}))
        except Unavailable as fault:
            assert "a socket would be made now" in str(fault), fault
            return "socket"
        except TrendError:
            return "stopped"
        finally:
            self.policy.connecting = False
        raise AssertionError("nobody answers here")


@pytest.fixture(scope="module")
def connector() -> Iterator[Connector]:
    made = Connector()
    yield made
    made.loop.run(made.wire.close())
    made.loop.close()


def numeric(host: str) -> str | None:
    """The address the system reads a host as without any lookup: `inet_aton` knows octal and short forms."""
    with suppress(OSError, UnicodeError, ValueError):
        return str(ip_address(socket.inet_pton(socket.AF_INET6, host)))
    with suppress(OSError, UnicodeError, ValueError):
        return str(ip_address(socket.inet_aton(host)))
    return None


def believed_public(address: str) -> bool:
    """Another opinion than ours: Python's, and the list of what it gets wrong."""
    found = ip_address(address)
    return found.is_global and not found.is_multicast and address not in NEVER.split()


@given(addresses(), st.one_of(st.ip_addresses().map(str), st.sampled_from(NEVER.split() + PRIVATE)))
@settings(deadline=None)
def test_what_is_checked_is_what_is_connected_to(connector, text, address):
    policy, names = connector.policy, connector.names
    outcome = connector.connect(text, address)
    if outcome == "refused":
        assert not policy.sockets
        return
    host = policy_host(text)
    assert not names.asked or names.asked[0] == host
    if (meant := numeric(host)) is not None:
        assert not names.asked, "a number was looked up as a name"
        assert outcome == "socket"
        assert believed_public(meant), meant
        assert {ip_address(one) for one in policy.sockets} == {ip_address(meant)}
    else:
        assert outcome == ("socket" if AddressPolicy().public(address) else "stopped")
        assert believed_public(address) or outcome == "stopped"


def policy_host(text: str) -> str:
    """The host as another parser finds it in what ours made of the text."""
    url = AddressPolicy().parsed(text)
    found = urlsplit(str(url))
    assert found.scheme in {"http", "https"}
    assert found.username is None
    assert found.password is None
    assert found.hostname == url.raw_host
    return found.hostname or ""


@pytest.mark.parametrize("address", NEVER.split())
def test_where_python_is_wrong_we_are_not(address):
    assert not AddressPolicy().public(address)


@given(st.ip_addresses())
@settings(deadline=None)
def test_nothing_is_public_that_python_takes_for_private(address):
    assert not (AddressPolicy().reachable(address) and not believed_public(str(address)))
