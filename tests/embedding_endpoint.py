"""A stand-in for an endpoint that speaks OpenAI's embeddings; it remembers what it was asked."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Endpoint:
    """Vectors of letter counts. `faults` are statuses answered first, one per request."""

    def __init__(self, size: int = 26) -> None:
        self.size = size
        self.faults: list[int] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.change = lambda answer: answer

    def answer(self, body: dict[str, Any]) -> Any:
        rows = [
            {"object": "embedding", "index": at, "embedding": self.vector(text)}
            for at, text in enumerate(body["input"])
        ]
        return self.change({"object": "list", "data": rows[::-1], "model": body["model"]})

    def vector(self, text: str) -> list[float]:
        return [float(text.lower().count(chr(ord("a") + at))) for at in range(self.size)]


@contextmanager
def serving(endpoint: Endpoint):
    """The base address at which it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.asked.append({"path": self.path, **body})
            endpoint.keys.append(self.headers.get("Authorization"))
            status = endpoint.faults.pop(0) if endpoint.faults else 200
            answer = json.dumps(endpoint.answer(body) if status == 200 else {"error": "as told"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            if status in {301, 307}:
                self.send_header("Location", "http://127.0.0.2:1/elsewhere")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
