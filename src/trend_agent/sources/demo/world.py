"""The made-up world: its items in order of time, and the truth about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from trend_agent.errors import Rejected
from trend_agent.items import Item, utc
from trend_agent.sources.demo.plot import Event, Plot, Shape
from trend_agent.sources.demo.report import Newsroom, address, author, claimed, counters, declared
from trend_agent.sources.demo.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one item, whatever it says of itself.

    `story` is what it is about; noise is a story of its own each time. `burst` says that it lies in a planted
    burst. `copy_of` is the item it repeats (a wire copy, or a new headline over the old text at the same
    address); `altered_from` one it repeats with a number changed, which makes it no duplicate.
    """

    story: str
    burst: bool
    copy_of: str | None
    hostile: bool
    altered_from: str | None
    trouble: Trouble
    category: str
    lang: str


@dataclass(frozen=True, slots=True)
class Burst:
    """A planted rise of a story: `times` as many items per hour as outside of it, on average.

    `shape` is how they fall between `onset` and `end`: step (evenly), ramp (ever more), spike (ever fewer).
    """

    story: str
    onset: datetime
    end: datetime
    shape: Shape
    times: float


class World:
    """Some `days` of invented news with `per_day` items a day, the last of them seen at `until`.

    The same seed, days and rate give the same world for ever; another `until` only shifts its times.
    """

    def __init__(self, *, seed: int = 1, days: float = 3, per_day: int = 1200, until: datetime) -> None:
        total = round(days * per_day)
        if total < 1:
            raise Rejected(f"a world of {days!r} days with {per_day!r} items a day has no items")
        self.until = utc(until)
        self._seed = seed
        self._plot = Plot(seed, days, total)
        self.bursts: Sequence[Burst] = tuple(
            Burst(s.id, self._moment(s.surge.onset), self._moment(s.surge.end), s.surge.shape, s.surge.times)
            for s in self._plot.stories
            if s.surge
        )

    @cached_property
    def truth(self) -> Mapping[str, Truth]:
        """By item id."""
        return {self._id(event): self._true(event) for event in self._plot.events}

    def items(self) -> Iterator[Item]:
        """Every item, in order of `seen_at`."""
        originals = {event.of.number for event in self._plot.events if event.of}
        newsroom = Newsroom(Random(self._seed), originals)  # noqa: S311  # it must repeat, nothing is kept secret
        for event in self._plot.events:
            yield self._item(event, newsroom)

    def _item(self, event: Event, newsroom: Newsroom) -> Item:
        seen, outlet, rng = self._moment(event.at), event.outlet, newsroom.rng
        title, body = newsroom.text(event)
        return Item(
            id=self._id(event),
            source=f"demo:{outlet.name}",
            title=title,
            seen_at=seen,
            published_at=claimed(event, seen, rng),
            body=body,
            url=f"https://{outlet.name}.example/{address(event)}",
            author=author(event, rng),
            lang=declared(event, rng),
            engagement=counters(event, rng),
        )

    def _id(self, event: Event) -> str:
        return f"demo:{self._seed}-{event.number}"

    def _moment(self, at: float) -> datetime:
        return self.until + timedelta(seconds=at)

    def _true(self, event: Event) -> Truth:
        origin = self._id(event.of) if event.of else None
        changed = event.trouble == "altered"
        return Truth(
            story=event.story.id,
            burst=event.bursting,
            copy_of=None if changed else origin,
            hostile=event.trouble == "hostile",
            altered_from=origin if changed else None,
            trouble=event.trouble,
            category=event.story.category,
            lang=event.outlet.lang,
        )
