"""Items from files of JSON Lines: somebody's record, an export of ours, the output of another stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from trend_agent.errors import Rejected
from trend_agent.items import EARLIEST, Item, item_of
from trend_agent.storage import Arrival

KEPT_OF_BAD_LINE = 2_000
"""Characters of an unreadable line that are kept as evidence."""


class Recording:
    """Arrivals from numbered lines, in order. A text in place of an object says why a line cannot be read.

    `clock` is the newest moment seen so far: an item without a usable time is given it.
    """

    def __init__(
        self,
        file: Path,
        lines: Iterator[tuple[int, dict[str, Any] | str]],
        *,
        now: datetime,
        clock: str | None = None,
        line: int = 0,
    ) -> None:
        self.file = file
        self.now = now
        self.clock = datetime.fromisoformat(clock) if clock else EARLIEST
        self.line = line
        self._lines = lines

    def arrivals(self, number: int) -> list[Arrival]:
        """The next arrivals, at most `number`; none at the end."""
        found = []
        for line, row in islice(self._lines, number):
            end = ":end" if line == self.line else ""  # said of the file after its last whole line
            self.line = line
            arrival = self._bad(row, end=end) if isinstance(row, str) else self._arrival(row)
            self.clock = max(self.clock, arrival.item.seen_at)
            found.append(arrival)
        return found

    def place(self) -> dict[str, Any]:
        """Where this recording is, for a cursor."""
        return {"line": self.line, "clock": self.clock.isoformat()}

    def _arrival(self, row: dict[str, Any]) -> Arrival:
        try:
            return Arrival(item_of(row, clock=self.clock, now=self.now))
        except Rejected as fault:
            return self._bad(str(fault), evidence=repr(row))

    def _bad(self, reason: str, *, evidence: str = "", end: str = "") -> Arrival:
        """An arrival that is no item, under an id made of its place, so that its fate can be told."""
        key = f"line:{self.file.name}:{self.line}{end}"
        body = (evidence or reason)[:KEPT_OF_BAD_LINE].encode("utf-8", "replace").decode()
        return Arrival(
            Item(id=key, source="recorded", title="", body=body, seen_at=self.clock), fault=reason[:200]
        )


def now() -> datetime:
    return datetime.now(UTC)
