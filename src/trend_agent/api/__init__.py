"""Where data is read out by machine."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from trend_agent import __version__
from trend_agent.api import errors, websub
from trend_agent.api import objects as links
from trend_agent.api.access.serving import Access, guard
from trend_agent.api.compression import Compression
from trend_agent.api.conditional import Bare, Conditional
from trend_agent.api.desk import Desk, Hands
from trend_agent.api.executions import Executions
from trend_agent.api.feeds import routes as feeds
from trend_agent.api.graphql.door import Door
from trend_agent.api.graphql.running import Running
from trend_agent.api.headers import SecurityHeaders
from trend_agent.api.kept import KeptDesk
from trend_agent.api.live import Live, stream
from trend_agent.api.ready import Ready
from trend_agent.api.rest import (
    admin,
    audit,
    calls,
    corrections,
    evidence,
    fate,
    keys,
    numbers,
    orders,
    search,
    service,
    session,
    sources,
    standing,
    topics,
    trends,
    watches,
    workflows,
)
from trend_agent.api.rest.documented import complete
from trend_agent.api.rest.secured import secure
from trend_agent.api.timing import Timed
from trend_agent.storage.folder import FolderObjects
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.ports.watches import Watches
from trend_agent.storage.sql.orders import SqlOrders

SUMMARY = "What is rising, why, how sure it is, and on what it is based"
DESCRIPTION = """Lists come in envelopes with `next`, the cursor of the next page, and `at`, the stream time
they hold for. Every GET answers HEAD too, and If-None-Match with 304 where nothing has changed. Errors are
problem+json (RFC 9457). Times are UTC. Reading may be open to everybody; what changes something needs a key, as
`Authorization: Bearer trend_…`, or a login. POST, PATCH and DELETE under an `Idempotency-Key` are done once, however
often they are sent."""
ROOMS = (
    trends,
    evidence,
    topics,
    corrections,
    search,
    fate,
    sources,
    numbers,
    watches,
    workflows,
    standing,
    calls,
    stream,
    session,
    admin,
    keys,
    audit,
    orders,
    service,
)
TAGS = {
    "trends": "What is rising, now or at any past moment: the list, one trend, and all that it rests on.",
    "topics": "What items are about, under ids that never die; the headlines topics had; what people correct.",
    "items": "What sources published: searched for, shown, and with its fate, which every item has.",
    "sources": "Where items come from, how each source does, and choosing them while the program runs.",
    "watches": "Saved filters of whoever asks, and the alerts that came of them.",
    "standing": "How the whole stands: sums, categories, what was missed, and how good the calls of a rise were.",
    "workflows": "What can be run, what runs and ran with each of its steps, and stepping in.",
    "live": "What changes, as it happens: events that a browser reads by itself.",
    "session": "Logging in and out with a key, for pages.",
    "administration": "Keys, the audit log, kinds of sources, collecting now, the cache, the process in numbers.",
    "service": "What watches the service asks: is it alive, is it ready, what does it count.",
}
"""What each part of the interface holds."""
VERSION = "1"
"""The version of this interface, which is not the version of the program."""


class Application(FastAPI):
    """A FastAPI whose document describes its errors under the media type they are sent with."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            routers = [room.router for room in ROOMS]
            document = super().openapi()
            complete(document, routers)
            secure(document, routers)
        return super().openapi()


def _operation(route: APIRoute) -> str:
    return route.name


def _named(route: BaseRoute) -> BaseRoute:
    """The route under the name of its function, by which the document calls the operation."""
    if isinstance(route, APIRoute):
        route.unique_id = _operation(route)
    return route


def application(
    desk: Desk,
    *,
    title: str = "Trend Agent",
    lifespan: Lifespan[FastAPI] | None = None,
    keeping: Keeping | None = None,
    configuration: str = "",
    objects: FolderObjects | None = None,
    pushes: websub.Pushes | None = None,
    hands: Hands | None = None,
    watches: Watches | None = None,
    executions: Executions | None = None,
    ordered: SqlOrders | None = None,
    live: Live | None = None,
    site: str = "",
    access: Access | None = None,
) -> FastAPI:
    """Everything that is read by machine, answered from the desk.

    Answers are kept by `keeping` under `configuration`, which names the settings they depend on. Links into the
    folder of `objects` are served. Hubs call on `pushes`. What changes the world is asked of `hands`; watches and
    alerts are kept in `watches`; workflows are asked of `executions`, what came of orders of `ordered`. What changes
    is told by `live`, which is woken by whoever publishes. `site` is the address under which others reach this, where
    it is known. Without `access` everybody may read, no more.
    """
    app = Application(
        title=title,
        summary=SUMMARY,
        description=DESCRIPTION,
        version=VERSION,
        openapi_tags=[{"name": name, "description": words} for name, words in TAGS.items()],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation,
        lifespan=lifespan,
    )
    app.state.desk = KeptDesk(desk, keeping, configuration=f"{VERSION} {__version__} {configuration}")
    app.state.live = live or Live(app.state.desk, executions=executions)
    app.state.site = site
    app.state.hands = hands
    app.state.watches = watches
    app.state.objects = objects
    app.state.pushes = pushes
    app.state.executions = executions
    app.state.orders = ordered
    app.state.access = None
    app.state.leaving = asyncio.Event()
    for room in ROOMS:  # as they are: to include them would make each route anew for each application
        app.router.routes.extend(map(_named, room.router.routes))
    app.include_router(feeds.router)
    app.router.routes.insert(0, Door(Running()))  # before the many that would be looked at first
    app.include_router(links.router)
    app.include_router(websub.router)
    errors.register(app)
    orders.register(app)
    app.add_middleware(Timed)
    app.add_middleware(Conditional)
    app.add_middleware(Ready, desk=app.state.desk)
    app.add_middleware(Compression)
    app.add_middleware(Bare)
    if access is not None:
        guard(app, access)
    app.add_middleware(SecurityHeaders)
    return app
