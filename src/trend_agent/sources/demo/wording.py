"""From templates to text: `[a|b]` picks one, `{slot}` is filled, `<a/b>` agrees.

Agreement is with the person a story is about (first form for a man, second for a woman), and in Korean with
the sound before it: a particle's first form follows a final consonant, its second a vowel.
"""

from __future__ import annotations

import re
from functools import cache
from random import Random
from typing import Any

from trend_agent.sources.demo.cast import Cast, table

PHASES = ("first", "details", "reaction", "after")

CHOICE = re.compile(r"\[([^\]]*)\]")
AGREEMENT = re.compile(r"<([^/<>]*)/([^/<>]*)>")
PARTICLE = re.compile(r"(.)<([^/<>]*)/([^/<>]*)>")

Template = tuple[tuple[str, ...], ...]


def compiled(text: str) -> Template:
    """A template as a row of alternatives; fixed text is a choice of one."""
    pieces = CHOICE.split(text)
    return tuple(tuple(piece.split("|")) if at % 2 else (piece,) for at, piece in enumerate(pieces) if piece)


def filled(template: Template, slots: dict[str, str], rng: Random) -> str:
    said = "".join(part[0] if len(part) == 1 else pick(part, rng) for part in template)
    return said.format_map(slots)


def pick(options: Any, rng: Random) -> Any:
    """One of a sequence, evenly; much quicker than `Random.choice`."""
    return options[int(rng.random() * len(options))]


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

    def slots(self, cast: Cast, phase: int) -> dict[str, str]:
        return cast.slots(self.lang, phase, decimal=self.decimal, thousands=self.thousands)

    def title(self, kind: str, cast: Cast, phase: int, rng: Random) -> str:
        parts = self.kinds[kind]
        template = pick(parts.get(PHASES[phase]) or parts["first"], rng)
        return agreed(filled(template, self.slots(cast, phase), rng), self.lang, woman=cast.woman)

    def body(self, kind: str, cast: Cast, phase: int, rng: Random, *, sentences: int) -> str:
        """`sentences` sentences: one with a number first, then the kind's own, then what fits any story."""
        if not sentences:
            return ""
        parts, slots = self.kinds[kind], self.slots(cast, phase)
        chosen = [pick(parts["lead"], rng)]
        if sentences > 1:
            chosen.append(pick(parts["more"], rng))
        if sentences > 2:
            chosen.append(pick(self.frames["common"], rng))
        said = self.joint.join(filled(template, slots, rng) for template in chosen)
        return agreed(said, self.lang, woman=cast.woman)

    def framed(self, frame: str, title: str, cast: Cast, rng: Random) -> str:
        """A title in the manner of the place: `press`, `chat` on forums, `video` on video platforms."""
        return filled(pick(self.frames[frame], rng), self.slots(cast, 0) | {"title": title}, rng)


@cache
def voice(lang: str) -> Voice:
    return Voice(lang)
