"""How long answers take, by route: never by what strangers write into an address."""

from __future__ import annotations

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trend_agent.observability.metrics import REQUEST_SECONDS

KNOWN = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Timed:
    """Times each request until its answer begins. It has to lie inside whatever copies the scope of a request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path_format", None) or "other"
                method = scope["method"] if scope["method"] in KNOWN else "other"
                REQUEST_SECONDS.labels(method, route).observe(perf_counter() - began)
            await send(message)

        await self.app(scope, receive, timed)
