"""What the OpenAPI document says of access: which scope each operation needs, and how it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from trend_agent.api.access.principal import Needs
from trend_agent.api.errors import PROBLEM
from trend_agent.api.rest.examples import PROBLEMS
from trend_agent.storage.access import SCOPES, Scope

SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "trend_<id>_<secret>",
        "description": "a key, from `trend key create` or POST /api/v1/admin/keys",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "trend_session",
        "description": "a login of the pages; what changes something needs the header X-CSRF-Token as well",
    },
}
BOUNDS = {400: "Bad Request", 414: "URI Too Long"}
BODIES = {413: "Content Too Large", 415: "Unsupported Media Type"}
TITLES = {401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests"}


def scope_of(route: APIRoute) -> Scope | None:
    """What a route asks of who calls; None where it lets everybody in."""
    needed = [d.dependency.scope for d in route.dependencies if isinstance(d.dependency, Needs)]
    return max(needed, key=SCOPES.index, default=None)


def secure(document: dict[str, Any], routers: Iterable[APIRouter]) -> None:
    """Write down at each operation which scope it needs, and the refusals that come from that."""
    routes = {r.name: r for router in routers for r in router.routes if isinstance(r, APIRoute)}
    document.setdefault("components", {})["securitySchemes"] = SCHEMES
    for methods in document["paths"].values():
        for operation in methods.values():
            route = routes[operation["operationId"]]
            if route.path.startswith("/api/"):
                _refuse(operation, BOUNDS if methods.get("get") is operation else {**BOUNDS, **BODIES})
            scope = scope_of(route)
            if scope is not None:
                _secure(operation, scope)


def _secure(operation: dict[str, Any], scope: Scope) -> None:
    free: list[Mapping[str, list[str]]] = [{}] if scope == "read" else []
    operation["security"] = [{"key": []}, {"session": []}, *free]
    operation["x-scope"] = scope
    _refuse(operation, TITLES)


def _refuse(operation: dict[str, Any], titles: Mapping[int, str]) -> None:
    """Write down how an operation refuses, where it does not say so itself."""
    for code, title in titles.items():
        operation["responses"].setdefault(
            str(code),
            {
                "description": title,
                "content": {
                    PROBLEM: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "example": PROBLEMS[code],
                    }
                },
            },
        )
