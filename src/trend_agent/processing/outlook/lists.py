"""What a list shows, and what is remembered of it."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from trend_agent.errors import Rejected
from trend_agent.items import utc
from trend_agent.processing.momentum import Sight
from trend_agent.text.address import publisher

SHARED = frozenset(("github.com", "gitlab.com", "medium.com", "reddit.com", "x.com"))
"""Sites where the first part of a path says whose page it is."""


@dataclass(frozen=True, slots=True)
class Title:
    """What is known of an item beside its place: its words and their language, whose page it is, who brought it."""

    text: str = ""
    lang: str = "und"
    site: str = ""
    author: str = ""


def title_of(row: Mapping[str, Any]) -> Title:
    """What an item as a JSON object tells; what is missing or no text is empty."""

    def text(name: str) -> str:
        value = row.get(name)
        return value if isinstance(value, str) else ""

    return Title(text("title"), text("lang") or "und", _stall(text("url")), text("author"))


def _stall(url: str) -> str:
    """Whose page it is: its host, with the first part of the path where a host is shared by many."""
    site = publisher(url)
    if site not in SHARED:
        return site
    parts = urlsplit(url).path.split("/")
    return f"{site}/{parts[1].casefold()}" if len(parts) > 1 else site


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list."""

    id: str
    points: float | None = None
    comments: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A list at a moment (seconds since 1970), best place first."""

    at: float
    items: Sequence[Listed]


def snapshot_of(row: Mapping[str, Any]) -> Snapshot:
    """The list a JSON object `{"t", "items": [id or [id, points, comments] or {"id", …}, …]}` describes."""
    moment, lines = row.get("t"), row.get("items")
    if not isinstance(moment, str) or not isinstance(lines, list):
        raise Rejected("a snapshot needs 't', a date, and 'items', a list")
    try:
        at = utc(datetime.fromisoformat(moment)).timestamp()
    except (ValueError, OverflowError):
        raise Rejected(f"'t' should be a date, found {moment!r}") from None
    return Snapshot(at, [_listed(line) for line in lines])


def _listed(line: Any) -> Listed:
    if isinstance(line, Mapping):
        line = [line.get(name) for name in ("id", "points", "comments")]
    if not isinstance(line, list):
        line = [line]
    key = line[0] if line else None
    if not isinstance(key, str | int) or isinstance(key, bool) or key == "":
        raise Rejected(f"an item of a snapshot should begin with an id, found {key!r}")
    points, comments = (_number(line[place]) if len(line) > place else None for place in (1, 2))
    return Listed(str(key), points, comments)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


@dataclass(slots=True)
class Known:
    """All that was seen of one item on its list: sights, best place, most points."""

    id: str
    sights: list[Sight] = field(default_factory=list)
    best: int | None = None
    most: float = 0.0
    born: float | None = None

    @property
    def first(self) -> float:
        return self.sights[0].at

    def see(self, sight: Sight) -> None:
        self.sights.append(sight)
        self.note(sight)

    def note(self, sight: Sight) -> None:
        """Take what counts for the outcome, without keeping the sight."""
        if sight.place:
            self.best = min(self.best or sight.place, sight.place)
        self.most = max(self.most, sight.points or 0.0)


class Serials:
    """When an item was made, where ids are numbers given in order: when the numbers were first that high."""

    def __init__(self) -> None:
        self._moments: list[float] = []
        self._highest: list[int] = []

    def see(self, ids: Sequence[str], at: float) -> None:
        highest = max((int(key) for key in ids if key.isdecimal() and len(key) < 16), default=None)
        if highest is not None and (not self._highest or highest > self._highest[-1]):
            self._moments.append(at)
            self._highest.append(highest)

    def made(self, key: str) -> float | None:
        """Seconds since 1970, by linear interpolation; None for an id that is no number."""
        if not key.isdecimal() or len(key) >= 16 or not self._highest:
            return None
        number = int(key)
        after = bisect.bisect_left(self._highest, number)
        if after in (0, len(self._highest)):
            return self._moments[min(after, len(self._moments) - 1)]
        low, high = self._highest[after - 1], self._highest[after]
        share = (number - low) / (high - low)
        return self._moments[after - 1] + share * (self._moments[after] - self._moments[after - 1])
