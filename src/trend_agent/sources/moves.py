"""Feeds that say they have moved for good (301, 308): believed once they keep saying it, undone where it was wrong.

A source keeps its key and its items their ids; only the address that is asked changes. It stands in the cursor, as
durable as the place in the feed, and is checked at the door like any other each time it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trend_agent.egress import Response
from trend_agent.observability.log import logger

log = logger("sources")

TIMES = 3
"""Visits that must have been sent to the same address for good before it is asked instead."""

SPAN = timedelta(hours=24)
"""The time these visits must span: a mistake in a server's settings is mended sooner."""


@dataclass(frozen=True, slots=True)
class Move:
    """A move that was taken up: from which address, to which, and when."""

    origin: str
    to: str
    at: datetime


def taken_up(value: Mapping[str, Any]) -> Move | None:
    """The move a cursor's value holds."""
    row = value.get("moved")
    return Move(row["from"], row["to"], datetime.fromisoformat(row["at"])) if row else None


def address(url: str, since: Mapping[str, Any]) -> str:
    """Where to ask for the feed that is known by `url`. A move of another address says nothing of this one."""
    move = taken_up(since)
    return move.to if move and move.origin == url else url


def heard(url: str, asked: str, since: Mapping[str, Any], answer: Response, now: datetime) -> dict[str, Any]:
    """What the cursor of the feed known by `url` holds of moves after `answer` came from the address `asked`."""
    kept = {"moved": since["moved"]} if asked != url else {}
    if not answer.moved or answer.url == asked or downgraded(asked, answer.url):
        return kept
    before = since.get("heard") or {}
    same = (before.get("from"), before.get("to")) == (asked, answer.url)
    first = before["since"] if same else now.isoformat()
    times = before["times"] + 1 if same else 1
    if times < TIMES or now - datetime.fromisoformat(first) < SPAN:
        return {**kept, "heard": {"from": asked, "to": answer.url, "times": times, "since": first}}
    if answer.url == url:
        return {}
    log.info("a source has moved for good", source=url, to=answer.url)
    return {"moved": {"from": url, "to": answer.url, "at": now.isoformat()}}


def downgraded(asked: str, to: str) -> bool:
    """Whether a move would give up encryption, which is followed but never kept."""
    return asked.startswith("https:") and not to.startswith("https:")
