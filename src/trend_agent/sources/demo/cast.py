"""Who and what a story is about: invented names in six scripts, and its numbers."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

SCRIPTS = {"ru": 1, "ar": 2, "zh": 3, "ja": 4, "ko": 5}
"""Which form of a name a language writes; all others write the Latin one, form 0."""

BETWEEN = (" ", " ", " ", "·", "・", " ")
"""What stands between a given name and a surname, by script."""

Name = tuple[str, ...]


def table(name: str) -> dict[str, Any]:
    """The content of a file in `texts/`."""
    return tomllib.loads((files(__package__) / "texts" / f"{name}.toml").read_text("utf-8"))


@cache
def kinds() -> dict[str, dict[str, Any]]:
    return table("kinds")


@cache
def names() -> dict[str, list[Name]]:
    """Stems, endings and given names; each a tuple of its forms by script."""
    return {part: [tuple(row) for row in rows] for part, rows in table("names").items()}


@cache
def joined(*parts: Name) -> Name:
    return tuple("".join(forms) for forms in zip(*parts, strict=True))


@cache
def full(given: Name, surname: Name) -> Name:
    return tuple(g + gap + s for g, gap, s in zip(given, BETWEEN, surname, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """The names (by slot, in all scripts) and numbers of one story.

    `woman` is whether {who} is one; `turn` decides between facts that a story cannot have both ways.
    """

    names: dict[str, Name]
    n: int
    m: int
    x: float
    p: int
    score: tuple[int, int]
    grows: bool
    woman: bool
    turn: int

    def slots(self, lang: str, phase: int, *, decimal: str, thousands: str) -> dict[str, str]:
        """What a template's slots are filled with, in one language and phase of the story."""
        script = SCRIPTS.get(lang, 0)
        n = plural(round(self.n * (1 + 0.35 * phase))) if self.grows else self.n
        numbers = {
            "n": str(n) if n < 10_000 else f"{n:,}".replace(",", thousands),
            "m": str(self.m),
            "x": f"{self.x:.1f}".replace(".", decimal),
            "e": str(round(self.x * 10)),
            "p": str(self.p),
            "a": str(self.score[0]),
            "b": str(self.score[1]),
        }
        return numbers | {slot: forms[script] for slot, forms in self.names.items()}


def plural(count: int) -> int:
    """A number near `count` that needs no plural of its own, as those ending in 1 to 4 do in Russian."""
    return count + 5 if 1 <= count % 10 <= 4 else count


def cast(rng: Random, kind: str) -> Cast:
    """Cast a story: no two of its names share a stem."""
    parts = names()
    stems = iter(rng.sample(parts["stems"], 8))

    def called(ending: str) -> Name:
        return joined(next(stems), rng.choice(parts[ending]))

    woman = rng.random() < 0.5
    last, last2 = called("surname"), called("surname")
    who = full(rng.choice(parts["women" if woman else "men"]), last)
    who2 = full(rng.choice(parts["men" if woman else "women"]), last2)
    roles = {"city": "place", "rival": "place", "country": "country", "firm": "firm", "firm2": "firm"}
    named = {slot: called(ending) for slot, ending in (roles | {"name": "thing"}).items()}
    ranges = kinds()[kind]
    lost = rng.randint(0, 2)
    return Cast(
        names=named | {"who": who, "who2": who2, "last": last, "last2": last2},
        n=plural(rng.randint(*ranges["n"])),
        m=rng.randint(*ranges["m"]),
        x=round(rng.uniform(*ranges["x"]), 1),
        p=rng.randint(*ranges["p"]),
        score=(lost + rng.randint(1, 3), lost),
        grows=ranges.get("grows", False),
        woman=woman,
        turn=rng.randrange(6),
    )
