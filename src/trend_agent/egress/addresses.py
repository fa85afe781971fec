"""Which addresses may be asked: the public internet, on the ports of the web, and nothing else.

The networks are those of the IANA special-purpose address registries (IPv4, IPv6) that are not globally
reachable, and a few that are reachable but never a publisher. Python's `is_global` and `is_private` are not
used: on some versions they let multicast, 6to4, NAT64 and site-local addresses through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from yarl import URL

from trend_agent.errors import Rejected

PORTS = frozenset({80, 443, 8080, 8443})

NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their metadata here
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent on a public-looking address
        "169.254.0.0/16",  # link-local, most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

PUBLIC_6 = IPv6Network("2000::/3")
"""All that IANA has given out as global unicast."""

NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, with Teredo, which would carry any IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which would carry any IPv4 address
        "3fff::/20",  # documentation
    )
)

NAT64 = IPv6Network("64:ff9b::/96")
"""How a network without IPv4 reaches IPv4: the last 32 bits are the address that counts."""

NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*\.?")
NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")

LONGEST = 8192
"""Characters of an address."""


class AddressPolicy:
    """What may be connected to: public addresses, on `PORTS` and the further `ports` given.

    No argument makes a private address public. Who needs that (a test against a loopback server)
    writes a subclass that overrides `reachable`.
    """

    def __init__(self, *, ports: Iterable[int] = ()) -> None:
        self.ports = PORTS | frozenset(ports)

    def public(self, address: str) -> bool:
        """Whether the numeric `address` lies in the public internet."""
        try:
            return self.reachable(ip_address(address))
        except ValueError:
            return False

    def reachable(self, address: IPv4Address | IPv6Address) -> bool:
        return is_public(address)

    def port(self, number: int | None) -> bool:
        return number in self.ports

    def parsed(self, text: str, *, base: URL | None = None) -> URL:
        """The address as the connector will read it, relative to `base`; Rejected where we may not ask it."""
        plain = text.strip()
        if len(plain) > LONGEST or FORBIDDEN.search(plain):
            raise Rejected(
                f"cannot use the address {plain[:200]!r}: it is too long or holds control characters"
            )
        try:
            url = base.join(URL(plain)) if base else URL(plain)
            host, port = url.raw_host, url.port
        except ValueError as fault:
            raise Rejected(f"cannot read the address {plain[:200]!r}: {fault}") from fault
        if reason := self._refusal(url, host, port):
            raise Rejected(f"will not ask {shown(url)!r}: {reason}")
        return url.with_fragment(None)

    def _refusal(self, url: URL, host: str | None, port: int | None) -> str:
        if url.scheme not in {"http", "https"}:
            return "only http and https are spoken"
        if url.raw_user is not None or url.raw_password is not None:
            return "an address must not carry a user name or password"
        if not host:
            return "it names no host"
        if not self.port(port):
            return f"port {port} is not one of {', '.join(map(str, sorted(self.ports)))}"
        return self._host_refusal(host)

    def _host_refusal(self, host: str) -> str:
        last = host.rstrip(".").rpartition(".")[2]
        if ":" in host or NUMBER.fullmatch(last):  # a resolver would read 127.1 or 0x7f.1 as an address
            return "" if self.public(host) else "it is no public address"
        if not NAME.fullmatch(host) or len(host) > 254:
            return "its host is no valid name"
        if last == "localhost":
            return "it is this machine"
        return ""


class NamedOrigin(AddressPolicy):
    """One origin that the operator named in the settings, such as a model on this machine, and nothing else.

    What an operator names is trusted wherever it lies; a redirect elsewhere is not.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        try:
            self.origin = URL(url).origin()
        except ValueError as fault:
            raise Rejected(f"cannot read the address {url[:200]!r}: {fault}") from fault

    def reachable(self, address: IPv4Address | IPv6Address) -> bool:
        return True

    def port(self, number: int | None) -> bool:
        return number == self.origin.port

    def _refusal(self, url: URL, host: str | None, port: int | None) -> str:
        if url.scheme in {"http", "https"} and url.raw_user is None and url.origin() == self.origin:
            return ""
        return f"only {str(self.origin)!r} is named in the settings"


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in PUBLIC_6 and not any(address in network for network in NOT_PUBLIC_6)


def shown(url: URL) -> str:
    """An address fit for a message: without what may be secret (user, password, query)."""
    plain = url.with_query(None).with_fragment(None)
    return str(plain.with_user(None) if plain.absolute and plain.raw_host else plain)[:200]
