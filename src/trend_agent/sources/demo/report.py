"""How an outlet reports an event: its title and text, its claims about date and language, its counters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random

from trend_agent.items import UNDETERMINED
from trend_agent.sources.demo.plot import Event, Story, outlets
from trend_agent.sources.demo.trouble import altered, spoiled
from trend_agent.sources.demo.wording import pick, voice

COUNTERS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "links": (("points", 20), ("comments", 9)),
    "forum": (("points", 35), ("comments", 14)),
    "video": (("views", 4000), ("likes", 150)),
    "micro": (("likes", 25), ("reposts", 6)),
}
"""What a platform counts, and the median of an ordinary item; one in a burst has six times that."""

FRAMES = {"forum": "chat", "micro": "chat", "video": "video"}


class Newsroom:
    """Words events, which have to come in order of time; `originals` are those (by number) others repeat."""

    def __init__(self, rng: Random, originals: set[int]) -> None:
        self.rng = rng
        self._originals = originals
        self._texts: dict[int, tuple[str, str]] = {}
        self._said: set[int] = set()

    def text(self, event: Event) -> tuple[str, str]:
        """Title and body as published."""
        title, body = self._worded(event)
        if event.number in self._originals:
            self._texts[event.number] = title, body
        if event.trouble == "untitled":
            return "", body
        if event.trouble == "hostile":
            title = spoiled(title, self.rng)
        return title + event.outlet.suffix, body

    def _worded(self, event: Event) -> tuple[str, str]:
        """Taken over from the original, or told afresh in the outlet's manner."""
        if event.of is None:
            phase = retold(event, self.rng)
            return self._headline(event, phase), self._body(event, phase)
        title, body = self._texts[event.of.number]
        if event.trouble == "edited":
            return self._headline(event, event.phase), body
        if event.trouble == "altered":
            return title, altered(body, self.rng)
        return title, body

    def _headline(self, event: Event, phase: int) -> str:
        story, speaker, rng = event.story, voice(event.outlet.lang), self.rng

        def say(attempt: int) -> str:
            title = speaker.title(story.kind, story.cast, phase, rng)
            frame = manner(event, rng, attempt)
            return speaker.framed(frame, title, rng) if frame else title

        return self._afresh(story, say)

    def _body(self, event: Event, phase: int) -> str:
        story, outlet, speaker = event.story, event.outlet, voice(event.outlet.lang)
        if not outlet.sentences:
            return ""
        return self._afresh(
            story,
            lambda _: speaker.body(story.kind, story.cast, phase, self.rng, sentences=outlet.sentences),
        )

    def _afresh(self, story: Story, say: Callable[[int], str]) -> str:
        """What `say` words as this story was not told yet, within a few tries, so that equal words mean a copy.

        Hashes are kept in place of the texts, which would be all that a long world ever said.
        """
        said = ""
        for attempt in range(8):
            said = say(attempt)
            if hash((story.id, said)) not in self._said:
                break
        self._said.add(hash((story.id, said)))
        return said


def retold(event: Event, rng: Random) -> int:
    """The phase a report speaks of: now and then an earlier one, for those who come late."""
    return int(rng.random() * (event.phase + 1)) if rng.random() < 0.3 else event.phase


def manner(event: Event, rng: Random, attempt: int) -> str:
    """The frame round a title, if any: papers like one for what is not news any more, or has been said."""
    if event.noise or event.outlet.kind in FRAMES:
        return FRAMES.get(event.outlet.kind, "")
    return "press" if attempt > 3 or (event.phase > 0 and rng.random() < 0.5) else ""


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
        return pick([o.lang for o in outlets() if o.lang != event.outlet.lang], rng)
    return event.outlet.lang


def author(event: Event, rng: Random) -> str:
    """Platforms name their users, of whom few write much."""
    if event.outlet.kind in ("links", "forum", "micro"):
        return f"user{int(4000 * rng.random() ** 2)}"
    return ""


def counters(event: Event, rng: Random) -> Mapping[str, float]:
    counted = COUNTERS.get(event.outlet.kind)
    if not counted:
        return {}
    luck = rng.lognormvariate(0.0, 1.2) * (6 if event.bursting else 1)
    return {name: float(round(median * luck)) for name, median in counted}
