"""Published lists as listeners know them, and what is different between two of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from trend_agent.items import Receipt, Trend, digest
from trend_agent.processing.filtering import Filter

EVERY = Filter()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MARK = re.compile(r"([0-9]{1,14})-[0-9a-f]{16}")
_NO_RECEIPT = Receipt((), (), "")


@dataclass(frozen=True, slots=True)
class Picture:
    """A published list, best first. `mark` names it: its moment, and a hash of what a reader sees of it."""

    at: datetime | None
    trends: Mapping[str, Trend]
    mark: str

    @property
    def seen(self) -> str:
        """The hash alone: lists of two moments may look alike."""
        return self.mark.partition("-")[2]

    def slim(self) -> Picture:
        """The same without what comparing needs not, to be kept for longer."""
        return replace(
            self,
            trends={key: replace(t, receipt=_NO_RECEIPT, series=()) for key, t in self.trends.items()},
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What became different up to the list of the moment `at`; the trends as they stand there, best first.

    `gone` are topics that are on the list, or among what was chosen of it, no more.
    """

    at: datetime | None
    new: Sequence[Trend]
    changed: Sequence[Trend]
    gone: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def picture(trends: Sequence[Trend]) -> Picture:
    at = trends[0].at if trends else None
    seen = digest(*(repr((t.topic, *shown(t))) for t in trends))
    return Picture(at, {t.topic: t for t in trends}, f"{_millis(at)}-{seen}")


def moment_of(mark: str) -> datetime | None:
    """The moment of the list that a mark names; None where it names none."""
    found = MARK.fullmatch(mark)
    return EPOCH + timedelta(milliseconds=int(found[1])) if found else None


def shown(trend: Trend) -> tuple[object, ...]:
    """What has to differ for a trend to count as changed. Scores, velocities and series move with every minute that
    passes, and are told along with whatever else changes."""
    return (
        trend.rank,
        trend.state,
        trend.headline.text,
        trend.label,
        trend.category,
        trend.items,
        trend.copies,
        tuple(trend.sources),
        tuple(trend.languages),
        trend.alarm,
    )


def changes(old: Picture, new: Picture, among: Filter = EVERY) -> Changes:
    """What a reader of the chosen trends has to be told who knows `old`."""
    before = {t.topic: t for t in among.chosen(old.trends.values())}
    now = {t.topic: t for t in among.chosen(new.trends.values())}
    return Changes(
        new.at,
        [t for key, t in now.items() if key not in before],
        [t for key, t in now.items() if key in before and shown(t) != shown(before[key])],
        [key for key in before if key not in now],
    )


def _millis(at: datetime | None) -> int:
    return 0 if at is None else (at - EPOCH) // timedelta(milliseconds=1)
