"""What a document may cost, whatever is in it."""

import asyncio
import gzip
import json
from time import monotonic

import psutil
import pytest

from trend_agent.errors import Rejected
from trend_agent.sources.feeds import Document, Sandbox

FEED = b"<rss><channel><title>T</title><item><title>A</title><link>http://a.example/</link></item></channel></rss>"

LOOSE = b"<rss><channel><title>T</title><item><title>&nope;"


@pytest.fixture(scope="module")
def box():
    sandbox = Sandbox(size=1, seconds=15, cpu=0.5)
    yield sandbox
    sandbox.close()


def outcome(box, body):
    try:
        return box.submit(Document(body, plain=True)).result()
    except Rejected as fault:
        return fault


@pytest.mark.parametrize(
    "body",
    [
        b"<rss>" + b"<a>" * 1_000_000,
        LOOSE + b"<a>" * 1_000_000,
        LOOSE + b"<" * (4 << 20),
        b'{"items":' + b"[" * 1_000_000,
        b'{"items":[' + b'{"title":"x"},' * 400_000 + b"{}]}",
        b"<rss " + b" ".join(b'a%d="x"' % n for n in range(200_000)) + b"/>",
        b"<rss " + b" ".join(b'xmlns:a%d="u"' % n for n in range(100_000)) + b"/>",
        b"<rss><channel>" + b"<item><title>x</title></item>" * 400_000,
        LOOSE + b"&lt;a&gt;&lt;div&gt;" * 40_000 + b"</title></item></channel></rss>",
        FEED.replace(
            b"</item>", b"<description>" + b"&lt;a&gt;&lt;div&gt;" * 40_000 + b"</description></item>"
        )
        * 9,
        gzip.compress(FEED),
        FEED[:40] + b"\0" * (4 << 20),
    ],
    ids="deep loose-deep brackets json-deep json-wide attributes prefixes items markup bodies gzip nuls".split(),  # noqa: SIM905
)
def test_a_hostile_document_ends_and_the_next_one_is_read(box, body):
    start = monotonic()
    outcome(box, body)
    assert monotonic() - start < 15
    assert outcome(box, FEED).entries[0].title == "A"


@pytest.mark.parametrize(
    "shape", ["<rss>%s</rss>", '<rss a="%s"/>', "<rss><!--%s--></rss>", "<rss><![CDATA[%s]]></rss>"]
)
def test_one_token_of_eight_megabytes_is_no_burden(box, shape):
    start = monotonic()
    outcome(box, (shape % ("x" * (8 << 20))).encode())
    assert monotonic() - start < 15


def test_a_reader_is_kept_for_the_next_document():
    box = Sandbox(size=1)
    children = psutil.Process().children
    before = set(children())
    try:
        outcome(box, FEED)
        (reader,) = set(children()) - before
        for _ in range(20):
            outcome(box, FEED)
        assert set(children()) - before == {reader}
    finally:
        box.close()
    assert set(children()) <= before


def test_time_and_memory_end_a_reader_with_a_clear_error():
    spinning = LOOSE + b"<" * (4 << 20)
    for box, body in (
        (Sandbox(size=1, seconds=0.5), spinning),
        (Sandbox(size=1, cpu=0.5), spinning),
        (Sandbox(size=1, memory=48 << 20), b"<rss>" + b"<a/>" * 2_000_000 + b"</rss>"),
    ):
        fault = outcome(box, body)
        box.close()
        assert isinstance(fault, Rejected)
        assert "more than it may" in str(fault) or "cannot be read" in str(fault)


def test_an_answer_passes_through_whole(box):
    date = "<pubDate>Fri, 02 Jan 2026 10:00:00 GMT</pubDate></item>"
    text = FEED.decode().replace(">T<", ">Ünï ☃<").replace(">A<", ">\U0001f600<").replace("</item>", date)
    feed = outcome(box, text.encode())
    assert (feed.title, feed.entries[0].title) == ("Ünï ☃", "\U0001f600")
    assert feed.entries[0].published.isoformat() == "2026-01-02T10:00:00+00:00"


def test_a_header_that_is_no_text_is_no_burden(box):
    headers = {"content-type": b"text/xml; charset=\xff".decode("utf-8", "surrogateescape")}
    assert box.submit(Document(FEED, headers)).result().title == "T"


async def test_many_documents_are_read_at_once(box):
    feeds = await asyncio.gather(*(box.read(Document(FEED)) for _ in range(50)))
    assert {feed.title for feed in feeds} == {"T"}


def test_no_document_can_make_the_reader_write_a_file(box, tmp_path):
    """Nothing in the readers writes files; the system would refuse it besides."""
    assert outcome(box, json.dumps({"items": [{"id": str(tmp_path)}]}).encode()).total == 1
    assert list(tmp_path.iterdir()) == []
