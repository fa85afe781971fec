"""What is answered, beyond the words of `trend_agent.items`: field by field as the interface sends it.

They are written down here again so that a client loads neither a server nor an engine; what a newer server sends
besides is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from trend_agent.items import Correction, Fate, Item, Membership, TrendState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list. `next` is the cursor of the next one, `at` the stream time that the answer holds for."""

    entries: Sequence[T]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened (`trends`, `sources`, `workflows`, `ready`, `reset`); `id` is where to go on from."""

    name: str
    id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """An item in a topic, with its place in the log and the item it repeats, where it does."""

    seq: int
    item: Item
    topic: str
    copy_of: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """An item with its fate, which it lacks while it waits, and the topic it is in."""

    fate: Fate | None
    item: Item
    address: str
    topic: str | None
    history: Sequence[Membership] = ()


@dataclass(frozen=True, slots=True)
class WordedTerm:
    """One summand of a score, what it was computed from, and the same in words."""

    name: str
    value: float
    inputs: Mapping[str, Any]
    words: str


@dataclass(frozen=True, slots=True)
class WordedReceipt:
    """All that makes a score: its terms sum to it."""

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


@dataclass(frozen=True, slots=True)
class ReceiptOf:
    """A receipt, and what would exchange its trend with its neighbours, where that was asked for."""

    receipt: WordedReceipt
    lifts: str
    drops: str
    recompute: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """An item that was searched for. Scores hold within one answer only."""

    item: Item
    topic: str
    score: float


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Items that were searched for, best first. `way` is how it was done, `degraded` why not as it was asked."""

    found: Sequence[Found]
    way: str
    degraded: str
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceTold:
    """A source, what is set of it, and how it does."""

    source: str
    kind: str
    label: str
    host: str
    enabled: bool
    chosen: bool
    every: float | None
    state: str
    words: str
    last_try: datetime | None
    last_success: datetime | None
    last_news: datetime | None
    retry_at: datetime | None
    fetched: int
    known: int
    failures: int
    error: str
    per_hour: float | None
    usual_per_hour: float | None
    quiet: bool
    silence_seconds: float
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WatchTold:
    """A watch of whoever asks."""

    id: str
    name: str
    filter: Mapping[str, Any]
    channels: Mapping[str, Any]
    enabled: bool
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A correction, and whether it is obeyed or was taken back."""

    correction: Correction
    stands: bool


@dataclass(frozen=True, slots=True)
class ExecutionStep:
    """How a step of a workflow went."""

    number: int
    name: str
    kind: str
    round: int
    state: str
    progress: float
    needs: Sequence[str] = ()
    attempts: int = 0
    began: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None
    result: Any = None
    error: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """A workflow on its way, or at its end; in lists `steps` are left out."""

    id: str
    workflow: str
    state: str
    progress: float
    created: datetime
    ended: datetime | None = None
    seconds: float | None = None
    error: str = ""
    executor: str = ""
    schedule: str = ""
    forked_from: str = ""
    recoveries: int = 0
    steps: Sequence[ExecutionStep] = ()
