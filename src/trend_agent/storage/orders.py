"""Orders: what any process may ask of the owner of the records, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

OrderState = Literal["waiting", "done", "refused"]
"""`refused` holds for whatever an order came to nothing by; its fault says what that was."""

MOST = 100
"""Orders that wait at once."""


@dataclass(frozen=True, slots=True)
class Order:
    """Something that only the owner can do. `said` and `answer` are JSON. One that nobody began before `until` is not
    carried out any more. `fault` names one of `errors.py`, `words` are what it said."""

    id: str
    kind: str
    said: Any
    by: str
    at: datetime
    until: datetime
    state: OrderState = "waiting"
    answer: Any = None
    fault: str = ""
    words: str = ""
    ended_at: datetime | None = None
