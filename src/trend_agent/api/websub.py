"""Where hubs call us: they ask whether it was us that subscribed, and post what changed (WebSub)."""

from __future__ import annotations

from typing import Annotated, Protocol, cast

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from trend_agent.errors import Missing, Rejected

LARGEST = 10 << 20
"""Bytes that are taken from a hub."""


class Pushes(Protocol):
    """What is agreed with hubs."""

    async def verify(self, token: str, mode: str, topic: str, lease_seconds: int) -> None: ...

    async def denied(self, token: str, reason: str) -> None: ...

    async def agreed(self, token: str) -> None: ...

    async def deliver(self, token: str, body: bytes, headers: dict[str, str]) -> int: ...


router = APIRouter(prefix="/websub", include_in_schema=False)


def _pushes(request: Request) -> Pushes:
    found = request.app.state.pushes
    if found is None:
        raise Missing("no hub is agreed with here")
    return cast(Pushes, found)


AtPushes = Annotated[Pushes, Depends(_pushes)]


@router.get("/{token}")
async def verify(
    pushes: AtPushes,
    token: str,
    mode: Annotated[str, Query(alias="hub.mode", max_length=20)],
    topic: Annotated[str, Query(alias="hub.topic", max_length=4096)],
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=4096)] = "",
    lease: Annotated[int, Query(alias="hub.lease_seconds", ge=1, le=1 << 31)] = 864_000,
    reason: Annotated[str, Query(alias="hub.reason", max_length=1000)] = "",
) -> Response:
    """Echo the challenge of a subscription that is ours."""
    if mode == "denied":
        await pushes.denied(token, reason)
        return Response()
    await pushes.verify(token, mode, topic, lease)
    return Response(challenge, media_type="text/plain")


@router.post("/{token}", status_code=202)
async def deliver(request: Request, pushes: AtPushes, token: str) -> Response:
    """Take a feed in. What is not signed as agreed is acknowledged and left alone, as the standard has it; a feed
    that is not collected any more is gone, which ends the subscription."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        await pushes.agreed(token)  # before anything is taken from strangers
        await pushes.deliver(token, await _taken(request), headers)
    except Missing:
        return Response(status_code=410)
    except Rejected:
        return Response(status_code=202)
    return Response(status_code=202)


async def _taken(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise HTTPException(413, f"over {LARGEST} bytes are not taken")
    return b"".join(parts)
