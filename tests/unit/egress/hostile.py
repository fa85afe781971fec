"""Servers that mean harm, by the number of the threat they are: each answers in a thread or task of its own.

`docs/howto/security.md` tells what each of them tries. A server is given the connection behind the request's head.
"""

import asyncio
import gzip
import json
import sys
import zlib
from collections.abc import Awaitable, Callable

from loopback_world import reply

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
FEED = b"<rss><channel><title>T</title><item><title>A</title><guid>a</guid></item>%s</channel></rss>"
LOOSE = b"<rss><channel><title>T</title><item><title>&nope;"


def says(answer: bytes) -> Serve:
    async def serve(_, writer):
        writer.write(answer)
        await writer.drain()

    return serve


async def silent(reader, _):
    await reader.read()


def drips(start: bytes, drop: bytes, *, every: float = 0.05) -> Serve:
    async def serve(_, writer):
        writer.write(start)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(every)

    return serve


def floods(start: bytes, piece: bytes) -> Serve:
    async def serve(_, writer):
        writer.write(start)
        block = piece * (1 + 65536 // len(piece))
        while True:
            writer.write(block)
            await writer.drain()

    return serve


def bomb(coding: str) -> bytes:
    """64 MiB of nothing."""
    nothing = bytes(64 << 20)
    if coding == "gzip":
        return gzip.compress(nothing, 1)
    if coding == "deflate":
        return zlib.compress(nothing, 1)
    if coding == "raw":
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        return packer.compress(nothing) + packer.flush()
    return {"br": b"\x5b\xff\xff\xff\x03\x00" * 999, "zstd": b"\x28\xb5\x2f\xfd\xa4\x00\x00\x00\x04" * 999}[
        coding
    ]


def coded(body: bytes, coding: str) -> Serve:
    return says(reply(body, Content_Encoding=coding))


def feed(body: bytes) -> Serve:
    return says(reply(body, Content_Type="application/rss+xml"))


CODINGS = ("gzip", "deflate", "raw", "br", "zstd")

LAUGHS = b'<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (n, b"&%c;" % (n - 1) * 8) for n in b"bcdefghijklmnopqrstuvwxyz"
)

SHAPES = (
    b"<rss>%s",
    b'<rss a="%s"/>',
    b"<!--%s--><rss/>",
    b"<rss><![CDATA[%s]]>",
    b"<?p %s?><rss/>",
    b"<%s>",
)

SERVERS: dict[str, Serve] = {
    "h17 silence": silent,
    "h18 body dripped": drips(HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "h19 head dripped": drips(HEAD + b"X-Long: ", b"x"),
    "h20 chunk size dripped": drips(CHUNKED, b"0"),
    "h21 endless body": floods(HEAD + b"\r\n", b"x"),
    "h21 endless chunks": floods(CHUNKED, b"400\r\n" + b"x" * 1024 + b"\r\n"),
    "h21 chunks of one byte": floods(CHUNKED, b"1\r\nx\r\n"),
    "h21 chunk extensions": floods(CHUNKED, b"1;" + b"a" * 1000 + b"\r\nx\r\n"),
    "h22 endless headers": floods(HEAD, b"X-A: b\r\n"),
    "h22 endless trailers": floods(CHUNKED + b"0\r\n", b"X-A: b\r\n"),
    "h23 200 headers": says(HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n"),
    "h23 header of a megabyte": says(HEAD + b"X-Long: " + b"x" * (1 << 20) + b"\r\n\r\n"),
    **{f"h24 bomb in {name}": coded(bomb(name), name.replace("raw", "deflate")) for name in CODINGS},
    "h25 gzip in gzip": coded(gzip.compress(bomb("gzip"), 9), "gzip, gzip, gzip, gzip, gzip, gzip"),
    "h26 members": coded(gzip.compress(b"") * 200_000, "gzip"),
    "h27 bomb on 404": says(reply(bomb("gzip"), status="404 None", Content_Encoding="gzip")),
    "h27 bomb on 500": says(reply(bomb("gzip"), status="500 Broken", Content_Encoding="gzip")),
    "h27 bomb on 301": says(reply(bomb("gzip"), status="301 Moved", Location="/", Content_Encoding="gzip")),
    "h28 plain as gzip": coded(FEED, "gzip"),
    "h28 gzip as plain": feed(gzip.compress(FEED)),
    "h28 cut": coded(gzip.compress(FEED * 99)[:-20], "gzip"),
    "h28 sum": coded(gzip.compress(FEED)[:-8] + b"12345678", "gzip"),
    "h28 junk": coded(gzip.compress(FEED) + b"junk", "gzip"),
    "h29 length too large": says(HEAD + b"Content-Length: 100\r\n\r\nshort"),
    "h29 length negative": says(HEAD + b"Content-Length: -1\r\n\r\nx"),
    "h29 length twice": says(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    "h29 length and chunks": says(HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "h29 length beyond all": says(HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nx"),
    "h30 redirects to itself": says(reply(status="302 Found", Location="/")),
    "h30 redirects and bodies": floods(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b"x"),
    "h31 304 unasked": says(reply(status="304 Same")),
    "h33 wait for ever": says(reply(status="429 Slow", Retry_After="9" * 400)),
    "h34 gone": says(reply(status="410 Gone")),
    "h38 cookies": says(HEAD + b"Set-Cookie: " + b"a=b; " * 3000 + b"\r\n" * 2),
    "h38 no http": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "h38 http of old": says(b"<rss/>"),
    "h38 interim answers": floods(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "h38 answers to nobody": floods(b"", reply(b"x").replace(b"Connection: close\r\n", b"")),
    "h38 switching": says(b"HTTP/1.1 101 Other\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + bytes(999)),
    "h38 close": says(b""),
    "h39 billion laughs": feed(b"<!DOCTYPE r [%s]><rss>&z;</rss>" % LAUGHS),
    "h39 quadratic": feed(b'<!DOCTYPE r [<!ENTITY a "' + b"a" * 100_000 + b'">]><rss>' + b"&a;" * 50_000),
    "h40 external": feed(b'<!DOCTYPE r [<!ENTITY a SYSTEM "http://127.0.2.1/x">]><rss><channel><title>&a;'),
    "h40 external subset": feed(b'<!DOCTYPE rss SYSTEM "http://127.0.2.1/x.dtd"><rss><channel><title>T</title>'),
    "h40 included": feed(FEED % b'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="http://127.0.2.1/"/>'),
    **{f"h41 token {n}": feed(shape % (b"x" * (8 << 20))) for n, shape in enumerate(SHAPES)},
    "h42 deep": feed(b"<rss>" + b"<a>" * 1_000_000),
    "h42 deep and loose": feed(LOOSE + b"<a>" * 1_000_000),
    "h42 attributes": feed(b"<rss " + b" ".join(b'a%d="x"' % n for n in range(200_000)) + b"/>"),
    "h42 prefixes": feed(b"<rss " + b" ".join(b'xmlns:a%d="u"' % n for n in range(100_000)) + b"/>"),
    "h42 brackets": feed(LOOSE + b"<" * (4 << 20)),
    "h43 utf-7": says(reply(FEED, Content_Type="application/xml; charset=utf-7")),
    "h43 utf-16": feed(FEED.decode().encode("utf-16-le")),
    "h43 utf-32": feed(FEED.decode().encode("utf-32")),
    "h43 unknown": feed(b'<?xml version="1.0" encoding="x-user-defined"?>' + FEED),
    "h43 overlong": feed(FEED % b"\xc0\xaf\xf8\x88\x80\x80\x80"),
    "h44 references": feed(FEED % b"<item><title>&#0;&#999999999999;&#xD800;&#xFFFE;</title></item>"),
    "h44 nuls": feed(FEED[:40] + b"\0" * (4 << 20)),
    "h45 deep json": feed(b'{"items":' + b"[" * 1_000_000),
    "h45 numbers": feed(b'{"items":[{"id":' + b"9" * 1_000_000 + b"}]}"),
    "h45 wide json": feed(b'{"items":[' + b'{"title":"x"},' * 500_000 + b"{}]}"),
    "h46 page": says(reply(b"<!doctype html><html><body>Sign in</body></html>", Content_Type="text/html")),
    "h46 picture": says(reply(b"\x89PNG\r\n\x1a\n" + bytes(5000), Content_Type="image/png")),
    "h46 nothing": says(reply(b"")),
    "h47 many entries": feed(b"<rss><channel>" + b"<item><title>x</title></item>" * 300_000),
    "h47 one large entry": feed(FEED % (b"<item><description>" + b"x" * (9 << 20) + b"</description></item>")),
    "h47 tags": feed(FEED % (b"<item><title>y</title>" + b"<category>c</category>" * 100_000 + b"</item>")),
    "h55 markup": feed(FEED % (b"<item><description>" + b"&lt;a&gt;&lt;div&gt;" * 40_000 + b"</description></item>")),
}  # fmt: skip


async def main(copies: int) -> None:
    """Serves until stdin ends; prints the addresses by name, `copies` of each, and of one server of good feeds."""
    told = {}
    for copy in range(copies):
        for n, (name, serve) in enumerate(SERVERS.items()):
            told[f"{name}#{copy}" if copy else name] = await listening(serve, f"127.0.1.{10 + n}")
    good = [await listening(says(reply(FEED.replace(b"%s", b""))), "127.0.1.9") for _ in range(200)]
    sys.stdout.write(json.dumps({**told, "good": good}) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def listening(serve: Serve, host: str) -> str:
    async def connected(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, host, 0, backlog=500)
    return f"http://{host}:{server.sockets[0].getsockname()[1]}"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
