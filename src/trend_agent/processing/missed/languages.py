"""The topics of a window by language, and how many of them there must have been beside those that were seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from trend_agent.items import UNDETERMINED
from trend_agent.processing.families import family, wire
from trend_agent.processing.missed.estimate import estimate
from trend_agent.storage import Fact


@dataclass(frozen=True, slots=True)
class Missed:
    """One language: `topics` were seen, told by `voices`. `missed` is how many others there were that such voices
    tell, between `lower` and `upper`; `share` is what part of all that is. None with a `reason` where too little is
    known. `at_least` is a lower bound that rests on fewer assumptions."""

    lang: str
    topics: int
    voices: int
    missed: float | None = None
    lower: float | None = None
    upper: float | None = None
    share: float | None = None
    at_least: float | None = None
    open_ended: bool = False
    reason: str = ""


def missed(facts: Iterable[Fact], *, confidence: float = 0.9) -> list[Missed]:
    """What was missed in each language in which something was seen, the one with most topics first."""
    told: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for fact in facts:
        if fact.item.lang != UNDETERMINED:
            told[fact.item.lang][fact.topic].add(_voice(fact))
    found = [_language(lang, list(topics.values()), confidence) for lang, topics in told.items()]
    return sorted(found, key=lambda one: (-one.topics, one.lang))


def _voice(fact: Fact) -> str:
    """Who prints an agency's report is that agency's voice, not one that found the topic by itself."""
    return wire(fact.item) or family(fact.item.source, fact.item.url)


def _language(lang: str, told: list[set[str]], confidence: float) -> Missed:
    found = estimate(told, confidence=confidence)
    if found.total is None or found.lower is None or found.upper is None or found.at_least is None:
        return Missed(lang, found.seen, found.voices, reason=found.reason)
    return Missed(
        lang=lang,
        topics=found.seen,
        voices=found.voices,
        missed=found.total - found.seen,
        lower=found.lower - found.seen,
        upper=found.upper - found.seen,
        share=1 - found.seen / found.total,
        at_least=found.at_least - found.seen,
        open_ended=found.open_ended,
    )
