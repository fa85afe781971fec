"""What the OpenAPI document says of an operation's answers."""

from __future__ import annotations

from typing import Any

from trend_agent.api.errors import PROBLEM, Problem
from trend_agent.api.rest.examples import PROBLEMS

Answers = dict[int | str, dict[str, Any]]


def answers(example: Any, *errors: int) -> Answers:
    """The good answer with an example, and the errors that may come instead of it."""
    good = {"description": "As asked", "content": {"application/json": {"example": example}}}
    return {200: good, **{code: _problem(code) for code in errors}}


def _problem(code: int) -> dict[str, Any]:
    example = PROBLEMS[code]
    return {
        "model": Problem,
        "description": example["title"],
        "content": {"application/json": {"example": example}},
    }


def as_problems(document: dict[str, Any]) -> None:
    """Give the error answers of a document the media type they are sent with.

    FastAPI describes all answers of a route under the media type of its good one.
    """
    for path in document["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                content = answer.get("content", {})
                described = content.get("application/json", {})
                if described.get("schema", {}).get("$ref", "").endswith("/Problem"):
                    answer["content"] = {PROBLEM: described}
