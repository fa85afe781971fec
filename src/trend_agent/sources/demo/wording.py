"""From templates to text: `[a|b]` picks one, `[=a|b]` the same one throughout a story, `{slot}` is filled and
`<a/b>` agrees.

Agreement is with the person a story is about (first form for a man, second for a woman), and in Korean with
the sound before it: a particle's first form follows a final consonant, its second a vowel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from random import Random
from typing import TypeVar

from trend_agent.sources.demo.cast import Cast, table

PHASES = ("first", "details", "reaction", "after")

CHOICE = re.compile(r"\[([^\]]*)\]")
AGREEMENT = re.compile(r"<([^/<>]*)/([^/<>]*)>")
PARTICLE = re.compile(r"(.)<([^/<>]*)/([^/<>]*)>")

Option = TypeVar("Option")


class Fact(tuple[str, ...]):
    """Options among which a story decides once; equally long in every language, in the same order."""

    __slots__ = ()


Template = tuple[tuple[str, ...], ...]


def compiled(text: str) -> Template:
    """A template as a row of options; fixed text has one."""
    pieces = CHOICE.split(text)
    return tuple(options(piece) if at % 2 else (piece,) for at, piece in enumerate(pieces) if piece)


def options(choice: str) -> tuple[str, ...]:
    return Fact(choice[1:].split("|")) if choice.startswith("=") else tuple(choice.split("|"))


def filled(template: Template, slots: Mapping[str, str], rng: Random, *, turn: int = 0) -> str:
    said = "".join([part[turn % len(part)] if type(part) is Fact else pick(part, rng) for part in template])
    return said.format_map(slots)


def pick(choices: Sequence[Option], rng: Random) -> Option:
    """One of several, evenly; much quicker than `Random.choice`."""
    return choices[int(rng.random() * len(choices))] if len(choices) > 1 else choices[0]


def agreed(text: str, lang: str, *, woman: bool) -> str:
    if "<" not in text:
        return text
    if lang == "ko":
        return PARTICLE.sub(lambda hit: hit[1] + particle(hit[1], hit[2], hit[3]), text)
    return AGREEMENT.sub(r"\2" if woman else r"\1", text)


def particle(before: str, closed: str, opened: str) -> str:
    """The form of a Korean particle after a syllable (Unicode 3.12: 28 finals per vowel, the 8th is l)."""
    final = (ord(before) - 0xAC00) % 28 if "가" <= before <= "힣" else 0
    if final == 8 and closed.startswith("으"):
        return opened
    return closed if final else opened


class Voice:
    """How one language tells stories."""

    def __init__(self, lang: str) -> None:
        texts = table(lang)
        self.lang = lang
        self.decimal: str = texts["decimal"]
        self.thousands: str = texts.get("thousands", "." if self.decimal == "," else ",")
        self.joint: str = texts["joint"]
        self.frames = {
            part: [compiled(t) for t in texts[part]] for part in ("press", "chat", "video", "common")
        }
        self.kinds = {
            kind: {part: [compiled(text) for text in rows] for part, rows in parts.items()}
            for kind, parts in texts.items()
            if isinstance(parts, dict)
        }

    def title(self, kind: str, cast: Cast, phase: int, rng: Random) -> str:
        parts = self.kinds[kind]
        return self._said(parts.get(PHASES[phase]) or parts["first"], cast, phase, rng)

    def body(self, kind: str, cast: Cast, phase: int, rng: Random, *, sentences: int) -> str:
        """Up to three sentences; where there are two or more, the first one holds a number."""
        lead, more = self.kinds[kind]["lead"], self.kinds[kind]["more"]
        general = self.frames["common"] if "after" in self.kinds[kind] else []
        plans: tuple[list[list[Template]], ...] = (
            [],
            [lead + more + general],
            [lead, more + general],
            [lead, more, general],
        )
        return self.joint.join([self._said(rows, cast, phase, rng) for rows in plans[sentences] if rows])

    def framed(self, frame: str, title: str, rng: Random) -> str:
        """A title in the manner of the place: `press`, `chat` on forums, `video` on video platforms."""
        return filled(pick(self.frames[frame], rng), {"title": title}, rng)

    def _said(self, templates: Sequence[Template], cast: Cast, phase: int, rng: Random) -> str:
        text = filled(pick(templates, rng), slots(self.lang, cast, phase), rng, turn=cast.turn)
        return agreed(text, self.lang, woman=cast.woman)


@cache
def voice(lang: str) -> Voice:
    return Voice(lang)


@lru_cache(4096)
def slots(lang: str, cast: Cast, phase: int) -> Mapping[str, str]:
    speaker = voice(lang)
    return cast.slots(lang, phase, decimal=speaker.decimal, thousands=speaker.thousands)
