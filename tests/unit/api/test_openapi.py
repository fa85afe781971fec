"""The OpenAPI document: valid, complete, in our words, and true of what is answered."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from small_newsroom import SmallDesk

from trend_agent.api import application
from trend_agent.api.hands import OwnHands

COAST = "/api/v1/sources/rss%3Ahttps%3A%2F%2Fcoast.example%2Ffeed"

REAL = {
    "get /api/v1/search": "/api/v1/search?q=otters",
    "get /api/v1/trends": "/api/v1/trends",
    "get /api/v1/trends/{id}": "/api/v1/trends/t1",
    "get /api/v1/trends/{id}/items": "/api/v1/trends/t1/items",
    "get /api/v1/trends/{id}/lineage": "/api/v1/trends/t1/lineage",
    "get /api/v1/trends/{id}/series": "/api/v1/trends/t1/series",
    "get /api/v1/trends/{id}/timeline": "/api/v1/trends/t1/timeline?width=quarter",
    "get /api/v1/trends/{id}/receipt": "/api/v1/trends/t1/receipt",
    "get /api/v1/trends/{id}/summary": "/api/v1/trends/t1/summary",
    "get /api/v1/trends/{id}/similar": "/api/v1/trends/t1/similar",
    "get /api/v1/topics/{id}": "/api/v1/topics/t1",
    "get /api/v1/topics/{id}/headlines": "/api/v1/topics/t1/headlines",
    "get /api/v1/corrections": "/api/v1/corrections",
    "get /api/v1/items/{id}": "/api/v1/items/wire:a/b:4",
    "get /api/v1/items/{id}/fate": "/api/v1/items/wire:a/b:4/fate",
    "get /api/v1/fate": "/api/v1/fate?address=https://wire.example/otters/1",
    "get /api/v1/sources": "/api/v1/sources",
    "get /api/v1/sources/{key}": COAST,
    "post /api/v1/sources/{key}/test": f"{COAST}/test",
    "get /api/v1/statistics": "/api/v1/statistics",
    "get /api/v1/categories": "/api/v1/categories",
    "get /api/v1/watches": "/api/v1/watches",
    "get /api/v1/alerts": "/api/v1/alerts",
    "get /api/v1/ledger": "/api/v1/ledger",
    "get /api/v1/missed": "/api/v1/missed?hours=48",
    "get /api/v1/scorecard": "/api/v1/scorecard",
    "get /api/v1/calls": "/api/v1/calls?outcome=held",
    "get /api/v1/admin/plugins": "/api/v1/admin/plugins",
    "get /api/v1/admin/plugins/{name}": "/api/v1/admin/plugins/rss",
    "post /api/v1/admin/plugins/{name}/enable": "/api/v1/admin/plugins/rss/enable",
    "post /api/v1/admin/plugins/{name}/disable": "/api/v1/admin/plugins/rss/disable",
    "get /api/v1/admin/runs": "/api/v1/admin/runs",
    "get /api/v1/admin/metrics": "/api/v1/admin/metrics",
    "get /healthz": "/healthz",
    "get /readyz": "/readyz",
}
"""A request without a body for each operation that answers JSON."""

WORDS = {"item", "items", "source", "sources", "topic", "topics", "trend", "trends", "receipt", "receipts", "run",
         "runs", "fate", "watch", "watches", "alert", "alerts", "cursor"}  # fmt: skip
"""Words of the product that stand in names of paths and operations."""

OTHERS = {"article", "articles", "post", "posts", "entry", "entries", "story", "stories", "cluster", "clusters",
          "job", "jobs", "feed_item", "execution_id", "token", "page_token", "offset", "notification"}  # fmt: skip
"""Words that mean one of ours and are not ours."""


@pytest.fixture
def document(desk: SmallDesk) -> dict[str, Any]:
    return application(desk).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def conform(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    OAS31Validator({**schema, "components": document["components"]}).validate(value)


async def test_the_document_is_valid_openapi_3_1(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)
    assert (await client.get("/openapi.json")).json() == document


def test_every_operation_says_what_it_does_and_shows_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        assert len(operation["summary"]) <= 60, name
        assert len(operation["description"]) > 20, name
        assert operation["operationId"].replace("_", "").isalpha(), name
        for code, answer in operation["responses"].items():
            assert answer["description"], (name, code)
            assert bool(answer.get("content")) == (code != "204"), (name, code)
            for kind, content in answer.get("content", {}).items():
                assert "example" in content, (name, code, kind)
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])


def test_every_body_that_is_sent_has_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            shown = [one["value"] for one in content.get("examples", {}).values()] or [content.get("example")]
            assert shown[0] is not None, name
            for one in shown:
                conform(document, content["schema"], one)


def test_every_operation_stands_under_a_tag_that_says_what_it_holds(document: dict[str, Any]) -> None:
    told = {tag["name"]: tag["description"] for tag in document["tags"]}
    used = [tag for _, operation in operations(document) for tag in operation["tags"]]
    assert set(used) == set(told)
    assert all(len(words) > 20 for words in told.values())
    assert len({operation["operationId"] for _, operation in operations(document)}) == len(used)


def test_every_operation_that_can_fail_says_how(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        codes, path = set(operation["responses"]), name.partition(" ")[2]
        asks = operation.get("parameters") or operation.get("requestBody")
        assert "422" in codes or not asks, name
        assert "404" in codes or not re.search(r"\{(id|key|name)\}", path), name
        assert ("503" in codes) == path.startswith(("/api/", "/readyz")), name
        assert {"401", "403"} <= codes or path.startswith(
            ("/healthz", "/readyz", "/metrics", "/api/v1/session")
        )
        if not name.startswith("get"):
            assert operation.get("x-scope") in {"write", "admin"} or path == "/api/v1/session", name
        for code in codes & {"401", "403", "404", "409", "413", "422", "429"}:
            assert list(operation["responses"][code]["content"]) == ["application/problem+json"], (name, code)


def test_names_are_our_words(document: dict[str, Any]) -> None:
    names = set()
    for name, operation in operations(document):
        names |= set(re.findall(r"[a-z_]+", name.partition(" ")[2]))
        names |= set(operation["operationId"].split("_"))
        names |= {parameter["name"] for parameter in operation.get("parameters", [])}
    for schema in document["components"]["schemas"].values():
        names |= {part.lower() for part in schema.get("properties", {})}
    assert names >= WORDS
    assert names & OTHERS == set()


def test_examples_are_of_the_schema_they_stand_by(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for code, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                if "schema" in content:
                    schema = content["schema"].get("anyOf", [content["schema"]])[0]
                    try:
                        conform(document, schema, content["example"])
                    except Exception as fault:
                        raise AssertionError(f"{name} {code}") from fault


async def test_answers_are_of_the_schema_that_is_promised(
    admin: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    for name, request in REAL.items():
        method, _, path = name.partition(" ")
        answer = await admin.request(method, request)
        assert answer.status_code == 200, (name, answer.text)
        promised = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
        whole, *sparse = promised["schema"].get("anyOf", [promised["schema"]])
        conform(document, whole, answer.json())
        if sparse:
            joined = f"{request}{'&' if '?' in request else '?'}fields={_first(document, sparse[0])}"
            conform(document, sparse[0], (await admin.request(method, joined)).json())


def _first(document: dict[str, Any], sparse: dict[str, str]) -> str:
    """A field that the things of a sparse answer may have."""
    schemas = document["components"]["schemas"]
    found = schemas[sparse["$ref"].rpartition("/")[2]]["properties"]
    for part in found.values() if "next" in found else ():
        if part.get("type") == "array" and "Sparse" in str(part["items"]):
            return str(next(iter(schemas[part["items"]["$ref"].rpartition("/")[2]]["properties"])))
    return str(next(iter(found)))


async def test_problems_are_of_the_schema_that_is_promised(
    client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    for request in ("/api/v1/trends?limit=0", "/api/v1/trends/t0", "/nowhere"):
        conform(document, {"$ref": "#/components/schemas/Problem"}, (await client.get(request)).json())


async def test_fields_are_listed_as_those_that_are_taken(
    admin: httpx.AsyncClient, document: dict[str, Any], hands: OwnHands
) -> None:
    """Every name that the document lists is one that the route takes."""
    parameters = document["paths"]["/api/v1/trends"]["get"]["parameters"]
    (fields,) = (p for p in parameters if p["name"] == "fields")
    names = fields["schema"]["items"]["enum"]
    assert {"topic", "headline.text", "receipt.terms.inputs"} <= set(names)
    for start in range(0, len(names), 12):
        asked = ",".join(names[start : start + 12])
        assert (await admin.get("/api/v1/trends", params={"fields": asked})).status_code == 200, asked
