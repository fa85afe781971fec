"""Whether a query asks only what its route knows: a misspelt filter is told of, not left out in silence."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl

from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.routing import APIRoute
from pydantic import BaseModel


def only_known_parameters(asgi: Mapping[str, Any]) -> None:
    """`RequestValidationError` for a parameter the route does not know, or takes once and was given twice."""
    query, route = asgi["query_string"], asgi.get("route")
    if not query or not isinstance(route, APIRoute):
        return
    if route.endpoint not in _known:
        _known[route.endpoint] = _parameters(route)
    known = _known[route.endpoint]
    if known is None:
        return
    seen: set[str] = set()
    for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in known:
            raise _fault(name, f"no such parameter; {_instead(name, known)}")
        if name in seen and not known[name]:
            raise _fault(name, "should be given once")
        seen.add(name)


_known: dict[Any, Mapping[str, bool] | None] = {}
"""The parameters of endpoints, worked out when they are first asked with a query."""


def _parameters(route: APIRoute) -> Mapping[str, bool] | None:
    """The names a route takes in its query, and whether each may come several times; None where that is open."""
    fields = [field for field in get_flat_params(route.dependant) if isinstance(field.field_info, Query)]
    kinds = [field.field_info.annotation for field in fields]
    if any(isinstance(kind, type) and issubclass(kind, BaseModel) for kind in kinds):
        return None
    return {field.alias: _several(field.field_info.annotation) for field in fields}


def _several(kind: Any) -> bool:
    return "list[" in str(kind) or "Sequence[" in str(kind) or "set[" in str(kind)


def _instead(name: str, known: Mapping[str, bool]) -> str:
    near = get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"there are {', '.join(sorted(known))}" if known else "this takes none"


def _fault(name: str, what: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", name[:100]), "msg": what, "type": "parameter"}])
