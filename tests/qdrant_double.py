"""A stand-in for a Qdrant server: bodies are read by the models generated from Qdrant's own OpenAPI description, so
that a malformed request fails, and carried out by the client's local mode. It has no gRPC, no quantisation, no
replication and none of a real server's limits."""

from __future__ import annotations

import json
import threading
import warnings
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, TypeAdapter, ValidationError
from qdrant_client import QdrantClient, models


def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


BODIES = {
    ("PUT", ""): adapter(models.CreateCollection),
    ("PUT", "index"): adapter(models.CreateFieldIndex),
    ("PUT", "points"): adapter(models.PointInsertOperations),
    ("POST", "points"): adapter(models.PointRequest),
    ("POST", "points/query"): adapter(models.QueryRequest),
    ("POST", "points/scroll"): adapter(models.ScrollRequest),
    ("POST", "points/count"): adapter(models.CountRequest),
    ("POST", "points/delete"): adapter(models.PointsSelector),
}


class Refusal(Exception):
    """Answered as this status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Qdrant:
    """What the server knows; `key` is the one it wants, `fail` an answer it gives to whatever is asked."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.client = QdrantClient(":memory:")
        self.key = ""
        self.fail: int | None = None
        self.asked: list[str] = []
        self.lock = threading.Lock()

    def answer(self, method: str, path: str, body: bytes, key: str | None) -> Any:
        self.asked.append(f"{method} {path}")
        if self.key and key != self.key:
            raise Refusal(401, "Must provide an API key")
        if self.fail:
            raise Refusal(self.fail, "as told")
        parts = path.strip("/").split("/", 2)
        if parts[0] != "collections" or len(parts) < 2:
            raise Refusal(404, f"no such path {path}")
        name, rest = parts[1], parts[2] if len(parts) > 2 else ""
        with self.lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.carried_out(method, name, rest, body)

    def carried_out(self, method: str, name: str, rest: str, body: bytes) -> Any:
        if (method, rest) == ("GET", "exists"):
            return {"exists": self.client.collection_exists(name)}
        if method == "DELETE" and not rest:
            return self.client.delete_collection(name)
        if (method, rest) not in BODIES:
            raise Refusal(404, f"no such operation {method} {rest}")
        try:
            asked = BODIES[method, rest].validate_json(body)
        except ValidationError as fault:
            raise Refusal(400, str(fault)) from fault
        if (method, rest) == ("PUT", ""):
            return self.client.create_collection(
                name, asked.vectors, sparse_vectors_config=asked.sparse_vectors
            )
        if not self.client.collection_exists(name):
            raise Refusal(404, f"Collection `{name}` doesn't exist!")
        try:
            return self.on_points(name, rest if method == "POST" else f"put {rest}", asked)
        except ValueError as fault:
            raise Refusal(400, str(fault)) from fault

    def on_points(self, name: str, rest: str, asked: Any) -> Any:
        client = self.client
        if rest == "put index":
            return client.create_payload_index(name, asked.field_name, asked.field_schema)
        if rest == "put points":
            return client.upsert(name, asked.points)
        if rest == "points":
            return client.retrieve(name, asked.ids, with_payload=asked.with_payload)
        if rest == "points/count":
            return client.count(name, asked.filter, exact=asked.exact)
        if rest == "points/delete":
            return client.delete(name, asked)
        if rest == "points/scroll":
            rows, after = client.scroll(
                name, asked.filter, limit=asked.limit, offset=asked.offset, with_payload=asked.with_payload
            )
            return {"points": [row.model_dump(mode="json") for row in rows], "next_page_offset": after}
        return client.query_points(
            name, asked.query, using=asked.using, prefetch=asked.prefetch, query_filter=asked.filter,
            limit=asked.limit, with_payload=asked.with_payload,
        )  # fmt: skip


def plain(found: Any) -> Any:
    if isinstance(found, BaseModel):
        return found.model_dump(mode="json", exclude_none=True)
    return [plain(one) for one in found] if isinstance(found, list) else found


@contextmanager
def serving(qdrant: Qdrant):
    """The address at which it answers."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                found = qdrant.answer(
                    self.command, urlsplit(self.path).path, body, self.headers.get("api-key")
                )
                status, said = 200, {"result": plain(found), "status": "ok", "time": 0}
            except Refusal as fault:
                status, said = fault.status, {"status": {"error": str(fault)}, "time": 0}
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status == 429:
                self.send_header("Retry-After", "7")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "PUT", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_one)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
