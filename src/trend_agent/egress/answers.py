"""What comes back: the answer, what its status means for us, its body unpacked, and when to ask again."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from yarl import URL

from trend_agent.egress.addresses import shown
from trend_agent.egress.wire import COMPLAINT, Reply
from trend_agent.errors import Denied, Missing, Rejected, TrendError, Unavailable

RETRY_LEAST = 1.0
RETRY_MOST = 86400.0
"""Seconds: a server's wish to be left alone is kept within these."""

LONGEST_VALIDATOR = 1024

EPOCH = 1e9
"""A moment of reset over this counts from 1970, a smaller one from now: platforms write either."""

QUOTAS = ("x-ratelimit", "x-rate-limit", "ratelimit")
"""How the headers begin that tell what is left of a quota (`-remaining`) and when it is renewed (`-reset`)."""

QUOTA = re.compile(r";\s*r=(\d+).*?;\s*t=(\d+)")
"""The same in one header `RateLimit`, as the IETF's draft (httpapi-ratelimit-headers) has it."""


class Gone(Missing):
    """It was there and will not come back (410): do not ask again."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request: what went well with its body unpacked, 304 without one.

    `url` is where it came from after redirects, `moved` says that all of those were for good (301, 308). `headers`
    have lower-case names; where one came several times the last counts. `validators` are to be handed to the next
    request for the same address as they are. Of an error, `body` is empty where it is over 64 KiB.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    validators: Mapping[str, str] = field(default_factory=dict)
    moved: bool = False

    @property
    def etag(self) -> str | None:
        return self.validators.get("etag")

    @property
    def last_modified(self) -> str | None:
        return self.validators.get("last_modified")

    @property
    def not_modified(self) -> bool:
        return self.status == 304

    def json(self) -> Any:
        """Rejected where it is none, is nested over 1,024 deep or holds NaN."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as fault:
            raise Rejected(f"{shown(URL(self.url))!r} answered no JSON ({fault})") from fault


Explain = Callable[[Response], TrendError | None]
"""What an answer other than the hoped for means on one platform; None leaves it to the status."""


def validators(headers: Mapping[str, str]) -> dict[str, str]:
    """What to send back next time, byte for byte; what could not be sent back so is left out."""
    found = {"etag": headers.get("etag", ""), "last_modified": headers.get("last-modified", "")}
    return {name: value for name, value in found.items() if echoable(value)}


def echoable(value: str) -> bool:
    return 0 < len(value) <= LONGEST_VALIDATOR and value.isascii() and value.isprintable()


def meaning(url: URL, reply: Reply, explain: Explain | None, now: datetime) -> TrendError:
    """The error an answer stands for: by `explain` where that knows, else by its status."""
    if explain:
        answer = Response(reply.status, str(url), reply.headers, complaint(reply.body, reply.coding))
        if known := explain(answer):
            return known
    return refusal(reply.status, shown(url), rest_wanted(reply.status, reply.headers, now))


def refusal(status: int, where: str, wait: float | None) -> TrendError:
    """The error a status stands for; `wait` is how long the host wants no request, None where it does not say."""
    said = f"{where!r} answered {status}"
    if status in {408, 421, 425, 429} or status >= 500 or (status == 403 and wait):
        return Unavailable(said, retry_after=wait)
    if status in {401, 402, 403, 407, 451}:
        return Denied(f"{said}: it does not let us in")
    if status == 410:
        return Gone(f"{said}: it is gone for good")
    if status == 404:
        return Missing(f"{said}: there is no such page")
    return Rejected(f"{said}, expected 200")


def rest_wanted(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds for which the host wants no further request: it says so, or nothing is left of our quota."""
    left, renewed = quota(headers, now)
    if status in {408, 425, 429} or status >= 500:
        asked = retry_after(headers.get("retry-after"), now)
        return asked if asked or status != 429 else renewed
    return renewed if left == 0 else None


def quota(headers: Mapping[str, str], now: datetime) -> tuple[float | None, float | None]:
    """How many requests are left to us, and the seconds until there are more; None where it does not say."""
    if found := QUOTA.search(headers.get("ratelimit", "")):
        return float(found[1]), clamped(float(found[2]))
    for name in QUOTAS:
        left, renewed = number(headers.get(f"{name}-remaining")), number(headers.get(f"{name}-reset"))
        if renewed is not None:
            return left, clamped(renewed - now.timestamp() if renewed > EPOCH else renewed)
    return None, None


def number(value: str | None) -> float | None:
    """A count or a moment as a header has it, such as `12`, `0.0`, `1700000000`."""
    digits = (value or "").strip()[:20]
    return float(digits) if re.fullmatch(r"[0-9]+(\.[0-9]*)?", digits, re.ASCII) else None


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
        if len(body) > most:
            raise Rejected(f"the body has over {most} bytes")
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


def complaint(body: bytes, coding: str) -> bytes:
    """What the body of an error says; nothing where it is long or damaged: then its status says enough."""
    try:
        return unpacked(body, coding, COMPLAINT)
    except (Rejected, Unavailable):
        return b""
