"""Faults on their way between processes: what to do about them survives the journey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trend_agent.egress import Gone
from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Rejected, TrendError, Unavailable


class GivenUp(Rejected):
    """A job that was begun as often as any may be, and never ended well."""


KINDS: tuple[type[TrendError], ...] = (
    Gone,
    GivenUp,
    Misconfigured,
    Rejected,
    Missing,
    Conflict,
    Denied,
    Unavailable,
    TrendError,
)
"""The nearest first."""


def plain(fault: TrendError) -> dict[str, Any]:
    """A fault as a JSON object."""
    kind = next(each for each in KINDS if isinstance(fault, each))
    return {
        "kind": kind.__name__,
        "words": str(fault),
        "retry_after": fault.retry_after if isinstance(fault, Unavailable) else None,
    }


def fault_of(row: Mapping[str, Any]) -> TrendError:
    kind = next((each for each in KINDS if each.__name__ == row.get("kind")), TrendError)
    words = str(row.get("words", ""))
    return Unavailable(words, retry_after=row.get("retry_after")) if kind is Unavailable else kind(words)
