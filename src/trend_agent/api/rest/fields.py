"""Sparse answers: `fields` names what is wanted of each thing, and nothing else of it is sent."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import orjson
from fastapi import Depends, Query, Request, Response
from fastapi.routing import APIRoute

from trend_agent.errors import Rejected

LONGEST = 4_000
MOST = 50
"""Fields that may be asked for at once."""

Wanted = dict[str, "Wanted"]
"""The names that are wanted, each with those that are wanted within; none means all of it."""


async def _declared(
    fields: Annotated[
        str,
        Query(
            max_length=LONGEST,
            description="only these fields of each thing, with commas between; a dot goes deeper: "
            "`topic,headline.text`. Of a list its `next` and `at` are sent all the same",
        ),
    ] = "",
) -> None:
    """Stands for the parameter in the document; the route itself looks at it."""


class SparseRoute(APIRoute):
    """A route whose answer to GET is cut to the `fields` that are asked for."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **rest: Any) -> None:
        super().__init__(path, endpoint, **rest)
        given = rest.get("dependencies") or ()
        if self.sparse and not any(one.dependency is _declared for one in given):
            super().__init__(path, endpoint, **{**rest, "dependencies": [*given, Depends(_declared)]})

    @property
    def sparse(self) -> bool:
        return self.methods == {"GET"} and is_dataclass(self.response_model)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        if not self.sparse:
            return inner
        place, kind = entry(self.response_model)

        async def handle(request: Request) -> Response:
            asked = request.query_params.get("fields", "")
            if not asked or len(asked) > LONGEST:  # what is too long is refused with the other parameters
                return await inner(request)
            wanted = read(asked, kind)
            answer = await inner(request)
            if answer.status_code != 200:
                return answer
            whole = orjson.loads(answer.body)
            cut = {**whole, place: pruned(whole[place], wanted)} if place else pruned(whole, wanted)
            return Response(orjson.dumps(cut), media_type="application/json", background=answer.background)

        return handle


@cache
def entry(model: Any) -> tuple[str, Any]:
    """Where the things of a list stand in its envelope, and what they are; an answer that is no list is the thing
    itself, at no place."""
    hints = get_type_hints(model)
    if "next" in hints:
        for name, hint in hints.items():
            if get_origin(hint) in (Sequence, list) and is_dataclass(get_args(hint)[0]):
                return name, get_args(hint)[0]
    return "", model


def read(asked: str, kind: Any) -> Wanted:
    """The names of a text such as `topic,headline.text`. `Rejected` says which there are."""
    wanted: Wanted = {}
    if asked.count(",") >= MOST:
        raise Rejected(f"fields: at most {MOST} are asked for at once")
    for path in asked.split(","):
        within, here = kind, wanted
        for name in path.strip().split("."):
            within = _within(within, name, path)
            here = here.setdefault(name, {})
    return wanted


def _within(kind: Any, name: str, path: str) -> Any:
    known = names(kind)
    if known is None or (name in known and name):
        return known[name] if known else Any
    there = f"there are {', '.join(known)}" if known else "nothing lies within"
    raise Rejected(f"fields: no {name[:80]!r} of {path.strip()[:80]!r}; {there}")


def names(kind: Any) -> Mapping[str, Any] | None:
    """What a thing holds by its names; None where it may hold any name."""
    kind = _bare(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return {one.name: hints[one.name] for one in fields_of(kind)}
    return None if kind is Any or get_origin(kind) in (Mapping, dict) else {}


def _bare(kind: Any) -> Any:
    """A kind without what may stand around it: a list of it, or nothing in its place."""
    while True:
        origin = get_origin(kind)
        if origin in (Union, UnionType):
            kind = next(part for part in get_args(kind) if part is not NoneType)
        elif origin in (Sequence, list):
            kind = get_args(kind)[0]
        else:
            return kind


def pruned(value: Any, wanted: Wanted) -> Any:
    """A JSON value with only what is wanted in it."""
    if isinstance(value, list):
        return [pruned(part, wanted) for part in value]
    if not wanted or not isinstance(value, dict):
        return value
    return {name: pruned(value[name], within) for name, within in wanted.items() if name in value}


def describe(document: dict[str, Any], routes: Iterable[APIRoute]) -> None:
    """Say in the document that an answer may hold less, where `fields` is given: beside each schema a second one that
    requires nothing of the things."""
    for route in routes:
        if not isinstance(route, SparseRoute) or not route.sparse:
            continue
        operation = document["paths"][route.path_format]["get"]
        parameter = next(one for one in operation["parameters"] if one["name"] == "fields")
        parameter |= _listed(route.response_model)
        content = operation["responses"]["200"]["content"]["application/json"]
        whole = content["schema"]
        content["schema"] = {
            "anyOf": [whole, _sparse_answer(document, whole, entry(route.response_model)[0])]
        }


def _listed(model: Any) -> dict[str, Any]:
    """The parameter as the document has it: a list of names with commas between, and which there are."""
    known = list(_paths(entry(model)[1]))
    named = {"type": "array", "items": {"type": "string", "enum": known}, "maxItems": MOST, "minItems": 1}
    return {"schema": named, "style": "form", "explode": False}


def _paths(kind: Any, before: str = "") -> Iterator[str]:
    """Every name of a thing, with those of what lies within."""
    for name, within in (names(kind) or {}).items():
        yield before + name
        yield from _paths(within, f"{before}{name}.")


def _sparse_answer(document: dict[str, Any], whole: Mapping[str, Any], place: str) -> dict[str, str]:
    schemas = document["components"]["schemas"]
    if not place:
        return _sparse(schemas, whole["$ref"])
    name = whole["$ref"].rpartition("/")[2]
    envelope = schemas[name]
    listed = envelope["properties"][place]
    within = {**envelope["properties"], place: {**listed, "items": _sparse(schemas, listed["items"]["$ref"])}}
    schemas[f"Sparse{name}"] = {**envelope, "properties": within, "title": f"Sparse{name}"}
    return {"$ref": f"#/components/schemas/Sparse{name}"}


def _sparse(schemas: dict[str, Any], reference: str) -> dict[str, str]:
    """The schema of a thing of which anything may be left out, made with all that is in it."""
    name = reference.rpartition("/")[2]
    sparse = f"Sparse{name}"
    if sparse not in schemas:
        schemas[sparse] = {}
        made = _renamed(schemas, schemas[name])
        schemas[sparse] = {k: v for k, v in made.items() if k != "required"} | {"title": sparse}
    return {"$ref": f"#/components/schemas/{sparse}"}


def _renamed(schemas: dict[str, Any], part: Any) -> Any:
    if isinstance(part, list):
        return [_renamed(schemas, each) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return {**part, **_sparse(schemas, part["$ref"])} if "properties" in _target(schemas, part) else part
    return {name: _renamed(schemas, each) for name, each in part.items()}


def _target(schemas: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schemas[part["$ref"].rpartition("/")[2]]
    return found
