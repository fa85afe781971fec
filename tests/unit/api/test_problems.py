"""What goes wrong is told as problem+json with the right code, and nothing about our insides."""

from typing import Any

import httpx
import pytest
from small_newsroom import SmallDesk

from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Rejected, TrendError, Unavailable


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return told


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Rejected("no such thing as 'x'"), 422),
        (Missing("no topic 'x'"), 404),
        (Conflict("changed underneath"), 409),
    ],
)
async def test_a_fault_of_the_request_is_told_in_its_own_words(
    client: httpx.AsyncClient, desk: SmallDesk, fault: Exception, status: int
) -> None:
    desk.broken = fault
    assert problem(await client.get("/api/v1/trends"), status)["detail"] == str(fault)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Misconfigured("the file '/secret/place' is wrong"), 500),
        (Denied("user /secret/place refused"), 502),
        (Unavailable("/secret/place is locked"), 503),
        (TrendError("/secret/place"), 500),
        (ZeroDivisionError("/secret/place"), 500),
    ],
)
async def test_a_fault_of_ours_tells_nothing_of_our_insides(
    client: httpx.AsyncClient, desk: SmallDesk, fault: Exception, status: int
) -> None:
    desk.broken = fault
    answer = await client.get("/api/v1/trends")
    problem(answer, status)
    for word in ("secret", "Traceback", "ZeroDivision", "fastapi", "starlette"):
        assert word not in answer.text


@pytest.mark.parametrize(("wait", "header"), [(None, "5"), (0.2, "1"), (61.5, "62")])
async def test_who_should_wait_is_told_how_long(
    client: httpx.AsyncClient, desk: SmallDesk, wait: float | None, header: str
) -> None:
    desk.broken = Unavailable("busy", retry_after=wait)
    answer = await client.get("/api/v1/trends")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, header)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nowhere",
        "/api",
        "/docs",
        "/static/../app.py",
        "/static/nothing.css",
        "/static/%00",
        "/api/v1/trends/t0",
        "/api/v1/trends/t0/items",
        "/api/v1/trends/t0/lineage",
        "/api/v1/trends/t0/series",
        "/api/v1/items/nobody:1/fate",
        "/api/v1/fate?address=https://nobody.example/",
        f"/api/v1/trends/{'t' * 200}",
        "/api/v1/trends/..%2f..%2fetc",
    ],
)
async def test_what_is_not_there_is_404(client: httpx.AsyncClient, path: str) -> None:
    problem(await client.get(path), 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
async def test_a_wrong_method_is_told_the_right_ones(client: httpx.AsyncClient, method: str) -> None:
    for path in ("/api/v1/trends", "/api/v1/trends/t1", "/", "/healthz"):
        answer = await client.request(method, path)
        problem(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=501",
        "limit=1e3",
        "limit=",
        "limit=" + "9" * 5000,
        "limit=%00",
        "cursor=nonsense",
        "cursor=%F0%9F%98%80",
        "cursor=" + "A" * 201,
        "cursor=WyJpdGVtcyIsMTdd",
        "cursor=WyJ0cmVuZHMiLC0xLCIyMDI2LTAzLTAxVDEyOjAwOjAwWiJd",
        "cursor=WyJ0cmVuZHMiLDEsIm5vdyJd",
        "cursor=bnVsbA",
        "as_of=yesterday",
        "as_of=",
        "as_of=1772366400",
        "as_of=0.5",
        "as_of=1e400",
        "state=exploding",
        "source=%00",
        "source=",
        "source=" + "x" * 201,
        "&".join(["lang=en"] * 51),
    ],
)
async def test_hostile_parameters_of_a_list_are_refused(client: httpx.AsyncClient, query: str) -> None:
    told = problem(await client.get(f"/api/v1/trends?{query}"), 422)
    assert len(told["detail"]) < 2000


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/trends/%00",
        "/api/v1/trends/a%0Ab",
        f"/api/v1/trends/{'x' * 201}",
        "/api/v1/trends/t1/items?limit=501",
        "/api/v1/trends/t1/items?cursor=WyJpdGVtcyIsOTk5OTk5OTk5OTk5OTk5OTk5OTld",
        "/api/v1/trends/t1/items?cursor=WyJpdGVtcyIsLTFd",
        "/api/v1/items/a%00b/fate",
        f"/api/v1/items/{'x' * 2001}/fate",
        "/api/v1/fate",
        "/api/v1/fate?address=",
        "/api/v1/fate?address=%00",
        "/api/v1/fate?address=javascript:alert(1)",
        "/api/v1/fate?address=https://" + "x" * 9000,
        "/api/v1/ledger?source=%07",
    ],
)
async def test_hostile_names_are_refused(client: httpx.AsyncClient, path: str) -> None:
    problem(await client.get(path), 422)


@pytest.mark.parametrize(
    ("far", "at"),
    [
        ("9999-12-31T23:59:59-10:00", "2200-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00%2B10:00", "1990-01-01T00:00:00Z"),
        ("1066-10-14", "1990-01-01T00:00:00Z"),
    ],
)
async def test_a_moment_beyond_all_time_is_the_end_of_it(
    client: httpx.AsyncClient, far: str, at: str
) -> None:
    answer = await client.get(f"/api/v1/trends?as_of={far}")
    assert (answer.status_code, answer.json()["at"], answer.json()["trends"]) == (200, at, [])


async def test_a_wrong_method_is_told_all_that_the_path_knows(client: httpx.AsyncClient) -> None:
    for path, known in (
        ("/api/v1/corrections", "GET, HEAD, POST"),
        ("/api/v1/watches/w1", "DELETE, GET, HEAD, PATCH"),
        ("/api/v1/sources/opml", "GET, HEAD, POST"),
    ):
        answer = await client.put(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, known), path


async def test_each_wrong_parameter_is_named(client: httpx.AsyncClient) -> None:
    told = problem(await client.get("/api/v1/trends?limit=0&state=odd"), 422)
    assert {e["where"] for e in told["errors"]} == {"query.limit", "query.state.0"}


async def test_bytes_that_are_no_text_do_no_harm(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/trends/%ff%fe", "/api/v1/trends?source=%ff", "/%ff", "/trends/%ed%a0%80"):
        assert (await client.get(path)).status_code < 500
