"""What a request shows of itself, read from its headers in one go."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

COOKIE = "trend_session"
Networks = Sequence[IPv4Network | IPv6Network]

_ID = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")
_COOKIE = re.compile(rb"(?:^|;\s*)" + COOKIE.encode() + rb"=([A-Za-z0-9_-]*)")

READ = {
    b"authorization",
    b"content-encoding",
    b"content-length",
    b"cookie",
    b"host",
    b"idempotency-key",
    b"origin",
    b"range",
    b"x-csrf-token",
    b"x-forwarded-for",
    b"x-request-id",
}


class Shown:
    """The headers that decide who somebody is and what is done with the request."""

    __slots__ = ("headers", "several")

    def __init__(self, asgi: Mapping[str, Any]) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.several: set[bytes] = set()
        for name, value in asgi["headers"]:
            if name in READ:
                if name in self.headers:
                    self.several.add(name)
                    self.headers[name] += b", " + value
                else:
                    self.headers[name] = value

    def get(self, name: bytes) -> bytes:
        return self.headers.get(name, b"")

    def cookie(self) -> str:
        """The cookie of who is logged in, or nothing."""
        found = _COOKIE.search(self.headers[b"cookie"]) if b"cookie" in self.headers else None
        return found[1].decode() if found else ""

    def request_id(self) -> str:
        """The id the caller gave the request, where it is well-formed, or a new one."""
        given = self.headers.get(b"x-request-id")
        if given is not None and _ID.fullmatch(given):
            return given.decode()
        return secrets.token_hex(8)


def address(asgi: Mapping[str, Any], shown: Shown, proxies: Networks) -> str:
    """Where a request comes from. X-Forwarded-For is believed from trusted proxies alone, read from the right."""
    near = asgi["client"][0] if asgi.get("client") else ""
    if not proxies or not _among(near, proxies):
        return near
    for part in reversed(shown.get(b"x-forwarded-for").decode("latin-1").split(",")):
        found = _address(part.strip())
        if found is None:
            break
        near = found
        if not _among(near, proxies):
            break
    return near


@lru_cache(1024)
def counted(address: str) -> str:
    """Under what an address is counted: one who has an IPv6 network has all its addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Network((found, 64), strict=False))
    return str(found.ipv4_mapped or found) if isinstance(found, IPv6Address) else address


@lru_cache(1024)
def loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _among(text: str, networks: Networks) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return any(found in network for network in networks)
