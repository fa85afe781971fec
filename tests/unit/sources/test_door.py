"""What a source yields is clean before it is kept, whoever wrote the source."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_agent.items import Item, item_of, plain
from trend_agent.sources.door import admitted, link, told

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEM = Item("s:1", "s", "A title", NOON)

NO_LINKS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)", "\x01javascript:alert(1)", "javascript&colon;alert(1)", "&#106;avascript:alert(1)",
    "vbscript:x", "data:text/html,<b>",
    "file:///etc/passwd", "ftp://a.example/", "mailto:a@b.example", "//a.example/x", "/relative", "http:a.example",
    "http://", "http:///x", "http:\\\\a.example", "https://a.example/\u202egpj.exe", "https://a.example/\x00x",
    "https://a.example/a b", "https://a.example/\u200b", "blob:https://a.example/x", "view-source:https://a.example/",
    "https://a.example/" + "x" * 9000,
]  # fmt: skip


@pytest.mark.parametrize("url", NO_LINKS)
def test_what_is_no_link_to_a_web_page_is_dropped(url):
    assert admitted(replace(ITEM, url=url)).url == ""


@pytest.mark.parametrize("url", ["https://a.example/x?y=1#z", "HTTP://A.example", "https://bücher.example/ä"])
def test_a_link_to_a_web_page_stays_as_it_came(url):
    assert link(f" {url}\n") == url


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<img src=x onerror=alert(1)>Storm <b>Brakka</b>", "Storm Brakka"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Storm", "Storm"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>Storm", "Storm"),
        ("{{7*7}} ${x}", "{{7*7}} ${x}"),
        ("\u202egnp.exe\u202c \u2066x\u2069", "gnp.exe x"),
        ("\U000e0041\U000e0042tag\u200b", "tag"),
        ("be\x07ll \x1b[31mred\x00", "bell [31mred"),
        ("\x1b]8;;http://a.example\x07click\x1b]8;;\x07", "]8;;http://a.exampleclick]8;;"),
        ("line\r\nof a log", "line of a log"),
        ("half \ud83d", "half \ufffd"),
        ("\uffff\ufffeno character", "no character"),
        ("a < b and Vec<T>", "a < b and Vec<T>"),
    ],
)
def test_texts_are_plain_and_hide_nothing(written, kept):
    item = admitted(replace(ITEM, title=written, body=written, author=written, extra={"publisher": written}))
    assert (item.title, item.body, item.author, item.extra["publisher"]) == (kept,) * 4


def test_lengths_are_cut():
    long = "word " * 100_000
    item = admitted(replace(ITEM, title=long, body=long, author=long))
    assert (len(item.title) <= 10_000, len(item.body) <= 100_000, len(item.author) <= 500) == (True,) * 3
    assert item.title.endswith("…")


def test_what_else_a_source_tells_is_clean_as_well():
    extra = {
        "discussion": "javascript:alert(1)",
        "links": ["https://a.example/", "java\tscript:x", "plain words: with a colon"],
        "deep": {"a": {"b": {"c": {"d": {"e": 1}}}}},
        "section": "sport:football",
        "points": 3,
        "no\x00name": None,
    }
    assert told(extra) == {
        "discussion": "",
        "links": ["https://a.example/", "", "plain words: with a colon"],
        "deep": {"a": {"b": {"c": {}}}},
        "section": "sport:football",
        "points": 3,
        "noname": None,
    }
    assert len(told({str(n): n for n in range(1000)})) == 64


def test_dates_nobody_can_believe_are_none_and_the_future_counts_as_now():
    old = replace(ITEM, published_at=datetime(1970, 1, 1, tzinfo=UTC))
    assert admitted(old).published_at is None
    ahead = admitted(replace(ITEM, published_at=NOON + timedelta(days=9000)))
    assert ahead.happened_at == NOON


@settings(deadline=None)
@given(
    st.text(max_size=300), st.text(max_size=80), st.dictionaries(st.text(max_size=9), st.text(max_size=80))
)
def test_cleaning_twice_changes_nothing_and_every_store_can_hold_it(text, url, extra):
    once = admitted(replace(ITEM, title=text, body=text, url=url, extra=extra))
    assert admitted(once) == once
    orjson.dumps(plain(once), default=str)
    assert (
        item_of(orjson.loads(orjson.dumps(plain(once), default=str)), clock=NOON, now=NOON).title
        == once.title
    )
