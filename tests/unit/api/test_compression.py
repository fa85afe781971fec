"""Answers are packed for who can unpack them, and nothing else about them changes."""

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
import zstandard
from small_newsroom import SmallDesk, made_trend
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from trend_agent.api.compression import Compression, preferred


async def raw(
    client: httpx.AsyncClient, path: str, accept: str, **headers: str
) -> tuple[httpx.Response, bytes]:
    request = client.build_request("GET", path, headers={"accept-encoding": accept, **headers})
    answer = await client.send(request, stream=True)
    body = b"".join([part async for part in answer.aiter_raw()])
    await answer.aclose()
    return answer, body


@pytest.mark.parametrize("path", ["/api/v1/trends", "/openapi.json", "/"])
async def test_a_packed_answer_is_the_plain_one(client: httpx.AsyncClient, path: str) -> None:
    plain, body = await raw(client, path, "identity")
    assert len(body) > 1024
    for way, unpack in (("gzip", gzip.decompress), ("zstd", zstandard.decompress)):
        answer, small = await raw(client, path, way)
        assert answer.headers["content-encoding"] == way
        assert int(answer.headers["content-length"]) == len(small) < len(body)
        assert unpack(small) == body
        assert answer.headers.get("etag") == plain.headers.get("etag")
        assert "accept-encoding" in answer.headers["vary"].lower()
    assert "content-encoding" not in plain.headers
    assert "accept-encoding" in plain.headers["vary"].lower()


async def test_who_has_the_answer_gets_304_however_it_was_packed(client: httpx.AsyncClient) -> None:
    answer, _ = await raw(client, "/api/v1/trends", "zstd")
    for accept in ("zstd", "gzip", "identity"):
        again, body = await raw(client, "/api/v1/trends", accept, **{"if-none-match": answer.headers["etag"]})
        assert (again.status_code, body) == (304, b"")
        assert "content-encoding" not in again.headers


async def test_head_tells_the_headers_of_get(client: httpx.AsyncClient) -> None:
    for accept in ("gzip", "zstd", "identity"):
        head = await client.head("/api/v1/trends", headers={"accept-encoding": accept})
        get, body = await raw(client, "/api/v1/trends", accept)
        assert dict(head.headers) == dict(get.headers)
        assert head.content == b""
        assert int(get.headers["content-length"]) == len(body)


async def test_small_answers_and_problems_stay_as_they_are(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/api/v1/trends/t0", "/api/v1/trends?fields=topic"):
        answer, _ = await raw(client, path, "zstd, gzip")
        assert "content-encoding" not in answer.headers, path


async def test_a_changed_list_is_packed_anew(client: httpx.AsyncClient, desk: SmallDesk) -> None:
    _, before = await raw(client, "/api/v1/trends", "zstd")
    at = (await desk.records.trends())[0].at.replace(hour=15)
    await desk.records.publish([made_trend(f"t{n}", at, n) for n in range(1, 5)])
    _, after = await raw(client, "/api/v1/trends", "zstd")
    assert zstandard.decompress(after) != zstandard.decompress(before)


async def answered(response: Response, accept: str = "zstd") -> list[dict[str, object]]:
    sent: list[dict[str, object]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await response(scope, receive, send)

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", accept.encode())]}
    await Compression(app)(scope, receive, send)  # type: ignore[arg-type]
    return sent


async def test_a_stream_goes_out_piece_by_piece() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"data: x\n\n" * 500

    sent = await answered(StreamingResponse(pieces(), media_type="text/event-stream"))
    assert [len(m.get("body", b"")) for m in sent[1:]] == [4500, 4500, 4500, 0]  # type: ignore[arg-type]
    assert (b"content-encoding", b"zstd") not in sent[0]["headers"]  # type: ignore[operator]


@pytest.mark.parametrize(
    "response",
    [
        Response(b"x" * 5000, media_type="image/png"),
        PlainTextResponse("x" * 5000, headers={"content-encoding": "br"}),
        PlainTextResponse("x" * 5000, headers={"content-range": "bytes 0-4999/9000"}),
        PlainTextResponse("x" * 1000),
        Response(bytes(range(256)) * 8, media_type="text/event-stream"),
    ],
)
async def test_what_is_packed_already_or_no_text_is_left_alone(response: Response) -> None:
    start, body = await answered(response)
    assert body["body"] == response.body
    assert (b"content-encoding", b"zstd") not in start["headers"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("header", "way"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("GZIP;q=1.0, zstd;q=0.5", "gzip"),
        ("br", None),
        ("*", "zstd"),
        ("*;q=0", None),
        ("gzip;q=0", None),
        ("zstd;q=0, *", "gzip"),
        ("gzip;q=0.2, identity;q=0.9", None),
        ("gzip;q=nonsense", None),
        (",,;", None),
    ],
)
def test_the_header_is_read_as_the_standard_has_it(header: str, way: str | None) -> None:
    assert preferred(header) == way
