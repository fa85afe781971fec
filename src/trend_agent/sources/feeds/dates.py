"""Dates as feeds write them, to moments in UTC; None where there is none, or none that can be."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from trend_agent.items import utc

LONGEST = 80


def moment(value: object) -> datetime | None:
    """ISO 8601 or RFC 822; nothing else is guessed at."""
    if not isinstance(value, str) or not 8 <= len(value := value.strip()) <= LONGEST:
        return None
    try:
        return utc(datetime.fromisoformat(value) if value[4] == "-" else parsedate_to_datetime(value))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def of_parts(parts: object) -> datetime | None:
    """From year, month, day, hour, minute, second in UTC, as feedparser gives them."""
    if not isinstance(parts, tuple) or len(parts) < 6:
        return None
    year, month, day, hour, minute, second = parts[:6]
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
