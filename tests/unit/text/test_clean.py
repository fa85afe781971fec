"""Cleaning text and spelling addresses one way."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_agent.errors import Rejected
from trend_agent.text.address import canonical, publisher
from trend_agent.text.clean import clean


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a &lt; b &amp; c", "a < b & c"),
        ("Why Vec<T> beats a < b", "Why Vec<T> beats a < b"),
        ("<p>One</p><p>two</p>three<br/>four <b>fi</b>ve", "One two three four five"),
        ("<div title='a>b'>in</div>", "in"),
        ("x<script>alert(1)</script>y<style>p{}</style>", "xy"),
        ("<img src=x onerror=alert(1)>seen", "seen"),
        ("&lt;img src=x onerror=alert(1)&gt;seen", "seen"),
        ("&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;", "bold"),
        ("<![CDATA[inside]]>", "inside"),
        ("{{7*7}} ${x}", "{{7*7}} ${x}"),
        ("one\x00two\x1b[31m\r\n three\t four", "onetwo[31m three four"),
        ("pay\u202egnp.exe \u2066x\u2069 in\u200bvis\u00adible", "paygnp.exe x invisible"),
        ("flag\U000e0067\U000e0062 \ufffe\ufeffend", "flag end"),
        ("half \ud83d surrogate", "half \ufffd surrogate"),
        ("e\u0301te\u0301", "été"),
        ("&#999999999999; &#0; &#x202e;", "\ufffd \ufffd"),
        ("pass\u200dword", "password"),
        ("می\u200cخواهم 👨\u200d👩", "می\u200cخواهم 👨\u200d👩"),
    ],
)
def test_what_people_read_remains(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def test_a_long_text_is_cut_at_a_blank_and_says_so() -> None:
    cut = clean("word " * 500, longest=101)
    assert len(cut) <= 101
    assert cut.endswith("word…")
    assert clean("x" * 10**6, longest=300) == "x" * 299 + "…"


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("<>&;/b#x3ltgamp p=\"'![]-?\u200d\u202e\u0301é字 \x00\ud800"), max_size=60
    )
)
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    once = clean(raw)
    assert clean(once) == once
    once.encode()


@pytest.mark.parametrize(
    "raw",
    [
        "<div>" * 200_000,
        "<" * 10**6,
        "&amp;" * 200_000,
        "\u0301\u0316" * 500_000,
        "<a x=" * 100_000,
        "<p " * 100_000,
        "&" * 10**6,
        "<!--" * 100_000,
        "👨\u200d" * 300_000,
        "<b><p>" * 100_000,
        " \u00a0" * 10**6,
    ],
)
def test_no_hostile_text_makes_cleaning_slow(raw: str) -> None:
    start = perf_counter()
    clean(raw)
    assert perf_counter() - start < 3


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://WWW.Example.com:80/a/../b//c/?b=2&a=1#part", "https://example.com/b/c?a=1&b=2"),
        ("https://example.com/x?utm_source=feed&fbclid=1&id=7&UTM_Medium=x", "https://example.com/x?id=7"),
        ("https://m.example.co.uk/news/amp", "https://example.co.uk/news"),
        ("https://amp.example.com/story.amp.html", "https://example.com/story"),
        ("https://www.google.com/amp/s/www.example.com/a.html?utm_x=1", "https://example.com/a.html"),
        ("https://en.m.wikipedia.org/wiki/A", "https://en.wikipedia.org/wiki/A"),
        ("https://m.co.uk/x", "https://m.co.uk/x"),
        ("https://youtu.be/abc?si=zz", "https://youtube.com/watch?v=abc"),
        ("https://mobile.twitter.com/a/status/1?s=20", "https://x.com/a/status/1"),
        ("https://x.org/a%2fb%7Ec/%c3%a4", "https://x.org/a%2Fb~c/%C3%A4"),
        ("https://müller.example/ä", "https://xn--mller-kva.example/%C3%A4"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com./a", "https://example.com/a"),
        ("http://[::1]:8080/a", "https://[::1]:8080/a"),
        ("https://app.example/#!/story/1", "https://app.example/#!/story/1"),
    ],
)
def test_two_spellings_of_one_page_become_one(url: str, expected: str) -> None:
    assert canonical(url) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.org/x?id=1", "https://a.org/x?id=2"),
        ("https://a.org/X", "https://a.org/x"),
        ("https://a.org:8443/x", "https://a.org/x"),
        ("https://news.a.org/x", "https://a.org/x"),
        ("https://a.org/champ", "https://a.org/ch"),
    ],
)
def test_two_pages_stay_two(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://a.org/",
        "//a.org/x",
        "a.org/x",
        "https://",
        "https://user:word@a.org/",
        "https://a.org\\@b.org/",
        "https://a.org/\x00",
        "https://a.org/a b",
        "https://a.org/\u202e",
        "https://a..org/",
        "https://a.org:abc/",
        "https://a.org:99999/",
        "https://[::1/",
        "https://a.org/\ud800",
        "java\tscript:alert(1)",
        "https://a.org/" + "x" * 5000,
        "https://<b>/",
    ],
)
def test_what_is_no_address_of_a_page_is_refused(url: str) -> None:
    with pytest.raises(Rejected):
        canonical(url)
    assert publisher(url) == ""


@pytest.mark.parametrize(
    ("url", "whose"),
    [
        ("https://edition.cnn.com/a", "cnn.com"),
        ("https://www.bbc.co.uk/a", "bbc.co.uk"),
        ("https://news.com.au/a", "news.com.au"),
        ("https://somebody.substack.com/p/a", "somebody.substack.com"),
        ("https://192.0.2.1/a", "192.0.2.1"),
        ("https://www.google.com/amp/s/www.example.com/a", "example.com"),
        ("https://youtu.be/abc", "youtube.com"),
        ("https://www.youtu.be/", "youtu.be"),
        ("https://a.org\\x", ""),
    ],
)
def test_a_page_belongs_to_whoever_registered_the_name(url: str, whose: str) -> None:
    assert publisher(url) == whose


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("htps:/.@?#&=%2fabm[]wA0é\\ \x00"), max_size=40))
def test_an_odd_address_is_spelt_or_refused(tail: str) -> None:
    try:
        spelt = canonical("https://a.org/" + tail)
    except Rejected:
        return
    assert canonical(spelt) == spelt
