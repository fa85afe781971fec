"""Trends: the list, one of them, its items, its past and its counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import TypeAdapter

from trend_agent.api import cursor as places
from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk, Desk
from trend_agent.api.kept import AtKeptDesk
from trend_agent.api.parameters import (
    MOST,
    AsOf,
    Categories,
    ItemsPage,
    Languages,
    Limit,
    Sources,
    States,
    TopicId,
    TrendsPage,
    Within,
    Words,
    hours_of,
)
from trend_agent.api.rest.answers import Bucket, ItemPage, LineagePage, Series, TrendPage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import ITEM_PAGE, LINEAGE_PAGE, SERIES, TREND, TREND_PAGE
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.errors import Missing
from trend_agent.items import Trend, TrendState
from trend_agent.processing.filtering import Filter
from trend_agent.processing.timeline import members_then

router = APIRouter(prefix="/api/v1/trends", tags=["trends"], dependencies=[READ], route_class=SparseRoute)
_page = TypeAdapter(TrendPage)
_trend = TypeAdapter(Trend)


def _filter(
    source: Sources = [],  # noqa: B006
    lang: Languages = [],  # noqa: B006
    state: States = [],  # noqa: B006
    category: Categories = [],  # noqa: B006
    within: Within = None,
    q: Words = "",
) -> Filter:
    return Filter(source, lang, category, state, q.strip(), hours_of(within))


Wanted = Annotated[Filter, Depends(_filter)]
"""The filters of a list of trends, as the parameters of a route."""


@router.get("", summary="List the trends", response_model=TrendPage, responses=answers(TREND_PAGE, 422, 503))
async def trends(
    desk: AtKeptDesk, wanted: Wanted, limit: Limit = 50, cursor: TrendsPage = "", as_of: AsOf = None
) -> Response:
    """The trends of now or of a past moment, best first.

    With `as_of` it is the newest list that was published by then and is kept: of every five minutes the first, for
    30 days where nothing else is set; `at` says when that was. Where none of the five minutes before is kept, as of a
    log that was taken in later, the list is computed for that very moment, which is then `at`.

    Filters of one name widen the choice, filters of different names narrow it. A cursor goes on in the list
    it came from, whatever `as_of` says and even where a newer one has been published since.
    """
    after, pinned = places.trends_place(cursor) if cursor else (0, None)

    async def make() -> bytes:
        ready = None if wanted else await _ready(desk, limit, after, as_of, pinned)
        return ready or _page.dump_json(await _trends(desk, limit, after, as_of, pinned, wanted))

    asked = [str(pinned), str(as_of), str(limit), str(after), repr(wanted)]
    return Response(await desk.answer("page", *asked, make=make), media_type="application/json")


async def _ready(
    desk: Desk, limit: int, after: int, as_of: datetime | None, pinned: datetime | None
) -> bytes | None:
    """A page put together of what lies ready; None where it has to be computed."""
    for moment in [None, pinned] if pinned else [as_of]:
        part = await desk.listed(limit, after, moment)
        if part.at is not None and pinned in {None, part.at}:
            more = places.trends_after(part.last, part.at) if part.more else None
            head, tail = _page.dump_json(TrendPage([], more, part.at)).split(b"[]", 1)
            return b"".join((head, b"[", ",".join(part.trends).encode(), b"]", tail))
    return None


async def _trends(
    desk: Desk, limit: int, after: int, as_of: datetime | None, pinned: datetime | None, wanted: Filter
) -> TrendPage:
    ranked = await listed_at(desk, pinned or as_of, exactly=pinned is not None)
    at = ranked[0].at if ranked else pinned or as_of or await desk.records.clock()
    rest = [t for t in wanted.chosen(ranked) if t.rank > after]
    more = places.trends_after(rest[limit - 1].rank, at) if at and len(rest) > limit else None
    return TrendPage(rest[:limit], more, at)


async def page_of(
    desk: Desk, wanted: Filter, *, limit: int, cursor: str = "", as_of: datetime | None = None
) -> TrendPage:
    """A page of the list of now or of a moment, for whoever asks in another way than by this path."""
    after, pinned = places.trends_place(cursor) if cursor else (0, None)
    return await _trends(desk, limit, after, as_of, pinned, wanted)


@router.get("/{id}", summary="Show one trend", responses=answers(TREND, 404, 422, 503))
async def trend(desk: AtDesk, topic: TopicId, as_of: AsOf = None) -> Trend:
    """A topic as measured on the newest list it was on, or on that of a past moment. The id of a merged topic gives
    the survivor."""
    return await trend_at(desk, topic, as_of)


@router.get("/{id}/items", summary="List a trend's items", responses=answers(ITEM_PAGE, 404, 422, 503))
async def items(
    desk: AtDesk, topic: TopicId, limit: Limit = 100, cursor: ItemsPage = "", as_of: AsOf = None
) -> ItemPage:
    """What the trend is based on, in the order it came in; `copy_of` names the item that a copy repeats."""
    after = places.items_place(cursor) if cursor else 0
    if as_of:
        facts = await members_then(desk.records, topic, as_of, limit=limit + 1, after=after)
    else:
        facts = await desk.records.members(topic, limit=limit + 1, after=after)
    more = places.items_after(facts[limit - 1].seq) if len(facts) > limit else None
    return ItemPage(facts[:limit], more, as_of or await desk.records.clock())


@router.get("/{id}/lineage", summary="Tell a topic's past", responses=answers(LINEAGE_PAGE, 404, 422, 503))
async def lineage(desk: AtDesk, topic: TopicId, as_of: AsOf = None) -> LineagePage:
    """When the topic was born, merged, split, ended or woken, and with which other topic."""
    alive = await desk.records.topic(topic)
    changes = [c for c in await desk.records.lineage(topic) if as_of is None or c.at <= as_of]
    return LineagePage(alive, changes, None, as_of or await desk.records.clock())


@router.get(
    "/{id}/series", summary="Count a trend's items over time", responses=answers(SERIES, 404, 422, 503)
)
async def series(desk: AtDesk, topic: TopicId) -> Series:
    """Items and copies per quarter of an hour, source and language."""
    alive = await desk.records.topic(topic)
    rows = await desk.records.series(topic)
    return Series(alive.id, [Bucket(*row) for row in rows], None, await desk.records.clock())


async def listed_at(desk: Desk, moment: datetime | None, *, exactly: bool = False) -> Sequence[Trend]:
    """The list published last, now or by a moment, or the one of that very moment; computed where it is not kept."""
    published = await desk.trends(MOST, None)
    if moment is None or (published and published[0].at == moment):
        return published
    kept = await desk.listed(MOST, 0, moment)
    if kept.at is not None and (kept.at == moment or not exactly):
        return [_trend.validate_json(one) for one in kept.trends]
    return await desk.trends(MOST, moment)


async def trend_at(desk: Desk, topic: str, moment: datetime | None) -> Trend:
    """A topic on the newest list it was on, or on that of a moment. `Missing` where it is not on it."""
    if moment is None:
        return await desk.records.trend(topic)
    alive = (await desk.records.topic(topic)).id
    then = {t.topic: t for t in await listed_at(desk, moment)}
    found = then.get(topic) or then.get(alive)
    if found is None:
        raise Missing(f"topic {topic!r} was not on the list of {moment:%Y-%m-%d %H:%M:%S} UTC")
    return found


def chosen(
    trends: Sequence[Trend], sources: Sequence[str], languages: Sequence[str], states: Sequence[TrendState]
) -> list[Trend]:
    """Those that meet every filter which is not empty."""
    return Filter(sources, languages, states=states).chosen(trends)
