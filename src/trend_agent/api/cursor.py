"""Places in lists, as opaque texts that a reader hands back to get the next page."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Literal

import orjson

from trend_agent.api.parameters import reachable
from trend_agent.errors import Rejected
from trend_agent.items import stamp

Of = Literal["said", "alerts", "runs", "calls"]

LARGEST = 2**53
"""No list is longer, and every store and every reader can hold it."""


def trends_after(rank: int, at: datetime) -> str:
    """The place behind a rank of the list that held at a moment: pages of one list stay pages of it."""
    return _seal(["trends", rank, stamp(at)])


def trends_place(cursor: str) -> tuple[int, datetime]:
    match _opened(cursor):
        case ["trends", int(rank), str(at)] if 0 <= rank < LARGEST:
            return rank, _moment(at, cursor)
    raise _unknown(cursor)


def items_after(seq: int) -> str:
    """The place behind one in the log."""
    return _seal(["items", seq])


def items_place(cursor: str) -> int:
    match _opened(cursor):
        case ["items", int(seq)] if 0 <= seq < LARGEST:
            return seq
    raise _unknown(cursor)


def found_after(number: int) -> str:
    """The place behind so many found items."""
    return _seal(["found", number])


def found_place(cursor: str) -> int:
    match _opened(cursor):
        case ["found", int(number)] if 0 <= number < LARGEST:
            return number
    raise _unknown(cursor)


def behind(of: Of, number: int) -> str:
    """The place behind a number of a list of that kind."""
    return _seal([of, number])


def number_at(of: Of, cursor: str) -> int:
    match _opened(cursor):
        case [str(kind), int(number)] if kind == of and 0 <= number < LARGEST:
            return number
    raise _unknown(cursor)


def deeds_before(number: int) -> str:
    """The place behind a line of the audit log, which is read backwards."""
    return _seal(["deeds", number])


def deeds_place(cursor: str) -> int:
    match _opened(cursor):
        case ["deeds", int(number)] if 0 <= number < LARGEST:
            return number
    raise _unknown(cursor)


def after_key(key: str) -> str:
    """The place behind a source of the list of sources."""
    return _seal(["source", key])


def key_at(cursor: str) -> str:
    match _opened(cursor):
        case ["source", str(key)]:
            return key
    raise _unknown(cursor)


def executions_after(created: datetime, execution: str) -> str:
    """The place behind an execution, by when it was created."""
    return _seal(["executions", stamp(created), execution])


def executions_place(cursor: str) -> tuple[datetime, str]:
    match _opened(cursor):
        case ["executions", str(created), str(execution)]:
            return _moment(created, cursor), execution
    raise _unknown(cursor)


def _seal(parts: list[object]) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _opened(cursor: str) -> object:
    try:
        return orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        raise _unknown(cursor) from None


def _moment(text: str, cursor: str) -> datetime:
    try:
        return reachable(datetime.fromisoformat(text))
    except ValueError:
        raise _unknown(cursor) from None


def _unknown(cursor: str) -> Rejected:
    return Rejected(f"no page at the cursor {cursor[:80]!r}; it should be the 'next' of an earlier answer")
