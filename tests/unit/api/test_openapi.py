"""The OpenAPI document: valid, complete, and true of what is answered."""

from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from small_newsroom import SmallDesk

from trend_agent.api import application

REAL = {
    "/api/v1/search": "/api/v1/search?q=otters",
    "/api/v1/trends": "/api/v1/trends",
    "/api/v1/trends/{id}": "/api/v1/trends/t1",
    "/api/v1/trends/{id}/items": "/api/v1/trends/t1/items",
    "/api/v1/trends/{id}/lineage": "/api/v1/trends/t1/lineage",
    "/api/v1/trends/{id}/series": "/api/v1/trends/t1/series",
    "/api/v1/trends/{id}/timeline": "/api/v1/trends/t1/timeline?width=quarter",
    "/api/v1/trends/{id}/receipt": "/api/v1/trends/t1/receipt",
    "/api/v1/trends/{id}/summary": "/api/v1/trends/t1/summary",
    "/api/v1/trends/{id}/similar": "/api/v1/trends/t1/similar",
    "/api/v1/topics/{id}": "/api/v1/topics/t1",
    "/api/v1/topics/{id}/headlines": "/api/v1/topics/t1/headlines",
    "/api/v1/items/{id}": "/api/v1/items/wire:a/b:4",
    "/api/v1/items/{id}/fate": "/api/v1/items/wire:a/b:4/fate",
    "/api/v1/fate": "/api/v1/fate?address=https://wire.example/otters/1",
    "/api/v1/sources": "/api/v1/sources",
    "/api/v1/ledger": "/api/v1/ledger",
    "/api/v1/missed": "/api/v1/missed?hours=48",
    "/api/v1/scorecard": "/api/v1/scorecard",
    "/api/v1/calls": "/api/v1/calls?outcome=held",
    "/healthz": "/healthz",
    "/readyz": "/readyz",
}
"""A request for each operation that answers JSON."""


@pytest.fixture
def document(desk: SmallDesk) -> dict[str, Any]:
    return application(desk).openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path, operation) for path, methods in document["paths"].items() for operation in methods.values()
    ]


def conform(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    OAS31Validator({**schema, "components": document["components"]}).validate(value)


async def test_the_document_is_valid_openapi_3_1(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)
    assert (await client.get("/openapi.json")).json() == document


def test_every_operation_says_what_it_does_and_shows_an_example(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["operationId"].replace("_", "").isalpha(), path
        for code, answer in operation["responses"].items():
            for kind, content in answer["content"].items():
                assert "example" in content, (path, code, kind)
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, parameter["name"])


def test_every_operation_that_can_fail_says_how(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        codes = set(operation["responses"])
        assert ("422" in codes) == bool(operation.get("parameters")), path
        assert ("404" in codes) == ("{id}" in path or path in {"/api/v1/fate", "/api/v1/search"}), path
        assert ("503" in codes) == path.startswith(("/api/", "/readyz")), path
        for code in codes & {"404", "422"}:
            assert list(operation["responses"][code]["content"]) == ["application/problem+json"]


def test_examples_are_of_the_schema_they_stand_by(document: dict[str, Any]) -> None:
    for _, operation in operations(document):
        for answer in operation["responses"].values():
            for content in answer["content"].values():
                if "schema" in content:
                    conform(document, content["schema"], content["example"])


async def test_answers_are_of_the_schema_that_is_promised(
    client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    with_an_engine = {path for path in document["paths"] if path.startswith("/api/v1/workflows")}
    no_json = {"/metrics", "/api/v1/receipts", "/api/v1/stream"}
    assert set(document["paths"]) - set(REAL) - with_an_engine == no_json
    for path, request in REAL.items():
        answer = await client.get(request)
        promised = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        whole, *sparse = promised["schema"].get("anyOf", [promised["schema"]])
        conform(document, whole, answer.json())
        assert bool(sparse) == path.startswith("/api/v1")


async def test_problems_are_of_the_schema_that_is_promised(
    client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    for request in ("/api/v1/trends?limit=0", "/api/v1/trends/t0", "/nowhere"):
        conform(document, {"$ref": "#/components/schemas/Problem"}, (await client.get(request)).json())
