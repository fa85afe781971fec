import gzip
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import process_time

import pytest

from trend_agent.egress import Gone
from trend_agent.egress.answers import refusal, retry_after, unpacked, validators
from trend_agent.errors import Denied, Missing, Rejected, Unavailable

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 1),
        ("-5", 1),
        ("1000000000000", 86400),
        ("9" * 5000, 86400),
        (format_datetime(NOW + timedelta(seconds=90)), 90),
        (format_datetime(NOW - timedelta(days=1)), 1),
        (format_datetime(NOW + timedelta(days=400)), 86400),
        ("soon", None),
        ("", None),
        (None, None),
        ("١٢", None),
        ("Thu, 31 Nov 2026 00:00:00 GMT", None),
        ("Thu, 01 Jan 99999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_clamped(value, seconds):
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Denied),
        (403, Denied),
        (404, Missing),
        (410, Gone),
        (408, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
        (400, Rejected),
        (418, Rejected),
        (204, Rejected),
        (206, Rejected),
    ],
)
def test_each_status_is_the_error_that_says_what_to_do(status, kind):
    assert type(refusal(status, "http://a/", None)) is kind


def test_a_body_comes_out_of_its_gzip_stream():
    assert unpacked(gzip.compress(b"text", mtime=0), "gzip", 100) == b"text"
    assert unpacked(b"text", "", 100) == b"text"


def test_a_bomb_stops_at_the_cap():
    bomb = gzip.compress(bytes(64 << 20), mtime=0)
    start = process_time()
    with pytest.raises(Rejected, match="over 1048576 bytes"):
        unpacked(bomb, "gzip", 1 << 20)
    assert process_time() - start < 0.5


def test_many_empty_members_cost_nothing():
    members = gzip.compress(b"", mtime=0) * 200_000
    start = process_time()
    with pytest.raises(Rejected, match="one member"):
        unpacked(members, "gzip", 1 << 20)
    assert process_time() - start < 0.5


@pytest.mark.parametrize(
    ("body", "coding", "kind"),
    [
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "gzip", Unavailable),
        (gzip.compress(b"x" * 1000, mtime=0)[:-8] + b"wrong  !", "gzip", Rejected),
        (gzip.compress(b"x", mtime=0) + b"junk", "gzip", Rejected),
        (b"plain text", "gzip", Rejected),
        (b"", "gzip", Unavailable),
        (zlib.compress(b"x"), "deflate", Rejected),
        (b"x", "br", Rejected),
        (gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "gzip, gzip", Rejected),
        (b"x", "zstd", Rejected),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused_whole(body, coding, kind):
    with pytest.raises(kind):
        unpacked(body, coding, 10_000)


@pytest.mark.parametrize("value", ['"abc"', 'W/"x"', "no quotes", "Mon, 01 Jan 2099 00:00:00 GMT", "rubbish"])
def test_validators_are_kept_as_they_are(value):
    assert validators({"etag": value, "last-modified": value}) == {"etag": value, "last_modified": value}


@pytest.mark.parametrize("value", ["", "x" * 10_000, "a\r\nb", "ä", "\x7f"])
def test_validators_that_cannot_be_echoed_are_dropped(value):
    assert validators({"etag": value}) == {}
