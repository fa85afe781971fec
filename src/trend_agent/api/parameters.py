"""What may be asked with: the parameters of the routes and their bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, Field, StringConstraints

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
    """The moment in UTC. `ValueError` where no list can be made for it."""
    try:
        moment = utc(moment)
    except OverflowError:
        moment = LATEST
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"should lie between the years {EARLIEST.year} and {LATEST.year - 1}")
    return moment


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
Page = Annotated[
    str,
    Query(alias="cursor", max_length=200, description="the `next` of an earlier answer: goes on from there"),
]
AsOf = Annotated[
    datetime | None,
    Query(description="a past moment (ISO 8601, UTC where it has no zone): answers as it would have then"),
    AfterValidator(lambda moment: moment and reachable(moment)),
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
    datetime | None,
    Query(description="only items seen from this moment on (ISO 8601, UTC where it has no zone)"),
    AfterValidator(lambda moment: moment and reachable(moment)),
]
SeenUntil = Annotated[
    datetime | None,
    Query(description="only items seen until this moment"),
    AfterValidator(lambda moment: moment and reachable(moment)),
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
    Query(min_length=1, max_length=8000, pattern=PLAIN, description="the address the item was published at"),
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
