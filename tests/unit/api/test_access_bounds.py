"""How much a request may be, how long it may take, and what it is told of itself."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from entrance import client_of, entrance
from small_newsroom import SmallDesk
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

from trend_agent.api.access.bounds import Bounds
from trend_agent.api.access.shown import Shown, address, counted

KEYS = "/api/v1/admin/keys"


async def test_a_body_that_says_it_is_too_large_is_refused_unread(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        admin = await door.key()
        answer = await door.client.post(KEYS, content=b"x" * (1 << 20) + b"x", headers=admin)
        assert answer.status_code == 413
        for length in ("9" * 30, "-1", "1e3"):
            headers = {**admin, "Content-Length": length}
            assert (await door.client.post(KEYS, content=b"", headers=headers)).status_code in (400, 413)


async def test_a_body_is_counted_as_it_comes_whatever_it_says(desk: SmallDesk) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 65_536

    async with entrance(desk) as door:
        answer = await door.client.post(KEYS, content=endless(), headers=await door.key())
        assert answer.status_code == 413
        assert sent <= 18


async def test_a_body_that_does_not_go_on_is_given_up(desk: SmallDesk) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b'{"name":'
        await asyncio.sleep(5)
        yield b'"x"}'

    async with entrance(desk, doors={"bounds": Bounds(piece_seconds=0.05)}) as door:
        answer = await door.client.post(KEYS, content=slow(), headers=await door.key())
        assert answer.status_code == 408


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "zstd"])
async def test_a_compressed_body_is_refused(desk: SmallDesk, coding: str) -> None:
    async with entrance(desk) as door:
        headers = {**await door.key(), "Content-Encoding": coding}
        assert (await door.client.post(KEYS, content=b"x", headers=headers)).status_code == 415


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/trends?source=" + "x" * 8200, {}, 414),
        ("/" + "x" * 60_000, {}, 414),
        ("/api/v1/trends?" + "&".join(["a=1"] * 10_000), {}, 414),
        ("/api/v1/trends?" + "&".join(["a=1"] * 101), {}, 400),
        ("/api/v1/trends", {"Range": "bytes=" + ",".join(["0-1"] * 10_000)}, 416),
        ("/api/v1/trends?limt=3", {}, 422),
        ("/api/v1/trends?limit=3&limit=4", {}, 422),
        ("/api/v1/trends?%00=1", {}, 422),
        ("/api/v1/trends?limit=%ff", {}, 422),
        ("/api/v1/ledger?limit=3", {}, 422),
    ],
)
async def test_what_is_too_much_or_means_nothing_is_refused(
    desk: SmallDesk, path: str, headers: dict[str, str], status: int
) -> None:
    async with entrance(desk, anonymous=True) as door:
        answer = await door.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 2000


async def test_a_misspelt_parameter_is_told_what_is_near_it(desk: SmallDesk) -> None:
    async with entrance(desk, anonymous=True) as door:
        told = (await door.client.get("/api/v1/trends?limt=3")).json()
        assert told["errors"] == [{"where": "query.limt", "what": "no such parameter; did you mean 'limit'?"}]
        assert (await door.client.get("/api/v1/trends?lang=en&lang=de")).status_code == 200


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
@pytest.mark.parametrize("path", ["/", "/api/v1/trends", "/nowhere", "/healthz"])
async def test_no_path_knows_some_methods(desk: SmallDesk, method: str, path: str) -> None:
    async with entrance(desk, anonymous=True) as door:
        answer = await door.client.request(method, path)
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]


async def test_a_method_is_what_it_is_whatever_a_header_says(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        admin = await door.key()
        key, _ = await door.known.make("kept", "read")
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            answer = await door.client.get(f"{KEYS}/{key.id}", headers={**admin, name: "DELETE"})
            assert answer.status_code == 405
        assert all(k.revoked_at is None for k in await door.access.store.keys())


async def test_an_answer_that_takes_too_long_to_begin_is_given_up(desk: SmallDesk) -> None:
    class Slow(SmallDesk):
        async def listed(self, limit: int, after_rank: int, as_of: datetime | None = None) -> Any:
            await asyncio.sleep(30)

        async def trends(self, limit: int, as_of: datetime | None) -> Any:
            await asyncio.sleep(30)

    async with entrance(Slow(desk.records), anonymous=True, seconds=0.05) as door:
        answer = await door.client.get("/api/v1/trends")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"


async def test_a_change_that_takes_too_long_has_its_line_all_the_same(desk: SmallDesk) -> None:
    async with entrance(desk, seconds=0.3) as door:

        async def slow(request: Request) -> Response:
            await asyncio.sleep(30)
            return Response()

        door.app.add_route("/api/v1/slow", slow, methods=["POST"])
        headers = {**await door.key("write"), "Idempotency-Key": "once"}
        assert (await door.client.post("/api/v1/slow", headers=headers)).status_code == 503
        (line,) = await door.access.store.deeds(10)
        assert line.action == "POST /api/v1/slow"
        assert (await door.client.post("/api/v1/slow", headers=headers)).status_code == 409


async def test_an_answer_that_has_begun_may_go_on(desk: SmallDesk) -> None:
    async with entrance(desk, anonymous=True, seconds=1) as door:

        async def many(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(4):
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                await asyncio.sleep(0.4)
            await send({"type": "http.response.body", "body": b""})

        door.app.mount("/many", many)
        assert (await door.client.get("/many/")).text == "xxxx"


@pytest.mark.parametrize("given", ["0f3a9c-4711", "a" * 64, "A.b:c_d-e1"])
async def test_a_request_keeps_the_name_it_was_given(desk: SmallDesk, given: str) -> None:
    async with entrance(desk, anonymous=True) as door:
        answer = await door.client.get("/api/v1/trends/t0", headers={"X-Request-ID": given})
        assert answer.headers["x-request-id"] == given
        assert answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with blank", "../etc", "a\tb-c-d-e-f"])
async def test_a_name_that_is_none_is_replaced(desk: SmallDesk, given: str) -> None:
    async with entrance(desk, anonymous=True) as door:
        names = {
            (await door.client.get("/nowhere", headers={"X-Request-ID": given})).json()["request_id"]
            for _ in range(3)
        }
        assert len(names) == 3
        assert all(re.fullmatch("[0-9a-f]{16}", name) for name in names)


async def test_a_fault_of_ours_is_found_by_its_name(desk: SmallDesk) -> None:
    desk.broken = ZeroDivisionError("inside")
    async with entrance(desk, anonymous=True) as door:
        with capture_logs() as logged:
            answer = await door.client.get("/api/v1/trends", headers={"X-Request-ID": "find-me-again"})
        assert (answer.status_code, answer.json()["request_id"]) == (500, "find-me-again")
        assert answer.headers["x-request-id"] == "find-me-again"
        assert [(e["event"], e["status"]) for e in logged] == [("answered", 500)]


async def test_the_log_tells_what_was_answered_and_no_query(desk: SmallDesk) -> None:
    async with entrance(desk, anonymous=True, logged="all") as door:
        with capture_logs() as logged:
            await door.client.get("/api/v1/search?q=private-matter")
        (event,) = [event for event in logged if event["event"] == "answered"]
        assert (event["method"], event["path"], event["address"]) == ("GET", "/api/v1/search", "203.0.113.7")
        assert event["status"] == 200
        assert event["ms"] > 0
        assert "private-matter" not in str(logged)


async def test_reading_that_went_well_is_not_logged_unless_wanted(desk: SmallDesk) -> None:
    async with entrance(desk, anonymous=True) as door:
        with capture_logs() as logged:
            await door.client.get("/api/v1/trends")
            await door.client.get("/api/v1/trends/t0")
        assert [event["status"] for event in logged] == [404]


def shown(**headers: str) -> Shown:
    return Shown({"headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()]})


@pytest.mark.parametrize(
    ("near", "said", "proxies", "expected"),
    [
        ("198.51.100.9", "203.0.113.1", [], "198.51.100.9"),
        ("198.51.100.9", "203.0.113.1", ["10.0.0.0/8"], "198.51.100.9"),
        ("10.0.0.2", "203.0.113.1", ["10.0.0.0/8"], "203.0.113.1"),
        ("10.0.0.2", "1.1.1.1, 203.0.113.1", ["10.0.0.0/8"], "203.0.113.1"),
        ("10.0.0.2", "1.1.1.1, 203.0.113.1, 10.0.0.3", ["10.0.0.0/8"], "203.0.113.1"),
        ("10.0.0.2", "nonsense", ["10.0.0.0/8"], "10.0.0.2"),
        ("10.0.0.2", "", ["10.0.0.0/8"], "10.0.0.2"),
        ("::1", "2001:db8::7", ["::1/128"], "2001:db8::7"),
    ],
)
def test_where_a_request_comes_from_is_told_by_trusted_proxies_alone(
    near: str, said: str, proxies: list[str], expected: str
) -> None:
    asgi = {"client": (near, 1)}
    headers = shown(x_forwarded_for=said)
    assert address(asgi, headers, [ip_network(p) for p in proxies]) == expected


def test_a_network_of_addresses_is_counted_as_one() -> None:
    assert counted("2001:db8::1") == counted("2001:db8::ffff:2")
    assert counted("2001:db8:0:1::1") != counted("2001:db8::1")
    assert counted("::ffff:203.0.113.9") == counted("203.0.113.9")


async def test_counters_are_for_who_may_read_or_sits_at_this_machine(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        assert (await door.client.get("/metrics")).status_code == 401
        assert (await door.client.get("/metrics", headers=await door.key("read"))).status_code == 200
        async with client_of(door.app, "127.0.0.1") as near:
            assert (await near.get("/metrics")).status_code == 200
            behind = {"X-Forwarded-For": "203.0.113.7"}
            assert (await near.get("/metrics", headers=behind)).status_code == 401


class TestOtherOrigins:
    @pytest.fixture
    async def answered(self, desk: SmallDesk) -> AsyncIterator[Any]:
        async with entrance(desk, anonymous=True, origins=["https://reader.example"]) as door:

            async def ask(origin: str) -> httpx.Response:
                return await door.client.get("/api/v1/trends", headers={"Origin": origin})

            yield ask

    async def test_a_named_origin_may_read(self, answered: Any) -> None:
        answer = await answered("https://reader.example")
        assert answer.headers["access-control-allow-origin"] == "https://reader.example"
        assert "access-control-allow-credentials" not in answer.headers

    @pytest.mark.parametrize(
        "origin",
        [
            "null",
            "https://reader.example.evil.example",
            "https://evilreader.example",
            "http://reader.example",
            "https://reader.example:8443",
            "https://READER.example",
        ],
    )
    async def test_none_that_looks_like_it_may(self, answered: Any, origin: str) -> None:
        assert "access-control-allow-origin" not in (await answered(origin)).headers


async def test_everybody_may_read_what_is_open_to_all_origins_without_a_login(desk: SmallDesk) -> None:
    async with entrance(desk, anonymous=True, origins=["*"]) as door:
        cookie = {"Origin": "https://any.example", "Cookie": "trend_session=x"}
        answer = await door.client.get("/api/v1/trends", headers=cookie)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


async def test_readiness_tells_of_records_that_do_not_answer(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        ready = await door.client.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["records"]) == (200, "open")
        desk.records.database.path.rename(desk.records.database.path.with_suffix(".away"))  # type: ignore[attr-defined]
        desk.records.database._readers.dispose()  # type: ignore[attr-defined]
        away = await door.client.get("/readyz")
        assert (away.status_code, away.json()["parts"]["records"]) == (503, "do not answer")


async def test_readiness_ends_when_we_are_told_to_stop(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        door.app.state.leaving.set()
        answer = await door.client.get("/readyz")
        assert (answer.status_code, answer.json()["parts"]["service"]) == (503, "stopping")
        assert (await door.client.get("/healthz")).status_code == 200
