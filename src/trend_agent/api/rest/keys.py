"""Keys: who may do what by program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trend_agent.api.access import ADMIN, Scope
from trend_agent.api.access.serving import AtAccess
from trend_agent.api.access.writes import keep_no_answer, note
from trend_agent.api.desk import AtDesk
from trend_agent.api.parameters import LATEST, PLAIN
from trend_agent.api.rest.access_answers import KEY, KEY_PAGE, NEW_KEY, KeyPage, NewKey
from trend_agent.api.rest.documented import answers, body
from trend_agent.api.rest.fields import SparseRoute
from trend_agent.errors import Conflict
from trend_agent.storage.access import Key

router = APIRouter(
    prefix="/api/v1/admin/keys", tags=["administration"], dependencies=[ADMIN], route_class=SparseRoute
)

KeyId = Annotated[
    str, Path(alias="id", pattern="^[0-9A-Za-z]{1,40}$", description="the key's id, as the list shows it")
]


class Wanted(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: str = Field(min_length=1, max_length=100, pattern=PLAIN, examples=["newsroom screen"])
    """What it is for, in your words."""

    scope: Scope = "read"
    """What it allows: admin contains write, and write contains read."""

    expires_at: AwareDatetime | None = None
    """When it stops working; null for never."""


class Turn(BaseModel):
    """How a key is rotated."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    grace_hours: float = Field(default=24, ge=0, le=24 * 30, allow_inf_nan=False, strict=True)
    """Hours for which the secret it had stays good."""


@router.get("", summary="List the keys", responses=answers(KEY_PAGE, 422, 503))
async def list_keys(desk: AtDesk, access: AtAccess) -> KeyPage:
    """What each allows, when it was made and used last, and whether it is still good."""
    return KeyPage(await access.store.keys(), None, await desk.records.clock())


@router.post(
    "",
    status_code=201,
    summary="Make a key",
    responses=answers(NEW_KEY, 409, 422, 503, status=201),
    openapi_extra=body({"name": "newsroom screen", "scope": "read"}),
)
async def make_key(request: Request, access: AtAccess, wanted: Wanted) -> NewKey:
    """Its text is in this answer and nowhere else."""
    if wanted.expires_at is not None and not datetime.now(UTC) < wanted.expires_at < LATEST:
        raise Conflict(f"expires_at should be to come, found {wanted.expires_at.isoformat()}")
    key, text = await access.known.make(wanted.name, wanted.scope, expires_at=wanted.expires_at)
    note(request, key=key.id, scope=key.scope, name=key.name)
    keep_no_answer(request)
    return NewKey(key, text)


@router.post(
    "/{id}/rotate",
    summary="Rotate a key",
    responses=answers(NEW_KEY, 404, 409, 422, 503),
    openapi_extra=body({"grace_hours": 24}),
)
async def rotate_key(request: Request, access: AtAccess, key_id: KeyId, turn: Turn) -> NewKey:
    """Give it another secret, so that its holders can change over before the one they have stops working."""
    key, text = await access.known.rotate(key_id, grace=timedelta(hours=turn.grace_hours))
    note(request, key=key.id)
    keep_no_answer(request)
    return NewKey(key, text)


@router.delete("/{id}", summary="Revoke a key", responses=answers(KEY, 404, 422, 503))
async def revoke_key(request: Request, access: AtAccess, key_id: KeyId) -> Key:
    """It is refused everywhere within a second, and so is who logged in by it. It stays in the list."""
    note(request, key=key_id)
    return await access.known.revoke(key_id)
