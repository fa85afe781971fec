"""`/feeds/…`: every list that can be read can be followed with any reader of feeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from trend_agent.api.access import READ
from trend_agent.api.desk import AtDesk, AtHands, Site
from trend_agent.api.feeds import entries
from trend_agent.api.feeds.feed import Entry, Feed, permanent
from trend_agent.api.feeds.forms import FORMS, Form
from trend_agent.api.kept import AtKeptDesk
from trend_agent.api.parameters import MOST, InLanguages, OfSources, OfTopics, Text, TopicId
from trend_agent.api.rest.sources import opml
from trend_agent.api.rest.trends import Wanted
from trend_agent.processing import finding
from trend_agent.processing.finding import Way
from trend_agent.storage.ports.vectors import Where

router = APIRouter(prefix="/feeds", include_in_schema=False, dependencies=[READ])

LOOK_BACK = timedelta(days=7)
"""How long ago a source's failure may lie that is told of."""

Many = Annotated[int, Query(ge=1, le=200)]


@router.get("/trends.{form}")
async def trends(
    request: Request, desk: AtKeptDesk, form: Form, site: Site, among: Wanted, limit: Many = 50
) -> Response:
    """What is rising, an entry for each topic; filters are those of the list."""

    async def make() -> Feed:
        chosen = among.chosen(await desk.trends(MOST, None))[:limit]
        about = "What is rising, by what several sources tell of"
        return _feed(request, site, "Trends", about, "/", await entries.of_trends(desk.records, chosen, site))

    return await _kept(request, desk, form, site, make)


@router.get("/topics/{id}.{form}")
async def topic(
    request: Request, desk: AtKeptDesk, form: Form, site: Site, topic: TopicId, limit: Many = 50
) -> Response:
    """The items of one topic as they come in. The id of a merged topic is followed by its survivor's items."""
    alive = (await desk.records.topic(topic)).id

    async def make() -> Feed:
        facts = (await desk.records.newest([alive], limit=limit))[alive]
        title = facts[-1].item.title if facts else alive
        page = f"/trends/{quote(alive, safe='')}"
        items = entries.of_items((fact.item for fact in facts), site)
        return _feed(request, site, title, "What is published on one topic", page, items)

    return await _kept(request, desk, form, site, make)


@router.get("/search.{form}")
async def search(
    request: Request,
    desk: AtKeptDesk,
    form: Form,
    site: Site,
    q: Text,
    way: Way = "keyword",
    source: OfSources = [],  # noqa: B006
    lang: InLanguages = [],  # noqa: B006
    topic: OfTopics = [],  # noqa: B006
    limit: Many = 50,
) -> Response:
    """The items a text is about; by words they come newest first."""

    async def make() -> Feed:
        where = Where(sources=source, languages=lang, topics=topic)
        answer = await finding.search(desk.records, desk.index, q, way=way, where=where, limit=limit)
        page = f"/search?q={quote(q, safe='')}"
        items = entries.of_items((found.item for found in answer.found), site)
        return _feed(request, site, f"Search: {q}", "Items that a search finds", page, items)

    if way != "keyword":  # the index follows the records at its own pace
        return _answer(request, form, *_written(form, await make()))
    return await _kept(request, desk, form, site, make)


@router.get("/sources.opml")
async def sources_opml(hands: AtHands) -> Response:
    """The feeds that are collected, as other readers take them in."""
    return await opml(hands)


@router.get("/sources.{form}")
async def sources(request: Request, desk: AtDesk, form: Form, site: Site) -> Response:
    """When a source began to fail, and when it answered again."""
    records = desk.collected
    turns = entries.of_health(
        await records.health(), await records.visits(datetime.now(UTC) - LOOK_BACK), site
    )
    feed = _feed(request, site, "Sources", "Which sources fail, and which answer again", "/sources", turns)
    return _answer(request, form, *_written(form, feed))


def _feed(request: Request, site: str, title: str, about: str, page: str, found: list[Entry]) -> Feed:
    query = f"?{request.url.query}" if request.url.query else ""
    bare = request.url.path.rpartition(".")[0]
    here = f"{site}{request.url.path}{query}"
    return Feed(
        permanent("feed", f"{bare}{query}"), f"{title} · Trend Agent", about, here, f"{site}{page}", found
    )


async def _kept(
    request: Request, desk: AtKeptDesk, form: Form, site: str, make: Callable[[], Awaitable[Feed]]
) -> Response:
    """A feed as it was written when nothing had changed since; its date stands before it."""

    async def written() -> bytes:
        return b"\n".join(_written(form, await make()))

    kept = await desk.answer("feed", site, request.url.path, request.url.query, make=written)
    return _answer(request, form, *kept.split(b"\n", 1))


def _written(form: Form, feed: Feed) -> tuple[bytes, bytes]:
    """When it was updated, as a header says it, and the document."""
    return format_datetime(feed.updated, usegmt=True).encode(), FORMS[form].write(feed)


def _answer(request: Request, form: Form, updated: bytes, document: bytes) -> Response:
    headers = {"Last-Modified": updated.decode(), "Cache-Control": "no-cache, max-age=0"}
    if _is_known(request, updated.decode()):
        return Response(status_code=304, headers=headers)
    return Response(document, headers=headers, media_type=FORMS[form].kind)


def _is_known(request: Request, updated: str) -> bool:
    """Whether the reader has what was updated then (RFC 9110, 13.1.3); where it names a tag, that decides."""
    since = request.headers.get("if-modified-since", "")
    if not since or "if-none-match" in request.headers:
        return False
    try:
        return parsedate_to_datetime(updated) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
