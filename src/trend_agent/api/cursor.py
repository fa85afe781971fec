"""Places in lists, as texts that a reader hands back to get the next page. What they say is ours alone and may
change; each kind begins with a letter of its own, so that one is never taken for another's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from trend_agent.errors import Missing, Rejected
from trend_agent.items import EARLIEST, digest

LARGEST = 2**53
"""No list is longer, and every store and every reader can hold it."""

NUMBER = "[0-9]{1,15}"
EPOCH = EARLIEST.replace(year=1970)
MILLISECOND = timedelta(milliseconds=1)
REACH = timedelta(days=84_000)
"""What lies further ahead is no moment of anything that is kept."""

Of = Literal["items", "found", "said", "alerts", "runs", "deeds", "calls"]

LETTERS: dict[Of, str] = {
    "items": "i",
    "found": "f",
    "said": "c",
    "alerts": "a",
    "runs": "r",
    "deeds": "d",
    "calls": "k",
}

TRENDS = rf"^(t{NUMBER}-[0-9]{{12,13}})?$"
SOURCES = r"^(s[0-9a-f]{16})?$"
EXECUTIONS = rf"^(e{NUMBER}-[0-9a-f]{{16}})?$"
"""How the places of these lists are written; none is the beginning."""


def pattern(of: Of) -> str:
    """How a place of a list of that kind is written; none is the beginning."""
    return rf"^({LETTERS[of]}{NUMBER})?$"


def behind(of: Of, number: int) -> str:
    """The place behind a number of a list of that kind."""
    return f"{LETTERS[of]}{number}"


def number_at(of: Of, cursor: str) -> int:
    found = re.fullmatch(rf"{LETTERS[of]}({NUMBER})", cursor, re.ASCII)
    if found is None:
        raise _unknown(cursor)
    return int(found[1])


def trends_after(rank: int, at: datetime) -> str:
    """The place behind a rank of the list that held at a moment: pages of one list stay pages of it."""
    return f"t{rank}-{(at - EPOCH) // MILLISECOND}"


def trends_place(cursor: str) -> tuple[int, datetime]:
    found = re.fullmatch(rf"t({NUMBER})-([0-9]{{12,13}})", cursor, re.ASCII)
    if found is None:
        raise _unknown(cursor)
    return int(found[1]), max(EPOCH + int(found[2]) * MILLISECOND, EARLIEST)


def items_after(seq: int) -> str:
    """The place behind one in the log."""
    return behind("items", seq)


def items_place(cursor: str) -> int:
    return number_at("items", cursor)


def found_after(number: int) -> str:
    """The place behind so many found items."""
    return behind("found", number)


def found_place(cursor: str) -> int:
    return number_at("found", cursor)


def deeds_before(number: int) -> str:
    """The place behind a line of the audit log, which is read backwards."""
    return behind("deeds", number)


def deeds_place(cursor: str) -> int:
    return number_at("deeds", cursor)


def after_key(key: str) -> str:
    """The place behind a source of the list of sources."""
    return f"s{digest(key)}"


def place_among(keys: Sequence[str], cursor: str) -> int:
    """How many of these come before the place. `Missing` where the source it lies behind has gone since."""
    place = next((n for n, key in enumerate(keys, 1) if after_key(key) == cursor), None)
    if place is None:
        raise Missing("the source that this page begins behind is gone; begin with the first page")
    return place


def executions_after(created: datetime, mark: str) -> str:
    """The place behind an execution, by when it was created and the mark of its id."""
    return f"e{(created - EPOCH) // MILLISECOND}-{mark}"


def executions_place(cursor: str) -> tuple[datetime, str]:
    found = re.fullmatch(rf"e({NUMBER})-([0-9a-f]{{16}})", cursor, re.ASCII)
    if found is None:
        raise _unknown(cursor)
    return EPOCH + min(int(found[1]) * MILLISECOND, REACH), found[2]


def _unknown(cursor: str) -> Rejected:
    return Rejected(f"no page at the cursor {cursor[:80]!r}; it should be the 'next' of an earlier answer")
