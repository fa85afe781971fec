"""Measures put into words: times a reader can feel, terms of a score a reader can check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from trend_agent.items import Receipt, Term, Trend, TrendState
from trend_agent.text.script import script_of

STATES: Mapping[TrendState, str] = {"new": "✦", "rising": "▲", "peaking": "◆", "steady": "●", "fading": "▽"}
"""The states in the order of a topic's life, each with a sign that does not rely on colour."""

SAYINGS = {
    "volume": "{weighted_items:.1f} weighted items lately",
    "rise": "{per_hour_now:.1f} an hour now, {per_hour_before:.1f} before",
    "acceleration": "{late:.1f} in the last {hours:g} h, {early:.1f} in those before",
    "surprise": "{observed:.1f} in {hours:g} h where {expected:.1f} were expected",
    "breadth": "worth {effective_sources:.1f} independent sources",
    "engagement": "louder than {percentile_in_source:.0%} in its source",
    "mix": "{above} of {category} stand above it, where {wanted_share:.0%} of the page would be fair",
    "category": "{above} of {category} stand above it, more than their share",
    "similarity": "shares {shared_words:.0%} of its words with a trend above",
    "balance": "{led_by} already leads {lists_before} trends above",
}
"""What a term of a score says, by its name and over its inputs."""

OF_THE_PAGE = {"mix", "category", "similarity", "balance"}
"""Terms that speak of what stands above a trend, not of the trend."""

SPEAKING = 0.05
"""A term that adds less than this is no reason for a place."""

WRITTEN = {"Jpan": "ja", "Kore": "ko", "Hans": "zh-Hans", "Hant": "zh-Hant", "Hani": "zh"}
"""Languages that a script tells: browsers draw the same Han character differently for each."""

_SCHEME = re.compile(r"https?://[^\s\x00-\x20]+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


def said(term: Term) -> str:
    """The term in words; one that is not known by name, or lacks an input, lists its inputs instead."""
    try:
        return SAYINGS[term.name].format(**term.inputs)
    except (KeyError, TypeError, ValueError):
        return ", ".join(f"{name} {value}" for name, value in term.inputs.items())


def why(receipt: Receipt) -> str:
    """The two weightiest of the trend's own reasons for its place, in one line."""
    reasons = [t for t in receipt.terms if t.value > SPEAKING and t.name not in OF_THE_PAGE]
    return "; ".join(said(t) for t in sorted(reasons, key=lambda t: -t.value)[:2])


def ago(moment: datetime, now: datetime) -> str:
    """How long before `now`, in one unit; what lies ahead counts as now."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // 1440} days ago"


def sure(confidence: float) -> str:
    """A probability in whole per cent, never rounded up to certainty."""
    return ">99" if confidence > 0.99 else str(int(100 * max(confidence, 0.0)))


def day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def short(text: str, longest: int = 300) -> str:
    """The text, cut where it is longer than anyone reads."""
    return text if len(text) <= longest else f"{text[:longest].rstrip()}…"


def web_address(address: str) -> str:
    """The address where a browser may follow it, else nothing: only http and https lead to a page."""
    return address if _SCHEME.fullmatch(address) else ""


def language_tag(code: str) -> str:
    """The code where HTML may carry it as `lang`, else nothing."""
    return code if _LANGUAGE.fullmatch(code) and code != "und" else ""


def headline_language(trend: Trend) -> str:
    """The language of the headline where it is certain: by its script, or as the only one of the trend."""
    only = trend.languages[0] if len(trend.languages) == 1 else ""
    return WRITTEN.get(script_of(trend.headline.text), only)
