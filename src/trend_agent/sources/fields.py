"""Reading strangers' JSON: whatever stands there, a text, a number, a moment or a link comes out, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from trend_agent.items import utc
from trend_agent.sources.feeds.feed import LONGEST_BODY, LONGEST_TITLE, LONGEST_URL, WEB, plain

MILLISECONDS = 1e11
"""A larger number is no moment in seconds for the next three thousand years."""


def within(value: Any, *path: str | int) -> Any:
    """What stands at the end of a path of names and places; None where it breaks off."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            return None
    return value


def listed(value: Any, *path: str | int) -> list[Any]:
    found = within(value, *path)
    return found if isinstance(found, list) else []


def words(value: Any, most: int = LONGEST_BODY) -> str:
    """Plain text of at most `most` characters; HTML loses its tags."""
    return plain(value[: 2 * most])[:most].strip() if isinstance(value, str) else ""


def headline(value: Any) -> str:
    return words(value, LONGEST_TITLE)


def link(value: Any) -> str:
    """An address of the web; empty for anything else."""
    found = value.strip() if isinstance(value, str) else ""
    return found if WEB.match(found) and len(found) <= LONGEST_URL else ""


def number(value: Any) -> float | None:
    """A number, also where it is written as a text (`1,200+` is 1200)."""
    if isinstance(value, str):
        digits = value.strip().rstrip("+").replace(",", "")
        value = float(digits) if digits.replace(".", "", 1).isdecimal() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None


def moment(value: Any) -> datetime | None:
    """A moment in UTC from seconds or milliseconds since 1970, ISO 8601, `20260301T120000Z` or RFC 5322."""
    if isinstance(value, datetime):
        return utc(value)
    seconds = number(value) if not isinstance(value, str) or (value.isdecimal() and len(value) < 14) else None
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds / (1000 if seconds > MILLISECONDS else 1), UTC)
        if isinstance(value, str) and value.strip():
            return _written(value.strip())
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _written(text: str) -> datetime:
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError:
        return utc(parsedate_to_datetime(text))


def counts(**values: Any) -> dict[str, float]:
    """Those counters that are numbers."""
    found = {name: number(value) for name, value in values.items()}
    return {name: value for name, value in found.items() if value is not None}
