"""Every operation of the interface against every kind of caller."""

from typing import Any

import pytest
from entrance import entrance, everybody
from matrix import SCOPES, refusal
from small_newsroom import SmallDesk

from trend_agent.api import ROOMS, application
from trend_agent.api.rest.secured import scope_of


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_has_its_row_and_every_row_its_operation(desk: SmallDesk) -> None:
    assert set(operations(application(desk).openapi())) == set(SCOPES)


def test_the_document_says_of_each_operation_the_scope_it_asks_for(desk: SmallDesk) -> None:
    told = operations(application(desk).openapi())
    assert {name: told[name].get("x-scope", "") for name in SCOPES} == {
        name: scope if scope in ("read", "write", "admin") else "" for name, scope in SCOPES.items()
    }
    for name, operation in told.items():
        asks = SCOPES[name] in ("read", "write", "admin")
        assert ({"401", "403", "429"} <= set(operation["responses"])) == asks or name.endswith("/session"), (
            name
        )


def test_no_route_below_the_api_is_without_a_scope_but_those_of_the_session() -> None:
    free = {
        route.path
        for room in ROOMS
        for route in room.router.routes
        if scope_of(route) is None and route.path.startswith("/api/")
    }
    assert {path for path in free if not path.startswith("/api/v1/session")} == set()


@pytest.mark.parametrize("anonymous", [False, True])
async def test_every_cell_of_the_matrix_holds(desk: SmallDesk, anonymous: bool) -> None:
    wrong = []
    async with entrance(desk, anonymous=anonymous) as door:
        callers = await everybody(door)
        door.app.state.live.close()  # whoever may follow the stream is told that it ends, and does not wait
        for name, scope in SCOPES.items():
            method, path = name.split()
            address = path.replace("{id}", "t1").replace("{key}", "wire").replace("{name}", "wire")
            body = {"json": {}} if method in ("POST", "PATCH", "PUT") else {}
            for caller, shown in callers.items():
                answer = await door.client.request(method, address, headers=shown, **body)
                status = answer.status_code
                expected = refusal(scope, caller, anonymous=anonymous)
                right = status == expected if expected else status not in (401, 403)
                if not right:
                    wrong.append((name, caller, expected, status, answer.text[:100]))
                if status == 401:
                    assert answer.headers["www-authenticate"].startswith("Bearer"), name
                    assert answer.headers["content-type"] == "application/problem+json", name
    assert wrong == []
