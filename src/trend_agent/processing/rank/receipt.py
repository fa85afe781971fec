"""A trend's receipt for a reader: its terms in words, and the line of the export it can be computed again from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trend_agent.items import Trend, TrendState
from trend_agent.processing.rank.words import confidence, in_words, likely


@dataclass(frozen=True, slots=True)
class WordedTerm:
    """One summand of the score, what it was computed from, and the same in words."""

    name: str
    value: float
    inputs: Mapping[str, Any]
    words: str


@dataclass(frozen=True, slots=True)
class WordedReceipt:
    """All that makes a score: its terms sum to it. `confidence` is how likely the next six hours bring more than the
    last six, `likely` the same in words; `sure` is what chance would do. `items` are what the score rests on."""

    topic: str
    rank: int
    state: TrendState
    score: float
    terms: Sequence[WordedTerm]
    confidence: float
    likely: str
    sure: str
    items: Sequence[str]
    configuration: str
    at: datetime


def worded(trend: Trend) -> WordedReceipt:
    receipt = trend.receipt
    return WordedReceipt(
        topic=trend.topic,
        rank=trend.rank,
        state=trend.state,
        score=receipt.score,
        terms=[WordedTerm(t.name, t.value, t.inputs, in_words(t)) for t in receipt.terms],
        confidence=trend.confidence,
        likely=likely(trend),
        sure=confidence(trend),
        items=receipt.items,
        configuration=receipt.configuration,
        at=trend.at,
    )
