"""Where `/graphql` lies: a route of its own, past which nothing stands between the server and what answers."""

from __future__ import annotations

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from trend_agent.api.graphql.http import over_http
from trend_agent.api.graphql.running import Running
from trend_agent.api.graphql.socket import Socket

PATH = "/graphql"


class Door(BaseRoute):
    """Takes HTTP and WebSockets."""

    def __init__(self, running: Running) -> None:
        self.running = running

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        here = scope["type"] in ("http", "websocket") and scope["path"] == PATH
        return (Match.FULL, {}) if here else (Match.NONE, {})

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await Socket(self.running, scope, receive, send).run()
        else:
            await over_http(self.running, scope, receive, send)
