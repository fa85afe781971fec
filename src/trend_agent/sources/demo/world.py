"""The made-up world: its items in order of time, and the truth about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from trend_agent.errors import Rejected
from trend_agent.items import UNDETERMINED, Item, utc
from trend_agent.sources.demo.cast import kinds
from trend_agent.sources.demo.plot import Event, Outlet, Plot, Shape, outlets
from trend_agent.sources.demo.trouble import Trouble, altered, spoiled
from trend_agent.sources.demo.wording import pick, voice


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
        rng = Random(self._seed)  # noqa: S311  # it must repeat, nothing is kept secret
        originals = {event.of.number for event in self._plot.events if event.of}
        texts: dict[int, tuple[str, str]] = {}
        for event in self._plot.events:
            text = worded(event, texts, rng)
            if event.number in originals:
                texts[event.number] = text
            yield self._item(event, *text, rng)

    def _item(self, event: Event, title: str, body: str, rng: Random) -> Item:
        seen, outlet = self._moment(event.at), event.outlet
        if event.trouble == "untitled":
            title = ""
        elif event.trouble == "hostile":
            title = spoiled(title, rng)
        return Item(
            id=self._id(event),
            source=f"demo:{outlet.name}",
            title=title + outlet.suffix if title else "",
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
            category=kinds()[event.story.kind]["category"],
            lang=event.outlet.lang,
        )


def worded(event: Event, texts: Mapping[int, tuple[str, str]], rng: Random) -> tuple[str, str]:
    """Title and body: taken over from the original, or told afresh in the outlet's manner."""
    story, outlet = event.story, event.outlet
    speaker = voice(outlet.lang)
    if event.of and event.trouble != "edited":
        title, body = texts[event.of.number]
        return (title, altered(body, rng)) if event.trouble == "altered" else (title, body)
    title = speaker.title(story.kind, story.cast, retold(event.phase, rng), rng)
    if event.of:
        return title, texts[event.of.number][1]
    if frame := manner(event, rng):
        title = speaker.framed(frame, title, story.cast, rng)
    return title, speaker.body(story.kind, story.cast, event.phase, rng, sentences=outlet.sentences)


def retold(phase: int, rng: Random) -> int:
    """The phase a report speaks of: now and then an earlier one, for those who come late."""
    return int(rng.random() * (phase + 1)) if rng.random() < 0.3 else phase


def manner(event: Event, rng: Random) -> str:
    """The frame an outlet puts round a title, if any; every other report of the press gets one."""
    if event.outlet.kind in ("forum", "micro"):
        return "chat"
    if event.outlet.kind == "video":
        return "video"
    noise = event.story.kind in ("briefing", "evergreen")
    return "press" if not noise and event.phase > 0 and rng.random() < 0.6 else ""


def address(event: Event) -> str:
    """The path of an item; a new headline keeps the address of the old one."""
    number = event.of.number if event.of and event.trouble == "edited" else event.number
    return f"{event.story.kind}/{number}"


def claimed(event: Event, seen: datetime, rng: Random) -> datetime | None:
    if event.trouble == "undated":
        return None
    if event.trouble == "future":
        return seen + timedelta(hours=3 + rng.random() * 9000)
    return seen - timedelta(seconds=int(30 + rng.expovariate(1 / 600)))


def declared(event: Event, rng: Random) -> str:
    if event.trouble == "unlabelled":
        return UNDETERMINED
    if event.trouble == "mislabelled":
        return str(pick([o.lang for o in outlets() if o.lang != event.outlet.lang], rng))
    return event.outlet.lang


def author(event: Event, rng: Random) -> str:
    if event.outlet.kind in ("links", "forum", "micro"):
        return f"user{int(rng.paretovariate(0.6)) % 5000}"
    return ""


COUNTERS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "links": (("points", 20), ("comments", 9)),
    "forum": (("points", 35), ("comments", 14)),
    "video": (("views", 4000), ("likes", 150)),
    "micro": (("likes", 25), ("reposts", 6)),
}
"""What a platform counts, and the median of an ordinary item; one in a burst has six times that."""


def counters(event: Event, rng: Random) -> Mapping[str, float]:
    outlet: Outlet = event.outlet
    if outlet.kind not in COUNTERS:
        return {}
    luck = rng.lognormvariate(0.0, 1.2) * (6 if event.bursting else 1)
    return {name: float(round(median * luck)) for name, median in COUNTERS[outlet.kind]}
