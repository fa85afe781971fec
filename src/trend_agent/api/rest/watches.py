"""Watches and alerts of whoever asks: saved filters, and what was told of the trends in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from trend_agent.api import cursor as places
from trend_agent.api.access import READ, WRITE, Caller
from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import PLAIN, WHOLE, AlertsPage, Category, Limit, Name
from trend_agent.api.rest.answers import AlertPage, AlertTold, Marked, WatchPage, WatchTold
from trend_agent.api.rest.documented import answers, body, nothing
from trend_agent.api.rest.examples.watches import (
    ALERT,
    ALERT_PAGE,
    CHANGING,
    MAKING,
    MARKED,
    MARKING,
    READING,
    WATCH,
    WATCH_PAGE,
)
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.items import TrendState
from trend_agent.processing.filtering import Filter
from trend_agent.processing.watching import Watching
from trend_agent.storage.ports.watches import Alert, Watch, Watches

router = APIRouter(prefix="/api/v1", tags=["watches"], route_class=SparseRoute)

LARGEST = 4096
"""Bytes that the channels of a watch may take."""


def _watches(request: Request) -> Watches:
    found = request.app.state.watches
    if found is None:
        raise HTTPException(503, "no watches are kept here")
    return cast(Watches, found)


AtWatches = Annotated[Watches, Depends(_watches)]


async def _watching(watches: AtWatches, desk: AtDesk) -> Watching:
    return Watching(watches, desk.records)


AtWatching = Annotated[Watching, Depends(_watching)]


def _bounded(channels: dict[str, JsonValue]) -> dict[str, JsonValue]:
    told = json.dumps(channels, allow_nan=False, ensure_ascii=False)  # which knows numbers of any size
    if any("\ud800" <= sign <= "\udfff" for sign in told):
        raise ValueError("should hold no half of a pair of surrogates: nobody could be told of it")
    if len(told.encode()) > LARGEST:
        raise ValueError(f"should take at most {LARGEST} bytes")
    return channels


Channels = Annotated[dict[str, JsonValue], AfterValidator(_bounded)]
Called = Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN)]


class WantedTrends(BaseModel):
    """What a trend has to be. What is left out lets everything through; values of one part widen the choice, parts
    narrow it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sources: list[Name] = Field(default=[], max_length=50, description="one of these sources tells of it")
    languages: list[Name] = Field(
        default=[], max_length=50, description="it is told in one of these languages"
    )
    categories: list[Category] = Field(
        default=[], max_length=8, description="it is of one of these categories"
    )
    states: list[TrendState] = Field(default=[], max_length=5, description="it is in one of these states")
    text: str = Field(
        default="",
        max_length=200,
        pattern=PLAIN[:-2] + "*$",
        description="its headline, label or summary holds all these words",
    )
    hours: Annotated[int, Field(ge=1, le=168), WHOLE] | None = Field(
        default=None, description="an item of it was seen within so many hours"
    )
    surprise: float = Field(default=0.0, ge=0, le=1000, description="the least log10 of the odds of its rise")
    alarmed: bool = Field(default=False, description="its rise passed the dial")

    def filter(self) -> Filter:
        return Filter(**self.model_dump())


class MakingWatch(BaseModel):
    """A watch to be made. `channels` say where alerts are to go; they are kept as they are."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Called
    filter: WantedTrends = WantedTrends()
    channels: Channels = {}
    enabled: bool = True


class ChangingWatch(BaseModel):
    """What is to change of a watch; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Called | None = None
    filter: WantedTrends | None = None
    channels: Channels | None = None
    enabled: bool | None = None


class MarkingAlert(BaseModel):
    """Whether an alert was read."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    read: bool


class ReadingAlerts(BaseModel):
    """All alerts up to one, that one included, of all watches or of one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    until: Name = Field(description="the id of the last alert that was read")
    watch: Name | None = Field(default=None, description="the id of a watch: only its alerts")


WatchId = Annotated[
    str, Path(alias="id", min_length=1, max_length=200, pattern=PLAIN, description="the watch's id")
]
AlertId = Annotated[
    str, Path(alias="id", min_length=1, max_length=200, pattern=PLAIN, description="the alert's id")
]
OfWatch = Annotated[
    str,
    Query(alias="watch", max_length=200, pattern=PLAIN[:-2] + "*$", description="only alerts of this watch"),
]
Unread = Annotated[bool, Query(description="only those that were not read")]


@router.get(
    "/watches",
    summary="List one's watches",
    dependencies=[READ],
    responses=answers(WATCH_PAGE, 422, 503),
)
async def watches(watches: AtWatches, desk: AtDesk, caller: Caller) -> WatchPage:
    """The saved filters of the key that asks."""
    found = await watches.watches(caller.owner)
    return WatchPage([_told(watch) for watch in found], None, await desk.records.clock())


@router.post(
    "/watches",
    status_code=201,
    summary="Save a watch",
    dependencies=[WRITE],
    responses=answers(WATCH, 409, 422, 503, status=201, told="Saved"),
    openapi_extra=body(MAKING),
)
async def add_watch(
    watching: AtWatching, caller: Caller, making: MakingWatch, response: Response
) -> WatchTold:
    """Alerts are told of what comes into it from now on, passes the dial in it, or comes into another state; what
    stands in it already is no news. The owner is the key that asks."""
    made = await watching.add(
        caller.owner,
        making.name,
        making.filter.filter(),
        channels=making.channels,
        enabled=making.enabled,
    )
    response.headers["Location"] = f"/api/v1/watches/{made.id}"
    return _told(made)


@router.get(
    "/watches/{id}",
    summary="Show one watch",
    dependencies=[READ],
    responses=answers(WATCH, 404, 422, 503),
)
async def watch(watches: AtWatches, caller: Caller, key: WatchId) -> WatchTold:
    """One of the watches of the key that asks; nobody else's is shown."""
    return _told(await watches.watch(caller.owner, key))


@router.patch(
    "/watches/{id}",
    summary="Change a watch",
    dependencies=[WRITE],
    responses=answers(WATCH, 404, 409, 422, 503, told="Changed"),
    openapi_extra=body(CHANGING),
)
async def change_watch(
    watching: AtWatching, caller: Caller, key: WatchId, changing: ChangingWatch
) -> WatchTold:
    """What is left out stays as it is. Under another filter what stands in it already is no news."""
    wanted = changing.filter.filter() if changing.filter else None
    rest: dict[str, Any] = {
        "name": changing.name,
        "channels": changing.channels,
        "enabled": changing.enabled,
    }
    return _told(await watching.change(caller.owner, key, wanted=wanted, **rest))


@router.delete(
    "/watches/{id}",
    status_code=204,
    summary="Remove a watch and its alerts",
    dependencies=[WRITE],
    responses=nothing(404, 422, 503),
)
async def remove_watch(watches: AtWatches, caller: Caller, key: WatchId) -> None:
    """Its alerts go with it."""
    await watches.remove(caller.owner, key)


@router.get(
    "/alerts",
    summary="List one's alerts",
    dependencies=[READ],
    responses=answers(ALERT_PAGE, 422, 503),
)
async def alerts(
    watches: AtWatches,
    desk: AtDesk,
    caller: Caller,
    of: OfWatch = "",
    unread: Unread = False,  # noqa: FBT002
    limit: Limit = 50,
    cursor: AlertsPage = "",
) -> AlertPage:
    """What the watches of the key that asks told, the last first. Each change is told once, whatever happens."""
    before = places.number_at("alerts", cursor) if cursor else None
    found = await watches.alerts(caller.owner, watch=of, unread=unread, before=before, limit=limit + 1)
    more = places.behind("alerts", found[limit - 1].number) if len(found) > limit else None
    return AlertPage([_alert(one) for one in found[:limit]], more, await desk.records.clock())


@router.patch(
    "/alerts",
    summary="Mark alerts as read up to one",
    dependencies=[WRITE],
    responses=answers(MARKED, 404, 422, 503, told="Marked"),
    openapi_extra=body(READING),
)
async def read_alerts(watches: AtWatches, caller: Caller, reading: ReadingAlerts) -> Marked:
    """All that were told up to an alert, which is one of the key that asks; later ones stay unread."""
    last = await watches.alert(caller.owner, reading.until)
    at = datetime.now(UTC)
    return Marked(await watches.read_until(caller.owner, last.number, watch=reading.watch or "", at=at))


@router.get(
    "/alerts/{id}",
    summary="Show one alert",
    dependencies=[READ],
    responses=answers(ALERT, 404, 422, 503),
)
async def alert(watches: AtWatches, caller: Caller, key: AlertId) -> AlertTold:
    """One of the alerts of the key that asks; nobody else's is shown."""
    return _alert(await watches.alert(caller.owner, key))


@router.patch(
    "/alerts/{id}",
    summary="Mark an alert as read, or as not",
    dependencies=[WRITE],
    responses=answers(ALERT, 404, 422, 503, told="Marked"),
    openapi_extra=body(MARKING),
)
async def mark_alert(watches: AtWatches, caller: Caller, key: AlertId, marking: MarkingAlert) -> AlertTold:
    """An alert that was marked before keeps the new mark."""
    await watches.read(caller.owner, [key], at=datetime.now(UTC) if marking.read else None)
    return _alert(await watches.alert(caller.owner, key))


def _told(watch: Watch) -> WatchTold:
    return WatchTold(
        watch.id,
        watch.name,
        Filter(**watch.filter),
        watch.channels,
        watch.enabled,
        watch.created_at,
        watch.changed_at,
    )


def _alert(alert: Alert) -> AlertTold:
    return AlertTold(
        alert.id,
        alert.watch,
        alert.topic,
        alert.kind,
        alert.at,
        alert.told_at,
        alert.headline,
        alert.state,
        alert.before,
        alert.rank,
        alert.score,
        alert.alarm,
        alert.read_at,
    )
