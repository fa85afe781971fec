"""Whether one item copies another whose text shares keys with its own."""

from __future__ import annotations

from dataclasses import dataclass

from trend_agent.processing.dedupe.known import Original, Text
from trend_agent.processing.dedupe.likeness import (
    EAST,
    LEAST,
    LEAST_AT_HOME,
    LEAST_PART,
    LEAST_PROSE,
    MOST_ALTERED,
    SAME,
    Likeness,
    altered,
    exchanged,
    fold,
    jaccard,
    letter_runs,
    titles,
)
from trend_agent.processing.dedupe.reading import Reading
from trend_agent.processing.dedupe.sketch import shared_runs

FEWEST_WORDS = 4
FEWEST_LETTERS = 20
"""A shorter title says too little to be a copy by itself (`Morning briefing`); Han and kana count double."""

ROLLING = 12 * 3600.0
"""Seconds after which a house that prints a headline again under another address means something new."""

ROLLING_WORDS = 8
"""Without addresses, only a title of fewer words is taken for a rolling one."""

RELATED = 0.3
"""Jaccard index of two titles above which one house's items may be one by their short bodies."""

APART = 0.2
"""Share of common words up to which two bodies are different texts, whatever their titles say."""


@dataclass(frozen=True, slots=True)
class Rivals:
    """A new item and an original it may copy."""

    new: Reading
    text: Text
    old: Original
    known: Text

    def verdict(self) -> Likeness | None:
        """How alike they are, None where the new one is no copy."""
        if self.new.prose and self.known.prose:
            return self._by_prose()
        found = self._by_title() if self.new.title and self.known.title else None
        return found or self._by_short_text()

    def _by_prose(self) -> Likeness | None:
        shared = shared_runs(self.text.runs, self.known.runs)
        sizes = self.text.runs.size, self.known.runs.size
        similarity = shared / (sum(sizes) - shared)
        if similarity < LEAST_PROSE and shared < LEAST_PART * min(sizes):
            return None
        changes = altered(self.known.prose, self.new.prose) if similarity < 1 else ()
        title = titles(self.known.title, self.new.title) if self.new.title and self.known.title else SAME
        if len(changes) > MOST_ALTERED and title is not SAME:
            return None
        if title is None:
            changes += tuple(c for c in self._changed_numbers() if c not in changes)
        return Likeness(max(similarity, shared / max(sizes)), changes)

    def _changed_numbers(self) -> tuple[str, ...]:
        """Numbers exchanged in titles that are otherwise alike; a new headline altogether alters nothing."""
        if jaccard(letter_runs(fold(self.known.title)), letter_runs(fold(self.new.title))) < LEAST_PROSE:
            return ()
        return exchanged(self.known.title, self.new.title)

    def _by_title(self) -> Likeness | None:
        least = LEAST_AT_HOME if self.new.house == self.old.house else LEAST
        found = titles(self.known.title, self.new.title, least=least)
        if found is None or not telling(self.new.title) or self._rolling() or self._bodies_apart():
            return None
        return found

    def _by_short_text(self) -> Likeness | None:
        """By bodies of a few sentences, which a house may print below any of its items."""
        if not (telling(self.new.short) and telling(self.known.short)):
            return None
        found = titles(self.known.short, self.new.short)
        if found is None or self._rolling():
            return None
        if not (self.new.title and self.known.title):
            return found
        related = jaccard(letter_runs(fold(self.new.title)), letter_runs(fold(self.known.title)))
        return found if related >= RELATED or self.new.house != self.old.house else None

    def _rolling(self) -> bool:
        """Whether one house says the same of another day."""
        if self.new.house != self.old.house or abs(self.new.seen - self.old.first) < ROLLING:
            return False
        if self.new.address and self.old.address:
            return True
        return len(self.new.title.split()) < ROLLING_WORDS

    def _bodies_apart(self) -> bool:
        bodies = (self.new.short or self.new.prose, self.known.short or self.known.prose)
        if not all(map(telling, bodies)):
            return False
        if self.new.house != self.old.house and not (self.new.prose and self.known.prose):
            return False
        one, other = (set(fold(body).split()) for body in bodies)
        return len(one & other) <= APART * min(len(one), len(other))


def telling(text: str) -> bool:
    """Whether a text is long enough that two happenings would not be called the same by chance."""
    if not text:
        return False
    east = len(EAST.findall(text))
    return len(text) + east >= FEWEST_LETTERS and text.count(" ") + 1 >= FEWEST_WORDS
