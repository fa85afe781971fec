"""A publisher on this machine: a page that names its feed, the feed, and a page that names none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

TITLES = ("Lock keepers find an eel", "Night trains run again", "河上的桥重新开放")


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        made = {"/": page, "/feed.xml": feed, "/plain": plain}.get(self.path)
        kind, body = made() if made else ("text/plain", b"nothing here")
        self.send_response(200 if made else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Nobody reads it."""


def page() -> tuple[str, bytes]:
    link = '<link rel="alternate" type="application/rss+xml" title="The Lock" href="/feed.xml">'
    return "text/html", f"<!doctype html><title>The Lock</title>{link}<p>News of the canal".encode()


def plain() -> tuple[str, bytes]:
    return "text/html", b"<!doctype html><title>Plain</title><p>No feed here"


def feed() -> tuple[str, bytes]:
    now = datetime.now(UTC)
    items = "".join(
        f"<item><title>{title}</title><link>https://lock.example/{n}</link><guid>lock-{n}</guid>"
        f"<pubDate>{format_datetime(now - timedelta(minutes=5 * n))}</pubDate></item>"
        for n, title in enumerate(TITLES)
    )
    told = f'<rss version="2.0"><channel><title>The Lock</title>{items}</channel></rss>'
    return "application/rss+xml; charset=utf-8", told.encode()


@contextmanager
def published() -> Iterator[str]:
    """Where it is published, until the block ends."""
    server = ThreadingHTTPServer(("127.0.1.1", 0), Pages)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.1.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
