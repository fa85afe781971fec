"""Sources: which there are, how they do, and choosing them while the program runs."""

from __future__ import annotations

from typing import Annotated, get_args
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

from trend_agent.api import cursor as places
from trend_agent.api.access import READ, WRITE
from trend_agent.api.access.writes import note
from trend_agent.api.desk import AtDesk, AtHands, Desk, Hands, IfHands
from trend_agent.api.parameters import PLAIN, Limit, SourcesPage
from trend_agent.api.rest.answers import SourcePage, TakenFeeds
from trend_agent.api.rest.documented import answers, body, nothing, text
from trend_agent.api.rest.examples.sources import (
    ADDED,
    ADDING,
    CHANGING,
    OPML,
    SOURCE,
    SOURCE_PAGE,
    TAKEN,
    TRIED,
)
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.errors import Conflict, Missing
from trend_agent.sources.choosing import Tried
from trend_agent.sources.listing import SourceTold, State, told

router = APIRouter(prefix="/api/v1/sources", tags=["sources"], route_class=SparseRoute)

OPML_KIND = "text/x-opml"
HARMLESS = r"^([^$\x00-\x1f\x7f]|\$+[^${\x00-\x1f\x7f])*\$*$"
"""No control characters, and no `${NAME}`: variables are named in the file of sources alone."""

LARGEST = 1 << 20
"""Bytes of a list of feeds."""

Key = Annotated[
    str,
    Path(
        alias="key",
        min_length=1,
        max_length=2100,
        pattern=PLAIN,
        description="the source's key as the list has it, or the address of a feed; percent-encoded",
    ),
]


async def _no_test(request: Request) -> None:
    """A key that ends in `/test` is written with that slash encoded: otherwise it is another operation."""
    if (request.scope.get("raw_path") or b"").endswith(b"/test"):
        raise HTTPException(405, "a source is tried by POST", {"Allow": "POST"})


NO_TEST = Depends(_no_test)
InStates = Annotated[
    list[State], Query(alias="state", max_length=8, description="only sources in one of these states")
]
Number = Annotated[int, Query(ge=1, le=20, description="how many of its items to show at most")]


Value = Annotated[str, Field(max_length=2048, pattern=HARMLESS)]
Setting = Value | StrictBool | StrictInt | StrictFloat


class Adding(BaseModel):
    """A source to add: `address` is what a person sees (a feed, a page that names its feeds, a channel), or the name
    of a kind; `settings` are the kind's own. `every_feed` takes all feeds that a page names, not the first."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    address: Annotated[Value, Field(min_length=1)]
    settings: dict[str, Setting] = Field(default_factory=dict, max_length=30)
    every_feed: bool = False


class Changing(BaseModel):
    """What is to change of a source: whether it is visited, settings of its, or both."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    enabled: bool | None = None
    settings: dict[str, Setting] | None = Field(None, max_length=30)


@router.get(
    "",
    summary="List the sources and their health",
    dependencies=[READ],
    responses=answers(SOURCE_PAGE, 404, 422, 503),
)
async def sources(
    desk: AtDesk,
    hands: IfHands,
    state: InStates = [],  # noqa: B006
    limit: Limit = 500,
    cursor: SourcesPage = "",
) -> SourcePage:
    """What is collected, what is set of it without its secrets, when it was tried and answered last, what it brings
    against its own rhythm, and what is wrong with it. Those that were removed are listed where the state `removed` is
    asked for."""
    wanted = state or [one for one in get_args(State) if one != "removed"]
    found = [one for one in await _told(desk, hands) if one.state in wanted]
    if cursor:
        found = found[places.place_among([one.source for one in found], cursor) :]
    more = places.after_key(found[limit - 1].source) if len(found) > limit else None
    return SourcePage(found[:limit], more, await desk.records.clock())


@router.get(
    "/opml",
    summary="Write the feeds as OPML",
    dependencies=[READ],
    response_class=Response,
    responses=text(OPML_KIND, OPML, 409, 422, 503),
)
async def opml(hands: AtHands) -> Response:
    """The feeds that are collected, in a folder for each category, as other readers take them in."""
    document = await hands.sources.written(title="Feeds collected by Trend Agent")
    return Response(document, media_type=OPML_KIND)


@router.post(
    "/opml",
    summary="Take the feeds of an OPML document in",
    dependencies=[WRITE],
    responses=answers(TAKEN, 409, 413, 422, 503, told="Taken in"),
    openapi_extra=body(OPML, kind=OPML_KIND),
)
async def take_opml(hands: AtHands, request: Request) -> TakenFeeds:
    """Those that are collected already stay as they are; of those that cannot be, the answer tells why."""
    taken = await hands.sources.take_in(await _body(request))
    return TakenFeeds(taken.new, taken.known, taken.refused)


@router.api_route("/opml", methods=["PATCH", "DELETE", "PUT"], include_in_schema=False, dependencies=[READ])
async def opml_is_no_source() -> None:
    """Keeps what is said of sources by their keys from this path."""
    raise HTTPException(405, "this path is no source's", {"Allow": "GET, POST"})


@router.post(
    "",
    status_code=201,
    summary="Add a source by its address",
    dependencies=[WRITE],
    responses=answers(ADDED, 404, 409, 422, 503, status=201, told="Chosen"),
    openapi_extra=body(ADDING),
)
async def add_source(
    request: Request, desk: AtDesk, hands: AtHands, adding: Adding, response: Response
) -> SourcePage:
    """A feed, a page that names its feeds, a community or a channel by its address, or any kind by its name with its
    settings. It is visited within half a minute."""
    made = await hands.sources.add(adding.address, adding.settings, every_feed=adding.every_feed)
    keys = {one.key for one in made}
    note(request, sources=sorted(keys))
    response.headers["Location"] = address_of(made[0].key)
    found = [one for one in await _told(desk, hands) if one.source in keys]
    return SourcePage(found, None, await desk.records.clock())


@router.post(
    "/{key:path}/test",
    summary="Ask a source once",
    dependencies=[WRITE],
    responses=answers(TRIED, 404, 409, 422, 503, told="What it says"),
)
async def test_source(hands: AtHands, key: Key, number: Number = 5) -> Tried:
    """What it would bring now; nothing of it is kept. Where it does not answer, `fault` says why."""
    return await hands.sources.try_out(key, number=number)


@router.get(
    "/{key:path}",
    summary="Show one source",
    dependencies=[NO_TEST, READ],
    responses=answers(SOURCE, 404, 422, 503),
)
async def one_source(desk: AtDesk, hands: IfHands, key: Key) -> SourceTold:
    """One source with its settings, its health and its rhythm."""
    return await _one(desk, hands, key)


@router.patch(
    "/{key:path}",
    summary="Enable, disable or change a source",
    dependencies=[NO_TEST, WRITE],
    responses=answers(SOURCE, 404, 409, 422, 503, told="Changed"),
    openapi_extra=body(CHANGING),
)
async def change_source(
    request: Request, desk: AtDesk, hands: AtHands, key: Key, changing: Changing
) -> SourceTold:
    """A disabled source is not visited any more; what it said stays."""
    made = await hands.sources.change(key, settings=changing.settings, enabled=changing.enabled)
    note(request, source=made.key, enabled=changing.enabled, settings=sorted(changing.settings or ()))
    return await _one(desk, hands, made.key)


@router.delete(
    "/{key:path}",
    status_code=204,
    summary="Remove a source that was added",
    dependencies=[NO_TEST, WRITE],
    responses=nothing(404, 409, 422, 503),
)
async def remove_source(request: Request, hands: AtHands, key: Key) -> None:
    """What was chosen of it is taken back: an added one goes, a configured one is as configured. What it said
    stays."""
    await hands.sources.remove(key)
    note(request, source=key)


def address_of(key: str) -> str:
    return f"/api/v1/sources/{quote(key, safe='')}"


async def _told(desk: Desk, hands: Hands | None) -> list[SourceTold]:
    """Every source; where nothing is collected here, those that were."""
    try:
        roster = await hands.sources.roster() if hands else None
    except Conflict:
        roster = None
    return await told(roster, desk.collected)


async def _one(desk: Desk, hands: Hands | None, key: str) -> SourceTold:
    listed = {one.source: one for one in await _told(desk, hands) if one.state != "removed"}
    found = listed.get(key) or listed.get(f"rss:{key}") or listed.get(f"rss:https://{key}")
    if found is None:
        raise Missing(f"no source called {key!r}; /api/v1/sources lists them")
    return found


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise HTTPException(413, f"a list of feeds has at most {LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)
