"""Trends: the list, one of them, its items, its past and its counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from trend_agent.api import cursor as places
from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk, Desk
from trend_agent.api.kept import AtKeptDesk
from trend_agent.api.parameters import MOST, AsOf, Languages, Limit, Page, Sources, States, TopicId
from trend_agent.api.rest.answers import Bucket, ItemPage, LineagePage, Series, TrendPage
from trend_agent.api.rest.documented import answers
from trend_agent.api.rest.examples import ITEM_PAGE, LINEAGE_PAGE, SERIES, TREND, TREND_PAGE
from trend_agent.errors import Missing
from trend_agent.items import Trend, TrendState

router = APIRouter(prefix="/api/v1/trends", tags=["trends"], dependencies=[READ])
_page = TypeAdapter(TrendPage)


@router.get("", summary="List the trends", response_model=TrendPage, responses=answers(TREND_PAGE, 422, 503))
async def trends(
    desk: AtKeptDesk,
    limit: Limit = 50,
    cursor: Page = "",
    as_of: AsOf = None,
    source: Sources = [],  # noqa: B006
    lang: Languages = [],  # noqa: B006
    state: States = [],  # noqa: B006
) -> Response:
    """The trends of now or of a past moment, best first.

    Filters of one name widen the choice, filters of different names narrow it. A cursor goes on in the list
    it came from, even where a newer one has been published since.
    """
    after, pinned = places.trends_place(cursor) if cursor else (0, None)

    async def make() -> bytes:
        ready = await _ready(desk, limit, after, pinned) if not (as_of or source or lang or state) else None
        return ready or _page.dump_json(
            await _trends(desk, limit, after, as_of or pinned, source, lang, state)
        )

    asked = [str(as_of or pinned), str(limit), str(after), ",".join(source), ",".join(lang), ",".join(state)]
    return Response(await desk.answer("page", *asked, make=make), media_type="application/json")


async def _ready(desk: Desk, limit: int, after: int, pinned: datetime | None) -> bytes | None:
    """A page of the published list, put together of what lies ready; None where another list is asked for."""
    part = await desk.listed(limit, after)
    if part.at is None or pinned not in {None, part.at}:
        return None
    more = places.trends_after(part.last, part.at) if part.more else None
    head, tail = _page.dump_json(TrendPage([], more, part.at)).split(b"[]", 1)
    return b"".join((head, b"[", ",".join(part.trends).encode(), b"]", tail))


async def _trends(
    desk: Desk,
    limit: int,
    after: int,
    moment: datetime | None,
    source: Sequence[str],
    lang: Sequence[str],
    state: Sequence[TrendState],
) -> TrendPage:
    ranked = await _list(desk, moment)
    at = moment or (ranked[0].at if ranked else await desk.records.clock())
    wanted = [t for t in chosen(ranked, source, lang, state) if t.rank > after]
    more = places.trends_after(wanted[limit - 1].rank, at) if at and len(wanted) > limit else None
    return TrendPage(wanted[:limit], more, at)


@router.get("/{id}", summary="Show one trend", responses=answers(TREND, 404, 422, 503))
async def trend(desk: AtDesk, topic: TopicId, as_of: AsOf = None) -> Trend:
    """A topic as measured on the newest list it was on, or on that of a past moment. The id of a merged topic gives
    the survivor."""
    if as_of is None:
        return await desk.records.trend(topic)
    alive = (await desk.records.topic(topic)).id
    then = {t.topic: t for t in await _list(desk, as_of)}
    found = then.get(topic) or then.get(alive)
    if found is None:
        raise Missing(f"topic {topic!r} was not on the list of {as_of:%Y-%m-%d %H:%M:%S} UTC")
    return found


@router.get("/{id}/items", summary="List a trend's items", responses=answers(ITEM_PAGE, 404, 422, 503))
async def items(desk: AtDesk, topic: TopicId, limit: Limit = 100, cursor: Page = "") -> ItemPage:
    """What the trend is based on, in the order it came in; `copy_of` names the item that a copy repeats."""
    after = places.items_place(cursor) if cursor else 0
    await desk.records.topic(topic)
    facts = await desk.records.members(topic, limit=limit + 1, after=after)
    more = places.items_after(facts[limit - 1].seq) if len(facts) > limit else None
    return ItemPage(facts[:limit], more, await desk.records.clock())


@router.get("/{id}/lineage", summary="Tell a topic's past", responses=answers(LINEAGE_PAGE, 404, 422, 503))
async def lineage(desk: AtDesk, topic: TopicId) -> LineagePage:
    """When the topic was born, merged, split, ended or woken, and with which other topic."""
    alive = await desk.records.topic(topic)
    changes = await desk.records.lineage(topic)
    return LineagePage(alive, changes, None, await desk.records.clock())


@router.get(
    "/{id}/series", summary="Count a trend's items over time", responses=answers(SERIES, 404, 422, 503)
)
async def series(desk: AtDesk, topic: TopicId) -> Series:
    """Items and copies per quarter of an hour, source and language."""
    alive = await desk.records.topic(topic)
    rows = await desk.records.series(topic)
    return Series(alive.id, [Bucket(*row) for row in rows], None, await desk.records.clock())


async def _list(desk: Desk, moment: datetime | None) -> Sequence[Trend]:
    """The list of a moment; the published one, where it is of that very moment, saves computing it."""
    published = await desk.trends(MOST, None)
    if moment is None or (published and published[0].at == moment):
        return published
    return await desk.trends(MOST, moment)


def chosen(
    trends: Sequence[Trend], sources: Sequence[str], languages: Sequence[str], states: Sequence[TrendState]
) -> list[Trend]:
    """Those that meet every filter which is not empty."""
    return [
        t
        for t in trends
        if (not sources or not set(sources).isdisjoint(t.sources))
        and (not languages or not set(languages).isdisjoint(t.languages))
        and (not states or t.state in states)
    ]
