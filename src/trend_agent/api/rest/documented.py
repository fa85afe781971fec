"""What the OpenAPI document says of an operation's answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from trend_agent.api.errors import PROBLEM, Problem
from trend_agent.api.rest.examples import PROBLEMS
from trend_agent.api.rest.fields import describe

LONGEST = 1 << 20
"""Characters of a text that is sent."""

Answers = dict[int | str, dict[str, Any]]


def answers(example: Any, *errors: int, status: int = 200, told: str = "As asked") -> Answers:
    """The good answer with an example, and the errors that may come instead of it."""
    return {status: _good(told, "application/json", example), **{code: _problem(code) for code in errors}}


def text(kind: str, example: str, *errors: int, told: str = "As asked") -> Answers:
    """The same where the good answer is a text of another kind than JSON."""
    good = _good(told, kind, example)
    good["content"][kind]["schema"] = {"type": "string"}
    return {200: good, **{code: _problem(code) for code in errors}}


def body(example: Any, *more: Any, kind: str = "application/json") -> dict[str, Any]:
    """What a route is sent, with examples of it."""
    content: dict[str, Any] = {"example": example}
    if more:
        content = {"examples": {one["kind"]: {"value": one} for one in (example, *more)}}
    if kind != "application/json":
        content["schema"] = {"type": "string", "maxLength": LONGEST}
    return {"requestBody": {"required": True, "content": {kind: content}}}


def nothing(*errors: int) -> Answers:
    """The same where there is nothing to say when it went well."""
    return {204: {"description": "Done"}, **{code: _problem(code) for code in errors}}


def _good(told: str, kind: str, example: Any) -> dict[str, Any]:
    return {"description": told, "content": {kind: {"example": example}}}


def _problem(code: int) -> dict[str, Any]:
    example = PROBLEMS[code]
    return {
        "model": Problem,
        "description": example["title"],
        "content": {"application/json": {"example": example}},
    }


def complete(document: dict[str, Any], routers: Iterable[APIRouter]) -> None:
    """Make a document say what FastAPI cannot be told to.

    It drops nulls from examples, and describes all answers of a route under the media type of its good one.
    """
    routes = {
        route.name: route for router in routers for route in router.routes if isinstance(route, APIRoute)
    }
    for path in document["paths"].values():
        for operation in path.values():
            declared = routes[operation["operationId"]].responses
            for code, answer in operation["responses"].items():
                if "content" in answer:
                    _complete(answer, declared[int(code)]["content"])
    describe(document, [route for route in routes.values() if route.include_in_schema])


def _complete(answer: dict[str, Any], declared: dict[str, Any]) -> None:
    for kind, content in answer["content"].items():
        if kind in declared:
            content["example"] = declared[kind]["example"]
    described = answer["content"].get("application/json", {})
    if described.get("schema", {}).get("$ref", "").endswith("/Problem"):
        answer["content"] = {PROBLEM: described}
