"""An application as somebody certain sees it, for tests of what it does for those who may."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from trend_agent.api.access import Principal
from trend_agent.api.access.principal import PLACE, contained

WRITER = Principal("key", "writer", "a writer", contained("write"))
ADMINISTRATOR = Principal("key", "admin", "an administrator", contained("admin"))


@dataclass(frozen=True, slots=True)
class As:
    """`As(ADMINISTRATOR, application(desk))` is the application where everybody is an administrator."""

    principal: Principal
    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, PLACE: self.principal}, receive, send)
