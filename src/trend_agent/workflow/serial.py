"""Results as they are remembered: JSON, nothing else, and not much of it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from trend_agent import errors
from trend_agent.errors import Rejected, TrendError, Unavailable
from trend_agent.workflow.execution import StepFailed

LARGEST = 1 << 20
"""Bytes of one result. A step hands on references; what is large lies in the records or among the objects."""

FAULT, MOMENT = "$fault", "$moment"


def checked(value: Any) -> Any:
    """The value as JSON gives it back. `Rejected` where it is none, or too large."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as fault:  # UnicodeEncodeError is a ValueError
        raise Rejected(f"it gave what is no JSON: {fault}") from None
    if size > LARGEST:
        raise Rejected(
            f"it gave {size:,} bytes, wanted are {LARGEST:,} at most; hand on a reference in its place"
        )
    return json.loads(text)


def dumps(value: Any) -> str:
    return json.dumps(value, default=_tagged, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Any:
    return json.loads(text, object_hook=_untagged)


def _tagged(value: Any) -> Any:
    if isinstance(value, BaseException):
        return {FAULT: type(value).__name__, "message": str(value)}
    if isinstance(value, datetime):
        return {MOMENT: value.isoformat()}
    raise TypeError(f"{type(value).__name__} is no JSON")


def _untagged(row: dict[str, Any]) -> Any:
    if MOMENT in row and len(row) == 1:
        return datetime.fromisoformat(row[MOMENT])
    if FAULT in row:
        return fault_of(row[FAULT], row.get("message", ""))
    return row


def fault_of(kind: str, message: str) -> TrendError:
    """An error that was remembered, as the kind it was of."""
    found = getattr(errors, kind, None)
    if isinstance(found, type) and issubclass(found, TrendError):
        return Unavailable(message) if found is Unavailable else found(message)
    return StepFailed(message if kind == "StepFailed" else f"{kind}: {message}")
