"""What may be asked with: the parameters of the routes and their bounds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from trend_agent.api import cursor
from trend_agent.items import EARLIEST, TrendState, utc
from trend_agent.processing.filtering import HOURS, Stretch
from trend_agent.processing.finding import Way
from trend_agent.processing.timeline import Width

LATEST = datetime(2200, 1, 1, tzinfo=UTC)
MOST = 1000
"""Trends a list holds at most."""

PLAIN = r"^[^\x00-\x1f\x7f]+$"
"""No control characters: no store keeps them in names, and some refuse to look for them."""


def reachable(moment: datetime) -> datetime:
    """The moment in UTC. Before there was a web nothing can have been seen, and nothing that is asked for lies behind
    the end of time as we have it: what lies beyond either is that moment."""
    try:
        moment = utc(moment)
    except OverflowError:
        moment = LATEST if moment.year > EARLIEST.year else EARLIEST
    return min(max(moment, EARLIEST), LATEST)


def _written(value: Any) -> Any:
    """A moment as people and programs write it; a mere number is none."""
    if isinstance(value, str) and not DATE.match(value):
        raise ValueError("should be a date or a moment in ISO 8601, such as 2026-03-01T12:00:00Z")
    return value


def _whole(value: Any) -> Any:
    """A whole number, also where it is written as 3.0; a truth value or a text is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("should be a whole number")  # noqa: TRY004  # pydantic wants it so
    return value


DATE = re.compile(r"\d{4}-\d\d-\d\d")
WRITTEN = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
WHOLE = BeforeValidator(_whole)
Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(reachable), WithJsonSchema(WRITTEN)]


def hours_of(within: Stretch | int | None) -> int | None:
    """A stretch of time in hours."""
    return HOURS[within] if isinstance(within, str) else within


Category = Literal[
    "sports", "entertainment", "health", "science", "technology", "economy", "society", "other"
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]

Limit = Annotated[int, Query(ge=1, le=500, description="how many to answer with at most")]
FewAtMost = Annotated[int, Query(alias="limit", ge=1, le=100, description="how many to answer with at most")]
LimitOfList = Annotated[
    int, Query(alias="limit", ge=1, le=MOST, description="how many places of the list to answer with at most")
]


def _page(pattern: str) -> Any:
    return Query(
        alias="cursor",
        max_length=40,
        pattern=pattern,
        description="the `next` of an earlier answer: goes on from there",
    )


TrendsPage = Annotated[str, _page(cursor.TRENDS)]
SourcesPage = Annotated[str, _page(cursor.SOURCES)]
ItemsPage = Annotated[str, _page(cursor.pattern("items"))]
FoundItemsPage = Annotated[str, _page(cursor.pattern("found"))]
CorrectionsPage = Annotated[str, _page(cursor.pattern("said"))]
AlertsPage = Annotated[str, _page(cursor.pattern("alerts"))]
RunsPage = Annotated[str, _page(cursor.pattern("runs"))]
DeedsPage = Annotated[str, _page(cursor.pattern("deeds"))]
CallsPage = Annotated[str, _page(cursor.pattern("calls"))]
AsOf = Annotated[
    Moment | None,
    Query(
        description="a past moment (ISO 8601, UTC where it has no zone): answers as it would have then; `at` says of "
        "which moment the answer is"
    ),
]
Hours = Annotated[int, Query(ge=1, le=168, description="how many hours to look back")]
Sources = Annotated[
    list[Name],
    Query(alias="source", max_length=50, description="only trends that one of these sources tells of"),
]
Languages = Annotated[
    list[Name],
    Query(alias="lang", max_length=50, description="only trends told in one of these languages (ISO 639)"),
]
States = Annotated[
    list[TrendState], Query(alias="state", max_length=5, description="only trends in one of these states")
]
Categories = Annotated[
    list[Category],
    Query(alias="category", max_length=8, description="only trends of one of these categories"),
]
Within = Annotated[
    Stretch | Annotated[int, Field(ge=1, le=168)] | None,
    Query(
        alias="window",
        description="only trends of which an item was seen within so many hours before the list's moment: a number, "
        "or `breaking` (3), `day` (24) or `week` (168)",
    ),
]
Words = Annotated[
    str,
    Query(
        alias="q",
        max_length=200,
        pattern=PLAIN[:-2] + "*$",
        description="only trends whose headline, label or summary holds all these words",
    ),
]
Columns = Annotated[Width, Query(alias="width", description="how wide a column is")]
Text = Annotated[
    str, Query(min_length=1, max_length=500, pattern=PLAIN, description="what to look for, in any language")
]
WayOfSearch = Annotated[Way, Query(alias="way", description="by words, by nearness, or by both merged")]
OfSources = Annotated[
    list[Name], Query(alias="source", max_length=50, description="only items of one of these sources")
]
InLanguages = Annotated[
    list[Name],
    Query(alias="lang", max_length=50, description="only items in one of these languages (ISO 639)"),
]
OfTopics = Annotated[
    list[Name], Query(alias="topic", max_length=50, description="only items of one of these topics")
]
SeenSince = Annotated[
    Moment | None,
    Query(description="only items seen from this moment on (ISO 8601, UTC where it has no zone)"),
]
SeenUntil = Annotated[
    Moment | None,
    Query(description="only items seen until this moment"),
]
TopicId = Annotated[
    str,
    Path(
        alias="id",
        min_length=1,
        max_length=200,
        pattern=PLAIN,
        description="the topic's id; one merged away is as good",
    ),
]
ItemId = Annotated[
    str, Path(alias="id", min_length=1, max_length=2000, pattern=PLAIN, description="the item's id")
]

Address = Annotated[
    str,
    Query(
        min_length=1,
        max_length=2048,
        pattern=r"^[hH][tT][tT][pP][sS]?://[^\x00-\x1f\x7f]+$",
        description="the address the item was published at",
    ),
]
OneSource = Annotated[
    str,
    Query(
        alias="source",
        max_length=200,
        pattern=PLAIN[:-2] + "*$",
        description="only what this source delivered",
    ),
]
