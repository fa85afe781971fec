"""How much a word tells: the rarer it is in its language at large, the more."""

from __future__ import annotations

from functools import cache
from math import log

from trend_agent.processing.cluster.terms import fold
from trend_agent.text.once import Once

LEAST = 1e-7
"""Share of all words of a language that a word has which the lists do not know: names, numbers, new things."""


def rarity(form: str, language: str) -> float:
    """-ln of a folded word's share of its language (English where it is unknown), between 0 and 16."""
    return -log(max(shares(language).get(form, 0.0), LEAST))


@cache
def shares(language: str) -> dict[str, float]:
    """Each folded form's share of a language (English where it is unknown), as that of its most frequent spelling;
    empty for a language without a list."""
    try:
        known = _lists()("en" if language == "und" else language, wordlist="small")
    except LookupError:
        return {}
    # the most frequent spelling comes first in the list, and must win
    return {fold(word): share for word, share in reversed(known.items())}


def _load():  # type: ignore[no-untyped-def]
    from wordfreq import get_frequency_dict

    return get_frequency_dict


_lists = Once(_load)
