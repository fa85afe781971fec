"""The order of the list: what is best by its measures, with room for variety, in one greedy pass.

Each step takes the topic that is worth most beside those taken already. What variety adds or costs only ever falls as
the list grows (it is submodular), so the list comes out in the order of its scores, what was passed over need not be
looked at again (Minoux 1978), and the pass is within 1 − 1/e of the best list (Nemhauser et al. 1978).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

from trend_agent.items import Term
from trend_agent.processing.categorise import OTHER
from trend_agent.processing.rank.settings import RankSettings

SMOOTHING = 0.01
"""Share of the wanted mix that is in every list, so that a missing category is not infinitely far (Steck 2018)."""
GENTLE = 0.05
"""The same where it is weighed against relevance."""
STEEP = 6
"""Beyond so many above its share a category or a house costs no more: a long list may be what the topics are."""
ALIKE = 0.15
"""Topics that share a smaller part of their words are not alike."""


@dataclass(slots=True)
class Candidate:
    """A topic that may go on the list: its score by measures alone, and what variety looks at."""

    key: int
    topic: str
    relevance: float
    leader: str
    category: str
    words: frozenset[str]
    nearest: float = 0.0
    beside: str = ""
    compared: int = field(default=0, repr=False)


def target_mix(categories: Sequence[str], settings: RankSettings) -> dict[str, float]:
    """The share of the page each category should have: as the topics are, drawn towards even. What is of no
    category is wanted as often as it occurs."""
    counts = Counter(categories)
    named = len(counts) - (OTHER in counts)
    known = 1.0 - counts[OTHER] / max(1, len(categories))
    target = {}
    for name, n in sorted(counts.items()):
        there = n / len(categories)
        even = there if name == OTHER else known / named
        target[name] = settings.target_share * there + (1.0 - settings.target_share) * even
    return target


@dataclass(slots=True)
class Page:
    """What was taken so far, and what one more topic would be worth beside it."""

    settings: RankSettings
    target: Mapping[str, float]
    taken: list[Candidate] = field(default_factory=list)
    led: Counter[str] = field(default_factory=Counter)
    mix: Counter[str] = field(default_factory=Counter)

    def take(self, one: Candidate) -> None:
        self.taken.append(one)
        self.led[one.leader] += 1
        self.mix[one.category] += 1

    def terms(self, one: Candidate) -> list[Term]:
        """What variety adds to the candidate's score or takes from it, if it came next."""
        return [t for t in (self._mix(one), self._crowd(one), self._likeness(one), self._lead(one)) if t]

    def _mix(self, one: Candidate) -> Term | None:
        """How much nearer the page comes to the wanted mix p: calibration · page · p_c · Δ ln q_c, the gain in
        −KL(p ‖ q) where q is the page's mix (Steck 2018)."""
        if len(self.target) < 2:
            return None
        s, wanted, there = self.settings, self.target[one.category], self.mix[one.category]
        before, after = ((1.0 - GENTLE) * n / s.page + GENTLE * wanted for n in (there, there + 1))
        value = min(s.most_for_mix, s.calibration * s.page * wanted * log(after / before))
        return Term(
            "mix", value, {"category": one.category, "above": there, "wanted_share": round(wanted, 6)}
        )

    def _crowd(self, one: Candidate) -> Term | None:
        s, above = self.settings, self.mix[one.category]
        over = above + 1 - int(s.category_share * s.page)
        if len(self.target) < 2 or over <= 0:
            return None
        return Term("category", -s.category * min(over, STEEP), {"category": one.category, "above": above})

    def _likeness(self, one: Candidate) -> Term | None:
        for other in self.taken[one.compared :]:
            alike = _jaccard(one.words, other.words)
            if alike > one.nearest:
                one.nearest, one.beside = alike, other.topic
        one.compared = len(self.taken)
        if one.nearest < ALIKE:
            return None
        value = -self.settings.similarity * one.nearest
        return Term("similarity", value, {"shared_words": round(one.nearest, 6), "beside": one.beside})

    def _lead(self, one: Candidate) -> Term | None:
        over = self.led[one.leader] - self.settings.led_by_one + 1
        if over <= 0:
            return None
        value = -self.settings.source * min(over, STEEP)
        return Term("balance", value, {"led_by": one.leader, "lists_before": self.led[one.leader]})


def balanced(
    pool: Sequence[Candidate], settings: RankSettings, target: Mapping[str, float]
) -> Iterator[tuple[float, Candidate, list[Term]]]:
    """The pool in the order of the list, each with its score and with what variety made of it."""
    page = Page(settings, target)
    waiting: list[tuple[float, str, int, list[Term]]] = []
    for place, one in enumerate(pool):
        terms = page.terms(one)
        waiting.append((-_score(one, terms), one.topic, place, terms))
    heapq.heapify(waiting)
    while waiting:
        _, topic, place, terms = heapq.heappop(waiting)
        one = pool[place]
        again = page.terms(one)
        if again != terms and waiting and (-_score(one, again), topic) > waiting[0][:2]:
            heapq.heappush(waiting, (-_score(one, again), topic, place, again))
            continue
        page.take(one)
        yield _score(one, again), one, again


def _score(one: Candidate, terms: Sequence[Term]) -> float:
    total = one.relevance
    for term in terms:
        total = total + term.value
    return total


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0


def divergence(wanted: Mapping[str, float], categories: Sequence[str]) -> float:
    """KL(p ‖ q) in nats of the wanted mix p from the mix q of a list, smoothed as above; 0 is a perfect mix."""
    counts, size = Counter(categories), max(1, len(categories))
    return sum(
        p * log(p / ((1.0 - SMOOTHING) * counts[name] / size + SMOOTHING * p))
        for name, p in wanted.items()
        if p > 0
    )
