"""How alike two texts are, and what was altered between them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

LEAST = 0.65
"""Jaccard index of letter runs from which two titles may be copies. Below, two houses' own reports of one
happening begin to look alike."""

LEAST_AT_HOME = 0.55
"""The same between titles of one house, which does not report a thing twice but edits it."""

LEAST_EXCHANGED = 0.7
"""The same where a word was exchanged."""

LEAST_PROSE = 0.5
"""Jaccard index of word runs from which two bodies may be copies; those of unrelated texts share next to none."""

LEAST_PART = 0.8
"""Share of the shorter body's word runs that lie in the longer one, from which it was cut out of that."""

MOST_ADDED = 0.4
"""Share of a title's words that a copy may leave out or add."""

LONG_TITLE = 9
"""Words of a title from which one of them may be exchanged."""

MOST_ALTERED = 3
"""Numbers or names exchanged in a body beyond which it reports something else in the same form."""

RUN = 5
EAST_RUN = 2
PROSE_RUN = 5
"""Letters (Han or kana) and words that are compared as one."""

NEGATIONS = frozenset(
    (
        *("no", "not", "never", "without", "deny", "denies", "denied", "false", "fake"),
        *("kein", "keine", "nicht", "nie", "pas", "jamais", "sans", "non", "mai", "senza", "sin", "nunca"),
        *("não", "nao", "nem", "niet", "geen", "nooit", "не", "нет", "без", "değil", "yok", "tidak", "bukan"),
        *("不", "没", "無", "无", "未", "非", "否", "لا", "لم", "لن", "ليس", "không", "नहीं"),
    )
)
"""Words that turn a sentence around; a copy has them all."""

EAST = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003134f]")
ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Likeness:
    """`similarity` between 0 and 1; `altered` are numbers, names or words exchanged, as `12 → 15`."""

    similarity: float
    altered: tuple[str, ...] = ()


SAME = Likeness(1.0)


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Small letters without accents."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", ACCENTS.sub("", unicodedata.normalize("NFKD", text))).casefold()


@lru_cache(maxsize=1 << 12)
def letter_runs(folded: str) -> frozenset[str]:
    """Every run of RUN characters; of EAST_RUN where half of them are Han or kana."""
    size = RUN
    if not folded.isascii() and 3 * len(EAST.findall(folded)) > len(folded):
        folded, size = folded.replace(" ", ""), EAST_RUN
    return frozenset({folded[n : n + size] for n in range(max(len(folded) - size, 0) + 1)})


def word_runs(folded: str) -> list[str]:
    """Every run of PROSE_RUN words."""
    words = folded.split()
    return [" ".join(words[n : n + PROSE_RUN]) for n in range(max(len(words) - PROSE_RUN, 0) + 1)]


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def titles(one: str, other: str, *, least: float = LEAST) -> Likeness | None:
    """How alike two titles or short texts are; None where they do not say the same thing.

    They do not where they share less than `least`, where a number, a name or a negation differs, or where
    more than a word is exchanged.
    """
    first, second = fold(one), fold(other)
    if first == second:
        return SAME
    similarity = jaccard(letter_runs(first), letter_runs(second))
    if similarity < least:
        return None
    lost = _differing(one.split(), first.split(), second.split())
    gained = _differing(other.split(), second.split(), first.split())
    if any(map(_decisive, lost + gained)):
        return None
    lost, gained = _without_pairs(lost, gained)
    shorter = min(len(first.split()), len(second.split()))
    if lost and gained:
        exchange = len(lost) == len(gained) == 1 and (_plain(lost[0]) or _plain(gained[0]))
        if not exchange or shorter < LONG_TITLE or similarity < LEAST_EXCHANGED:
            return None
        return Likeness(similarity, (f"{lost[0]} → {gained[0]}",))
    return Likeness(similarity) if len(lost + gained) <= MOST_ADDED * (shorter + 1) else None


def altered(one: str, other: str) -> tuple[str, ...]:
    """The numbers and names that differ between two bodies where the words around them do not."""
    before, after = dict(_details(one.split())), dict(_details(other.split()))
    pairs = ((before[place], after[place]) for place in before if place in after)
    return tuple(
        f"{old} → {new}"
        for old, new in pairs
        if not (_words(old) <= _words(new) or _words(new) <= _words(old) or one_edit(fold(old), fold(new)))
        or (_digits(old) != _digits(new))
    )


def exchanged(one: str, other: str) -> tuple[str, ...]:
    """The numbers and names exchanged between two titles of one text; what was only added or left out is not."""
    first, second = fold(one).split(), fold(other).split()
    lost = [word for word in _differing(one.split(), first, second) if not _plain(word)]
    gained = [word for word in _differing(other.split(), second, first) if not _plain(word)]
    pairs: list[tuple[str, str]] = []
    for numbers in (True, False):
        old, new = ([word for word in words if word[0].isdigit() == numbers] for words in (lost, gained))
        pairs += zip(old, new, strict=True) if len(old) == len(new) else ()
    return tuple(f"{old} → {new}" for old, new in pairs)


def _differing(words: Sequence[str], folded: Sequence[str], others: Sequence[str]) -> list[str]:
    """The words, as written, that the others lack."""
    spare = Counter(others)
    found = []
    for word, key in zip(words, folded, strict=False):
        if spare[key]:
            spare[key] -= 1
        else:
            found.append(word)
    return found


def _decisive(word: str) -> bool:
    return word[0].isdigit() or word[-1].isdigit() or word.lower() in NEGATIONS


def _plain(word: str) -> bool:
    """Whether a word is written small, and so is no name; what has no capitals may be one."""
    return word[0].islower()


def _without_pairs(lost: list[str], gained: list[str]) -> tuple[list[str], list[str]]:
    """Both without slips of the pen, other endings, and little words."""
    rest = [word for word in gained if not (len(word) <= 3 and _plain(word))]
    kept = []
    for word in lost:
        twin = next((other for other in rest if _same_word(word, other)), None)
        if twin:
            rest.remove(twin)
        elif not (len(word) <= 3 and _plain(word)):
            kept.append(word)
    return kept, rest


def _same_word(one: str, other: str) -> bool:
    """Two spellings or forms of a word. Of names only long ones with one slip: Iran is not Iraq."""
    first, second = fold(one), fold(other)
    if one_edit(first, second):
        return max(len(first), len(second)) >= (4 if _plain(one) and _plain(other) else 6)
    if not (_plain(one) and _plain(other)):
        return False
    shared = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 99)
    return min(shared, len(first), len(second)) >= 4 and max(len(first), len(second)) - shared <= 3


def one_edit(one: str, other: str) -> bool:
    """Whether one letter was added, lost, changed, or changed places with its neighbour."""
    if abs(len(one) - len(other)) > 1:
        return False
    n = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return (
        one[n + 1 :] == other[n + 1 :]
        or one[n:] == other[n + 1 :]
        or one[n + 1 :] == other[n:]
        or (one[n : n + 2] == other[n : n + 2][::-1] and one[n + 2 :] == other[n + 2 :])
    )


def _details(words: Sequence[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Each stretch of numbers and names, under the folded words before and behind it."""
    small = {word for word in words if _plain(word)}
    marked = [any(map(str.isdigit, word)) or _is_name(word, small) for word in words]
    place, before = 0, ""
    for is_detail, run in groupby(zip(marked, words, strict=True), key=lambda pair: pair[0]):
        stretch = [word for _, word in run]
        place += len(stretch)
        if is_detail:
            yield (before, " ".join(words[place : place + 1]).lower()), " ".join(stretch)
        before = " ".join(stretch[-2:]).lower()


def _is_name(word: str, small: set[str]) -> bool:
    """Whether a word is a name: written with a capital, and nowhere in its text without."""
    return word[0].isupper() and word.lower() not in small


def _words(text: str) -> set[str]:
    return set(fold(text).split())


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
