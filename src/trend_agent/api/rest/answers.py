"""The envelopes of lists. What is in them are the words of the program themselves.

In each, `at` is the stream time the answer holds for, null while nothing has been taken in; `next` is the
cursor of the next page, null on the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from trend_agent.api.executions import Execution, StepKind, Template
from trend_agent.items import Correction, Item, Lineage, Outcome, Topic, Trend, TrendState
from trend_agent.processing.citing import Headline
from trend_agent.processing.filtering import Filter
from trend_agent.processing.finding import Way
from trend_agent.processing.missed import Missed
from trend_agent.processing.rank.receipt import WordedReceipt
from trend_agent.processing.scorecard import Scorecard
from trend_agent.processing.search import Found
from trend_agent.processing.statistics import CategoryShare
from trend_agent.sources.choosing import Plugin
from trend_agent.sources.listing import SourceTold
from trend_agent.storage import BIN_SECONDS, Balance, Fact, Run, Told
from trend_agent.storage.orders import OrderState
from trend_agent.storage.ports.watches import Kind


@dataclass(frozen=True, slots=True)
class TrendPage:
    """Trends, best first."""

    trends: Sequence[Trend]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemPage:
    """A topic's items in the order they came in, copies included, each with its place in the log."""

    items: Sequence[Fact]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Items that were searched for, best first. `way` is how it was done, `degraded` why not as it was asked."""

    found: Sequence[Found]
    way: Way
    degraded: str
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class LineagePage:
    """What became of a topic, oldest change first; `topic` is the one that is alive now."""

    topic: Topic
    lineage: Sequence[Lineage]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many items a source published on a topic, in one language, from `start` on for one width."""

    start: datetime
    source: str
    lang: str
    items: int
    copies: int


@dataclass(frozen=True, slots=True)
class Series:
    """A topic's time series, oldest first; empty buckets are left out."""

    topic: str
    buckets: Sequence[Bucket]
    next: str | None
    at: datetime | None
    width_seconds: int = BIN_SECONDS


@dataclass(frozen=True, slots=True)
class FatePage:
    """What became of each item asked for. Without a `fate` it still waits."""

    items: Sequence[Told]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """A source that has brought nothing new for so long that its own past makes this improbable."""

    source: str
    silence_seconds: float
    usual_per_hour: float | None
    chance: float


@dataclass(frozen=True, slots=True)
class MissedPage:
    """What the sources did not see from `since` to `at`, by language, and which of them have gone quiet."""

    missed: Sequence[Missed]
    quiet: Sequence[Quiet]
    since: datetime | None
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SourcePage:
    """The sources by their keys, each with how it is doing."""

    sources: Sequence[SourceTold]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger's sums; they hold when fetched less waiting is the sum of the verdicts."""

    balance: Balance
    holds: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Scored:
    """How good the calls of a rise were that this installation made, each measure with its number of cases."""

    scorecard: Scorecard
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CallTold:
    """That a topic was said to be rising, at `rank` and with a `confidence`, when `before` independent items had come
    in the six hours before. `headline` is a title it was known by then; `outcome` is null while its hours last."""

    topic: str
    headline: str
    at: datetime
    rank: int
    confidence: float
    before: int
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class CallPage:
    """The calls that were made, the newest first."""

    calls: Sequence[CallTold]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceiptOf:
    """A trend's receipt in words. `lifts` and `drops` say what would bring it above and below its neighbours, where
    that was asked for; `recompute` leads to the list with all it takes to compute every score again, as
    `trend verify` does."""

    receipt: WordedReceipt
    lifts: str
    drops: str
    recompute: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Near:
    """A topic like another, with its place on the list of now where it has one."""

    topic: str
    likeness: float
    item: Item
    rank: int | None


@dataclass(frozen=True, slots=True)
class NearPage:
    """The topics like one, the likest first."""

    similar: Sequence[Near]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class OneTopic:
    """A topic by any of its names. `names` are the ids of those merged into it, `ended` that it is at rest; `rank` is
    its place on the list of now, `headline` the last it had on any list."""

    topic: Topic
    names: Sequence[str]
    ended: bool
    headline: str
    rank: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class HeadlinePage:
    """The headlines a topic had on the lists that are kept, oldest first."""

    headlines: Sequence[Headline]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """A correction, and whether it is obeyed or was taken back."""

    correction: Correction
    stands: bool


@dataclass(frozen=True, slots=True)
class CorrectionPage:
    """What people said of topics, the newest first."""

    corrections: Sequence[Said]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TakenFeeds:
    """How many feeds of a list are new, how many were collected already, and why others cannot be."""

    new: int
    known: int
    refused: Sequence[str]


@dataclass(frozen=True, slots=True)
class CategoryPage:
    """The categories, the fullest first."""

    categories: Sequence[CategoryShare]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """Workflows that are ready to be run, and the `kinds` of steps that others can be made of."""

    templates: Sequence[Template]
    kinds: Sequence[StepKind]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class WatchTold:
    """A watch, as its owner sees it."""

    id: str
    name: str
    filter: Filter
    channels: Mapping[str, Any]
    enabled: bool
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class WatchPage:
    """The watches of whoever asks, by their names."""

    watches: Sequence[WatchTold]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ExecutionPage:
    """Workflows that run or ran, the newest first."""

    executions: Sequence[Execution]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertTold:
    """One message about one change: a trend `entered` the watch, passed the dial (`alarm`), or came into another
    `state`; `at` is stream time, `told_at` the wall clock. The rest is as it stood then."""

    id: str
    watch: str
    topic: str
    kind: Kind
    at: datetime
    told_at: datetime
    headline: str
    state: TrendState
    before: TrendState | None
    rank: int
    score: float
    alarm: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """The alerts of whoever asks, the last told first."""

    alerts: Sequence[AlertTold]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Marked:
    """How many alerts were marked."""

    marked: int


@dataclass(frozen=True, slots=True)
class PluginPage:
    """Every kind of source there is, by its name."""

    plugins: Sequence[Plugin]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, the last begun first."""

    runs: Sequence[Run]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderTold:
    """What was ordered of the owner of the records and what came of it; `fault` are the words it was refused with."""

    id: str
    kind: str
    by: str
    state: OrderState
    at: datetime
    until: datetime
    ended_at: datetime | None
    answer: Any
    fault: str


@dataclass(frozen=True, slots=True)
class Alive:
    """The process answers."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests can be answered, and how each part is."""

    ready: bool
    parts: Mapping[str, str]
