"""What comes back: the answer, what its status means for us, its body unpacked, and when to ask again."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from trend_agent.errors import Denied, Missing, Rejected, TrendError, Unavailable

RETRY_LEAST = 1.0
RETRY_MOST = 86400.0
"""Seconds: a server's wish to be left alone is kept within these."""

LONGEST_VALIDATOR = 1024

LONGEST_REFUSAL = 64 << 10
"""Bytes of an answer that did not go well that are read for what it says."""


class Gone(Missing):
    """It was there and will not come back (410): do not ask again."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request that went well: 200 with its body unpacked, or 304 without one.

    `url` is where it came from after redirects. `headers` have lower-case names; where one came several
    times the last counts. `validators` are to be handed to the next request for the same address as they are.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    validators: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str | None:
        return self.validators.get("etag")

    @property
    def last_modified(self) -> str | None:
        return self.validators.get("last_modified")

    @property
    def not_modified(self) -> bool:
        return self.status == 304


Explain = Callable[[Response], TrendError | None]
"""What a platform means by an answer that did not go well, by its own documentation of status, headers and body;
None where it says no more than its status."""


def validators(headers: Mapping[str, str]) -> dict[str, str]:
    """What to send back next time, byte for byte; what could not be sent back so is left out."""
    found = {"etag": headers.get("etag", ""), "last_modified": headers.get("last-modified", "")}
    return {name: value for name, value in found.items() if echoable(value)}


def echoable(value: str) -> bool:
    return 0 < len(value) <= LONGEST_VALIDATOR and value.isascii() and value.isprintable()


def refusal(status: int, where: str, retry_after: float | None) -> TrendError:
    """The error a status other than 200 and 304 stands for."""
    said = f"{where!r} answered {status}"
    if status in {401, 402, 403, 407, 451}:
        return Denied(f"{said}: it does not let us in")
    if status == 410:
        return Gone(f"{said}: it is gone for good")
    if status == 404:
        return Missing(f"{said}: there is no such page")
    if status in {408, 421, 425, 429} or status >= 500:
        return Unavailable(said, retry_after=retry_after)
    return Rejected(f"{said}, expected 200")


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, number or date, within our limits; None where unreadable."""
    if not value:
        return None
    if value.isascii() and value.lstrip("-").isdigit():
        return clamped(float(value[:12]))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return clamped((moment - now).total_seconds())


def clamped(seconds: float) -> float:
    return min(max(seconds, RETRY_LEAST), RETRY_MOST)


def unpacked(body: bytes, coding: str, most: int) -> bytes:
    """The body without its content coding: at most `most` bytes, of one gzip member and nothing behind it.

    Work is bounded by `most`, whatever the ratio and however many members are lined up.
    """
    if coding in {"", "identity"}:
        return body
    if coding not in {"gzip", "x-gzip"}:
        raise Rejected(f"the body is coded as {coding[:50]!r}, asked for was gzip or nothing")
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        plain = stream.decompress(body, most + 1)
    except zlib.error as fault:
        raise Rejected(f"the body is no gzip stream ({fault})") from fault
    if len(plain) > most:
        raise Rejected(f"the body unpacks to over {most} bytes")
    if not stream.eof:
        raise Unavailable("the gzip stream of the body breaks off")
    if stream.unused_data:
        raise Rejected("something follows the gzip stream of the body, expected one member")
    return plain
