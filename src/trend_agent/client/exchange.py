"""The conversation with a server, without the wire: what to send, how long to wait, what an answer means.

`exchange` yields what whoever drives it has to do (send something, or wait for some seconds) and is told what came
of it, so that the client that blocks and the one that awaits are the same.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import orjson

from trend_agent import __version__
from trend_agent.client.answers import Event, Page
from trend_agent.client.operations import Operation
from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Rejected, TrendError, Unavailable

T = TypeVar("T")

SILENCE = 60.0
"""Seconds without a word, not even a ping, after which a stream counts as lost."""

FAULTS: Mapping[int, type[TrendError]] = {
    401: Denied, 403: Denied, 404: Missing, 408: Unavailable, 409: Conflict, 429: Unavailable, 502: Unavailable,
    503: Unavailable, 504: Unavailable,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """Whom to ask, as whom, and how patiently: `tries` in all, `longest` seconds of waiting that a server may ask
    for, `seconds` for an answer. `Misconfigured` where the address or the key is none."""

    address: str
    key: str = field(default="", repr=False)
    tries: int = 4
    longest: float = 60.0
    seconds: float = 30.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
            raise Misconfigured(
                f"the address of a server should be like 'http://127.0.0.1:8765', found {self.address!r}"
            )
        if not re.fullmatch(r"[!-~]*", self.key):
            raise Misconfigured("a key should be 'trend_…' in one line, without blanks before or behind it")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it goes over the wire."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came, its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Step = Sent | float
"""What is to be done: send this, or wait for so many seconds."""


def sent(operation: Operation[Any], terms: Terms) -> Sent:
    """What an operation sends. A write gets a key of its own, under which a server does it once however often it is
    sent."""
    headers = {"Accept": "application/json", "User-Agent": f"trend-agent-client/{__version__}"}
    if terms.key:
        headers["Authorization"] = f"Bearer {terms.key}"
    if operation.method != "GET":
        headers["Idempotency-Key"] = uuid4().hex
    body = None
    if operation.body is not None:
        headers["Content-Type"] = "application/json"
        body = orjson.dumps({k: v for k, v in operation.body.items() if v is not None})
    given = {
        k: _written(v) for k, v in operation.query.items() if v is not None and v is not False and v != ""
    }
    query = urlencode(given, doseq=True)
    url = f"{terms.address.rstrip('/')}/api/v1{operation.path}{'?' if query else ''}{query}"
    return Sent(operation.method, url, headers, body)


def exchange(operation: Operation[T], terms: Terms) -> Generator[Step, Reply | Unavailable | None, T]:
    """The conversation about one operation, up to what it answers."""
    request = sent(operation, terms)
    tried = 0
    while True:
        tried += 1
        reply = yield request
        if isinstance(reply, Reply) and 200 <= reply.status < 300:
            return _read(operation, reply)
        assert reply is not None
        yield from again(reply, tried, terms)


def again(reply: Reply | Unavailable, tried: int, terms: Terms) -> Iterator[float]:
    """How long to wait before the next try; raises what went wrong where there is no sense in one."""
    fault = reply if isinstance(reply, Unavailable) else fault_of(reply)
    asked = _seconds(reply.headers.get("retry-after")) if isinstance(reply, Reply) else None
    wait = 0.25 * 2**tried if asked is None else asked
    hopeless = asked is None and not isinstance(fault, Unavailable)
    if hopeless or tried >= terms.tries or wait > terms.longest:
        raise fault
    yield wait


def following(operation: Operation[Page[T]], page: Page[T]) -> Operation[Page[T]] | None:
    """What asks for the next page; None behind the last."""
    return replace(operation, query={**operation.query, "cursor": page.next}) if page.next else None


def fault_of(reply: Reply) -> TrendError:
    """What an answer that is none means, in the server's words."""
    told = _problem(reply)
    kind = FAULTS.get(reply.status, TrendError if reply.status >= 500 else Rejected)
    if reply.status == 502 and told:  # the server's own word, and not that of a proxy before it
        kind = Denied
    words = told.get("detail") or f"the server answered {reply.status}"
    if reply.status < 400:
        words += f", leading to {reply.headers.get('location')!r}: no address but the given one is asked"
    if kind is Unavailable:
        return Unavailable(words, retry_after=_seconds(reply.headers.get("retry-after")))
    fault = kind(words)
    if told.get("request_id"):
        fault.add_note(f"request {told['request_id']}")
    return fault


@dataclass(slots=True)
class Following:
    """A stream that is followed over as many connections as it takes."""

    operation: Operation[None]
    terms: Terms
    last: str = ""
    tried: int = 0
    rest: bytes = b""

    def sent(self) -> Sent:
        """What opens the stream, behind the last event that was read."""
        self.rest = b""
        request = sent(self.operation, self.terms)
        resumed = {"Last-Event-ID": self.last} if self.last else {}
        return replace(request, headers={**request.headers, "Accept": "text/event-stream", **resumed})

    def take(self, chunk: bytes) -> Iterator[Event]:
        """The events that are whole with these bytes; a ping is none."""
        *whole, self.rest = (self.rest + chunk).split(b"\n\n")
        for text in whole:
            told = dict(line.split(": ", 1) for line in text.decode().split("\n") if ": " in line)
            self.tried = 0
            self.last = told.get("id", self.last)
            if told.get("event") != "ping":
                yield Event(told.get("event", "message"), self.last, orjson.loads(told.get("data", "{}")))

    def pause(self, reply: Reply | Unavailable) -> float:
        """Seconds until it is opened again; raises what went wrong where there is no sense in that."""
        self.tried += 1
        return next(iter(again(reply, self.tried, self.terms)))


def _read(operation: Operation[T], reply: Reply) -> T:
    where = reply.headers.get("location", "")
    if reply.status == 202 and "/orders/" in where:
        raise Unavailable(f"{operation.path} was ordered and is not done yet; {where} tells what comes of it")
    try:
        return operation.read(orjson.loads(reply.body) if reply.body else None)
    except (ValueError, KeyError, TypeError) as fault:
        raise TrendError(f"{operation.path} was answered in a way that is not known here: {fault}") from fault


def _problem(reply: Reply) -> Mapping[str, Any]:
    """The problem+json of an answer; nothing where it is none, as from a proxy on the way."""
    if not reply.headers.get("content-type", "").startswith("application/problem+json"):
        return {}
    try:
        told = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat() if value.tzinfo else f"{value.isoformat()}Z"
    return "true" if value is True else value


def _seconds(given: str | None) -> float | None:
    """What `Retry-After` says, as seconds or as a date."""
    try:
        return max(0.0, float(given)) if given else None
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(given or "") - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
