"""Logging in, for pages: a key or another service's word becomes a cookie that scripts cannot read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from trend_agent.api.access import Caller, Principal
from trend_agent.api.access.gate import CHALLENGE
from trend_agent.api.access.knowing import LoggedIn, token_of
from trend_agent.api.access.principal import contained
from trend_agent.api.access.serving import Access, AtAccess
from trend_agent.api.access.shown import COOKIE
from trend_agent.api.access.writes import note
from trend_agent.api.desk import Site
from trend_agent.api.rest.access_answers import WHO, Who
from trend_agent.api.rest.documented import answers, body, nothing
from trend_agent.errors import Missing
from trend_agent.storage.access import SCOPES

router = APIRouter(prefix="/api/v1/session", tags=["session"])

HANDSHAKE = "trend_sign_on"
BACK = "/api/v1/session/sign-on/back"


class Login(BaseModel):
    """What is shown to log in."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    key: str = Field(min_length=1, max_length=200, examples=["trend_…"])
    """A key of this installation."""


@router.post(
    "",
    status_code=201,
    summary="Log in",
    responses=answers(WHO, 401, 422, 503, status=201),
    openapi_extra=body({"key": "trend_1a2B3c4D5e_…"}),
)
async def log_in(request: Request, response: Response, access: AtAccess, login: Login) -> Who:
    """Sets a cookie that is good for twelve hours, or until the key is revoked."""
    made = await access.known.log_in(login.key)
    if made is None:
        raise HTTPException(401, "this key opens nothing here", {"WWW-Authenticate": CHALLENGE})
    note(request, session="begun", key=made.session.key)
    _remember(response, access, made)
    return _as_told(made, access)


@router.get("", summary="Who am I?", responses=answers(WHO, 503))
async def who_am_i(request: Request, access: AtAccess, caller: Caller) -> Who:
    """Who is asking, what they may do, and the token a session's changes need."""
    cookie = request.cookies.get(COOKIE, "") if caller.kind == "session" else ""
    return _who(caller, access, token=token_of(cookie) if cookie else "")


@router.delete("", status_code=204, summary="Log out", responses=nothing(503))
async def log_out(request: Request, response: Response, access: AtAccess, caller: Caller) -> None:
    """End the session, if there is one; the cookie is worth nothing any more."""
    cookie = request.cookies.get(COOKIE, "")
    if caller.kind == "session":
        note(request, session="ended")
        await access.known.log_out(cookie)
    response.delete_cookie(COOKIE, path="/", secure=access.secure, httponly=True, samesite="strict")


@router.get("/sign-on", include_in_schema=False)
async def sign_on(access: AtAccess, site: Site) -> Response:
    """Go to the service that knows people here."""
    if access.sign_on is None:
        raise Missing("nobody else is asked who people are: TREND_OIDC names no service")
    address, kept = await access.sign_on.begin(back=site + BACK)
    going = RedirectResponse(address, 303)
    going.set_cookie(
        HANDSHAKE, kept, max_age=600, path=BACK, secure=access.secure, httponly=True, samesite="lax"
    )
    return going


@router.get("/sign-on/back", include_in_schema=False)
async def signed_on(
    request: Request,
    access: AtAccess,
    site: Site,
    code: Annotated[str, Query(max_length=4096)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Come back from there with a proof of who one is."""
    if access.sign_on is None:
        raise Missing("nobody else is asked who people are: TREND_OIDC names no service")
    kept = request.cookies.get(HANDSHAKE, "")
    found = await access.sign_on.end(kept=kept, code=code, state=state, back=site + BACK)
    made = await access.known.begin_session(found.name, found.scope)
    note(request, session="begun", name=found.name)
    home = RedirectResponse("/", 303)
    _remember(home, access, made)
    home.delete_cookie(HANDSHAKE, path=BACK, secure=access.secure, httponly=True, samesite="lax")
    return home


def _remember(response: Response, access: Access, made: LoggedIn) -> None:
    response.set_cookie(
        COOKIE,
        made.cookie,
        max_age=int((made.session.expires_at - access.known.clock()).total_seconds()),
        path="/",
        secure=access.secure,
        httponly=True,
        samesite="strict",
    )


def _as_told(made: LoggedIn, access: Access) -> Who:
    session = made.session
    principal = Principal("session", session.key, session.name, contained(session.scope))
    return _who(principal, access, token=made.token, until=made)


def _who(principal: Principal, access: Access, *, token: str = "", until: LoggedIn | None = None) -> Who:
    return Who(
        principal.kind,
        principal.key_id,
        principal.name,
        [scope for scope in SCOPES if scope in principal.scopes],
        token,
        until.session.expires_at if until else None,
        "/api/v1/session/sign-on" if access.sign_on else "",
    )
