"""What went wrong, as a reader by machine hears it: problem+json (RFC 9457), from one table of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from math import ceil
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from trend_agent.api.headers import SECURITY
from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Rejected, TrendError, Unavailable
from trend_agent.observability.log import logger

log = logger("api")
PROBLEM = "application/problem+json"
REQUEST_ID = "trend_agent.request_id"
"""Where the name of a request stands in its scope (ASGI)."""

CODES: Mapping[type[TrendError], int] = {
    Rejected: 422,
    Misconfigured: 500,
    Missing: 404,
    Conflict: 409,
    Denied: 502,
    Unavailable: 503,
    TrendError: 500,
}

OURS: Mapping[int, str] = {
    500: "a fault of ours; it has been recorded",
    502: "a service behind this one refuses us; a person has to look after that",
    503: "something this answer needs is down or busy; try again later",
}
"""What a stranger is told of faults that are not the request's: our own words may name files and hosts."""


class Told(Unavailable):
    """One whose words strangers are told: they name no file and no host."""


RETRY_AFTER = 5
"""Seconds to wait before trying again, where nobody knows better."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one part of a request: `where` is a path such as `query.limit`."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request has no answer (RFC 9457). `title` names the status, `detail` this very occurrence, which logs
    know by its `request_id`."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    errors: Sequence[Fault] = ()
    request_id: str = ""


def problem_of(fault: Exception) -> tuple[Problem, dict[str, str]]:
    """The problem a fault is told as, and the headers that go with it."""
    match fault:
        case TrendError():
            code = _code(fault)
            told = str(fault) if isinstance(fault, Told) else OURS.get(code) or str(fault)
            return _titled(code, told), _waiting(fault)
        case RequestValidationError():
            errors = [Fault(_where(e["loc"]), str(e["msg"]).lower()) for e in fault.errors()]
            told = "; ".join(f"{e.where}: {e.what}" for e in errors[:5])
            return _titled(422, told, errors), {}
        case HTTPException():
            return _titled(fault.status_code, _refusal(fault)), _allowing(fault.headers or {})
        case _:
            return _titled(500, OURS[500]), {}


def answer(fault: Exception, *, request: str = "") -> Response:
    """The problem a fault is told as, to the request of that id."""
    problem, headers = problem_of(fault)
    told = {**asdict(problem), "request_id": request}
    body = orjson.dumps({k: v for k, v in told.items() if v or k == "detail"})
    return Response(body, problem.status, headers, media_type=PROBLEM)


def register(app: FastAPI) -> None:
    """Make every fault of this application end in problem+json."""

    async def foreseen(request: Request, fault: Exception) -> Response:
        if isinstance(fault, HTTPException):
            fault = with_methods(request, fault)
        told = answer(fault, request=request.scope.get(REQUEST_ID, ""))
        if told.status_code >= 500:
            log.warning("request failed", path=request.url.path, error=str(fault))
        return told

    async def unforeseen(request: Request, fault: Exception) -> Response:
        # The server's own catch-all lies outside all middleware, so that this answer dresses itself.
        name = request.scope.get(REQUEST_ID, "")
        told = answer(fault, request=name)
        told.headers.update({**SECURITY, **({"X-Request-ID": name} if name else {})})
        return told

    for kind in (TrendError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, foreseen)
    app.add_exception_handler(Exception, unforeseen)


def _titled(status: int, detail: str, errors: Sequence[Fault] = ()) -> Problem:
    return Problem(HTTPStatus(status).phrase, status, detail, errors=errors)


def _code(fault: TrendError) -> int:
    return next(CODES[kind] for kind in type(fault).__mro__ if kind in CODES)


def _waiting(fault: TrendError) -> dict[str, str]:
    if not isinstance(fault, Unavailable):
        return {}
    return {"Retry-After": str(max(1, ceil(fault.retry_after or RETRY_AFTER)))}


def _where(place: Sequence[Any]) -> str:
    return ".".join(str(part) for part in place)


def _refusal(fault: HTTPException) -> str:
    if fault.status_code == 404:
        return "there is nothing at this path; /openapi.json lists what there is"
    if fault.status_code == 405:
        return "this path does not know the method; the header Allow lists those it knows"
    return fault.detail


def with_methods(request: Request, fault: HTTPException) -> HTTPException:
    """A refusal of the router with all methods of the path: it tells only those of the first route it finds."""
    if fault.status_code != 405 or fault.detail != HTTPStatus(405).phrase:
        return fault
    here = (route for route in request.app.router.routes if isinstance(route, Route))
    near = [route for route in here if route.matches(request.scope)[0] != Match.NONE]
    same = [route for route in near if route.path == near[0].path and _shown(route)]
    known = sorted({method for route in same for method in route.methods or ()})
    return HTTPException(405, fault.detail, {"Allow": ", ".join(known)}) if known else fault


def _shown(route: Route) -> bool:
    """What the interface hides are no methods of it."""
    return route.include_in_schema or not route.path.startswith("/api/")


def _allowing(headers: Mapping[str, str]) -> dict[str, str]:
    """Whatever can be got can be asked about with HEAD too."""
    known = {name.strip() for name in headers.get("Allow", "").split(",") if name.strip()}
    allowed = known | ({"HEAD"} if "GET" in known else set())
    return {**headers, "Allow": ", ".join(sorted(allowed))} if allowed else dict(headers)
