"""Dates as feeds write them, to moments in UTC; None where there is none, or none that can be."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from trend_agent.items import utc

LONGEST = 80

MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}  # noqa: SIM905
USUAL = re.compile(
    rf"(?:[A-Z][a-z]{{2}}, )?(\d\d?) ({'|'.join(MONTHS)}) ([12]\d{{3}}) (\d\d):(\d\d):([0-5]\d) (?:GMT|[+-]0000)",
    re.ASCII,
)
"""RFC 822 as most feeds write it."""


def moment(value: object) -> datetime | None:
    """ISO 8601 or RFC 822; nothing else is guessed at."""
    if not isinstance(value, str) or not 8 <= len(value := value.strip()) <= LONGEST:
        return None
    if usual := USUAL.fullmatch(value):
        day, month, year, hour, minute, second = usual.groups()
        return of_parts((int(year), MONTHS[month], int(day), int(hour), int(minute), int(second)))
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
