"""Which trends somebody wants to see: one filter for lists, watches and feeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from trend_agent.items import Trend, TrendState
from trend_agent.processing.timeline import surprise_of

Stretch = Literal["breaking", "day", "week"]
HOURS: Mapping[Stretch, int] = MappingProxyType({"breaking": 3, "day": 24, "week": 168})
"""Hours of the stretches of time that have a name."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a trend has to be. An empty part lets everything through; values of one part widen the choice, parts
    narrow it.

    `text` are words that all stand in its headline, label or summary. `hours` is within how long before the list's
    moment an item of it was seen. `surprise` is the least log10 of its odds, `alarmed` that it passed the dial.
    """

    sources: Sequence[str] = ()
    languages: Sequence[str] = ()
    categories: Sequence[str] = ()
    states: Sequence[TrendState] = ()
    text: str = ""
    hours: int | None = None
    surprise: float = 0.0
    alarmed: bool = False

    def __bool__(self) -> bool:
        """Whether anything is kept out by it, whatever its empty parts are made of."""
        return self.hours is not None or any(getattr(self, part.name) for part in fields(self))

    def lets(self, trend: Trend) -> bool:
        return (
            _meets(self.sources, trend.sources)
            and _meets(self.languages, trend.languages)
            and _meets(self.categories, [trend.category])
            and _meets(self.states, [trend.state])
            and (self.hours is None or trend.at - trend.last_seen <= timedelta(hours=self.hours))
            and (not self.surprise or (surprise_of(trend) or 0.0) >= self.surprise)
            and (trend.alarm is not None or not self.alarmed)
            and _says(trend, self.text)
        )

    def chosen(self, trends: Iterable[Trend]) -> list[Trend]:
        return [trend for trend in trends if self.lets(trend)]


def _meets(wanted: Sequence[str], found: Sequence[str]) -> bool:
    return not wanted or not set(wanted).isdisjoint(found)


def _says(trend: Trend, text: str) -> bool:
    words = text.casefold().split()
    if not words:
        return True
    told = "\n".join([trend.headline.text, trend.label, *(sentence.text for sentence in trend.summary)])
    return all(word in told.casefold() for word in words)
