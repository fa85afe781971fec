"""How often a language says a term at large, before a stream has shown it.

What a stream has seldom said is not rare for that: "drive" may stand once among a thousand headlines, and two that
share it share it by chance. So a term's rarity begins as that of its language and moves to that of the stream.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

LEAST = 1e-5
"""Share of all words of a language below which a word is left out: it would not move any weight."""

WORDS_OF_A_TITLE = 10

MILLION = 1_000_000


@cache
def background(language: str) -> Mapping[int, int]:
    """By place of a term, in how many of a million titles of a language it stands at large; nothing for languages
    without a list. Forms of a word, and words of one meaning, count together.
    """
    # imported here, as these modules read words as well
    from trend_agent.processing.cluster.terms import word_of
    from trend_agent.processing.rarity import shares

    found: defaultdict[int, float] = defaultdict(float)
    for form, share in shares(language).items():
        if share >= LEAST and form and not form.isdigit():
            known = word_of(form, language)
            for term in {known.term, known.stem} - {-1}:
                found[term] += share
    return {term: in_a_million(share) for term, share in found.items()}


def in_a_million(share: float) -> int:
    """In how many of a million titles a word stands that makes up this share of all words."""
    return round(MILLION * (1 - (1 - min(share, 1.0)) ** WORDS_OF_A_TITLE))
