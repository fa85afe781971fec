"""What is read out of feed documents of each kind, well made or not."""

import html
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trend_agent.errors import Rejected
from trend_agent.sources.feeds import Document
from trend_agent.sources.feeds.dates import moment
from trend_agent.sources.feeds.feed import BLOCK, plain
from trend_agent.sources.feeds.reading import read

BASE = "https://news.example/feeds/all.xml"

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Tidings</title><link>https://news.example/</link><language>fr-CA</language>
<item><title>Pont rouvert</title><link>/pont</link><guid isPermaLink="false">n-1</guid>
<pubDate>Fri, 02 Jan 2026 10:00:00 GMT</pubDate><dc:creator>Odile Roux</dc:creator>
<description>&lt;p&gt;Le pont est &lt;b&gt;ouvert&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;Enfin.&lt;/p&gt;</description></item>
</channel></rss>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://news.example/"><title>Tidings</title><link>https://news.example/</link>
<dc:language>fr</dc:language></channel>
<item rdf:about="n-1"><title>Pont rouvert</title><link>/pont</link><dc:date>2026-01-02T10:00:00Z</dc:date>
<dc:creator>Odile Roux</dc:creator><description>Le pont est ouvert. Enfin.</description></item></rdf:RDF>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Tidings</title>
<link rel="self" href="https://news.example/feeds/all.xml"/><link href="https://news.example/"/>
<entry><id>n-1</id><title type="html">Pont rouvert</title><link rel="edit" href="/edit"/><link href="/pont"/>
<published>2026-01-02T11:00:00+01:00</published><updated>2026-01-09T11:00:00Z</updated>
<author><name>Odile Roux</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Le pont est <b>ouvert</b>.</p><p>Enfin.</p></div>
</content></entry></feed>"""

JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "Tidings", "language": "fr",
"home_page_url": "https://news.example/", "items": [{"id": "n-1", "title": "Pont rouvert", "url": "/pont",
"date_published": "2026-01-02T10:00:00Z", "authors": [{"name": "Odile Roux"}],
"content_html": "<p>Le pont est <b>ouvert</b>.</p><p>Enfin.</p>"}]}"""


def reading(text, *, plain=False, **headers):
    body = text.encode() if isinstance(text, str) else text
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return read(Document(body, given, BASE, plain=plain))


def item(text):
    (entry,) = reading(text, plain=True).entries
    return entry.item("rss:test", datetime(2026, 2, 1, tzinfo=UTC))


every_kind = pytest.mark.parametrize("text", [RSS, RDF, ATOM, JSON], ids=["rss", "rdf", "atom", "json"])

# What a strict reader cannot take: read by the patient one, with the same result.
LOOSE = pytest.mark.parametrize(
    "text",
    [
        RSS.replace("</channel></rss>", ""),
        RSS.replace('encoding="utf-8"', 'encoding="latin-1"').encode("latin-1"),
        RSS.replace("utf-8", "utf-16").encode("utf-16"),
        "\ufeff" + RSS,
        "\n\n" + RSS,
        RSS.replace("<rss ", "<!DOCTYPE rss><rss "),
        RSS.replace("Tidings", "Tidings &nbsp;"),
    ],
    ids=["cut off", "latin", "utf-16", "bom", "blank lines", "doctype", "entity"],
)


@every_kind
def test_each_kind_of_feed_gives_the_same_item(text):
    feed = reading(text)
    found = item(text)
    assert (feed.title, feed.well_formed, feed.total, feed.lang) == ("Tidings", True, 1, "fr")
    assert feed.url == "https://news.example/"
    assert (found.id, found.title) == ("rss:test:n-1", "Pont rouvert")
    assert found.url == "https://news.example/pont"
    assert found.author == "Odile Roux"
    assert found.published_at == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert found.body == "Le pont est ouvert. Enfin."


@LOOSE
def test_a_document_with_faults_gives_the_same_item(text):
    found = item(text)
    assert (found.id, found.title, found.body) == (
        "rss:test:n-1",
        "Pont rouvert",
        "Le pont est ouvert. Enfin.",
    )
    assert found.published_at == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert found.url == "https://news.example/pont"


@pytest.mark.parametrize("version", ["0.90", "0.91", "0.92", "0.93", "0.94", "2.0"])
def test_every_version_of_rss_is_read(version):
    feed = reading(RSS.replace('version="2.0"', f'version="{version}"'))
    assert [entry.title for entry in feed.entries] == ["Pont rouvert"]


def test_the_mere_name_of_a_dtd_is_tolerated_and_not_followed():
    dtd = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.2:9/rss-0.91.dtd"><rss '
    assert reading(RSS.replace("<rss ", dtd)).entries[0].title == "Pont rouvert"


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Fri, 02 Jan 2026 10:00:00 +0530", datetime(2026, 1, 2, 4, 30, tzinfo=UTC)),
        ("2026-01-02T10:00:00", datetime(2026, 1, 2, 10, tzinfo=UTC)),
        ("Mon, 01 Jan 9999 00:00:00 GMT", datetime(9999, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59-05:00", None),
        ("Fri, 02 Jan 2026 10:00:00 +9999", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("31 Nov 2026 10:00:00 GMT", None),
        ("2026-01-02T25:61:00Z", None),
        ("1", None),
        ("yesterday", None),
        ("9" * 100_000, None),
        ("", None),
    ],
)
def test_a_date_is_read_or_left_out_but_never_made_up(date, moment):
    assert item(RSS.replace("Fri, 02 Jan 2026 10:00:00 GMT", date)).published_at == moment


def test_a_number_as_guid_is_not_taken_for_a_date():
    text = "<rss><channel><title>T</title><item><guid>1</guid><title>A</title></item></channel></rss>"
    assert reading(text).entries[0].published is None


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Rock &amp; Roll", "Rock & Roll"),
        ("Rock &amp;amp; Roll", "Rock & Roll"),
        ("<![CDATA[It&#8217;s <b>on</b>]]>", "It\u2019s on"),
        ("a &lt;script&gt;alert(1)&lt;/script&gt;b", "a b"),
        ("two\n   lines", "two lines"),
        ("AT&amp;T", "AT&T"),
        ("1 &lt; 2", "1 < 2"),
    ],
)
def test_a_title_becomes_plain_text(title, plain):
    assert item(RSS.replace("Pont rouvert", title)).title == plain


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[::1", " "]
)
def test_only_web_addresses_become_links(link):
    text = RSS.replace("/pont", link).replace('isPermaLink="false"', 'isPermaLink="false"')
    assert item(text).url == ""


def test_a_page_behind_the_guid_is_the_link_where_there_is_none():
    text = RSS.replace("<link>/pont</link>", "").replace(
        '<guid isPermaLink="false">n-1', "<guid>https://a.example/1"
    )
    assert item(text).url == "https://a.example/1"


def test_the_charset_of_the_header_counts_before_the_declaration():
    body = RSS.replace("Pont", "Réouverture").replace('encoding="utf-8"', "").encode("iso-8859-1")
    feed = reading(body, content_type="application/rss+xml; charset=iso-8859-1")
    assert feed.entries[0].title == "Réouverture rouvert"
    assert feed.encoding == "iso-8859-1"


@pytest.mark.parametrize("encoding", ["utf-7", "x-user-defined", "nonsense", "utf-32"])
def test_a_lie_about_the_charset_is_survived(encoding):
    feed = reading(RSS.replace("utf-8", encoding))
    assert feed.entries[0].title == "Pont rouvert"


@pytest.mark.parametrize("odd", ["\0", "\x07", "&#0;", "&#999999999999;", "&#xFFFE;", "&#xD800;"])
def test_characters_that_cannot_be_are_survived(odd):
    feed = reading(RSS.replace("Pont", f"Po{odd}nt"))
    assert feed.total == 1
    feed.entries[0].title.encode("utf-8")


def test_of_very_many_entries_the_first_are_kept_and_all_are_counted():
    one = "<item><title>t</title></item>"
    feed = reading(f"<rss><channel><title>T</title>{one * 3000}</channel></rss>")
    assert (len(feed.entries), feed.total) == (2000, 3000)


def test_a_title_of_a_megabyte_is_cut():
    found = item(RSS.replace("Pont rouvert", "x" * (1 << 20)))
    assert len(found.title) == 10_000


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>", "HTML page"),
        (b"<html><body><p>Not found</html>", "HTML page"),
        (b"%PDF-1.7 ...", "no XML"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no XML"),
        (b"just words", "no XML"),
        (b"<opml><body/></opml>", "no feed"),
        (b"{", "no JSON"),
        (b'{"items": 3}', "no feed"),
        (b'[{"title": 1}]', "no feed"),
        (b'{"items": [NaN]}', "no JSON"),
        (b'{"items": [' + b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_feed_is_refused_in_words(body, said):
    with pytest.raises(Rejected, match=said):
        reading(body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "latin-1"])
@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaa">]>',
        '<?xml version="1.0"?>\n<!-- [ -->\n<!DOCTYPE rss SYSTEM "x" [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>',
        '<!doctype rss [<!ENTITY a SYSTEM "http://127.0.0.2:9/">]>',
    ],
)
def test_entities_of_its_own_are_refused_in_every_encoding(prolog, encoding):
    text = f"{prolog}<rss><channel><title>&a;</title></channel></rss>"
    with pytest.raises(Rejected, match="entities of its own"):
        reading(text.encode(encoding))


def test_an_article_about_entities_is_no_attack():
    text = RSS.replace("Le pont", "<![CDATA[<!DOCTYPE a [<!ENTITY b 'c'>]>]]>Le pont")
    assert reading(text).total == 1


def test_a_name_of_a_file_is_not_opened(tmp_path):
    secret = tmp_path / "feed.xml"
    secret.write_text(RSS)
    with pytest.raises(Rejected):
        reading(str(secret))


@pytest.mark.parametrize(
    ("row", "body"),
    [
        ({"content_text": "plain < text"}, "plain < text"),
        ({"content_html": "a<br>b"}, "a b"),
        ({"summary": "short"}, "short"),
        ({"content_text": 7}, "7"),
        ({"content_text": ["x"]}, ""),
    ],
)
def test_json_feed_content_in_all_its_forms(row, body):
    import json

    text = json.dumps(
        {"items": [{"id": 5, "title": None, "author": "x", "authors": "y", **row}, "no object"]}
    )
    found = item(text)
    assert (found.id, found.body, found.title, found.author) == ("rss:test:5", body, "", "")


BITS = [
    b"<",
    b">",
    b"&",
    b"&#x",
    b'"',
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"<!DOCTYPE ",
    b"<item>",
    b"</item>",
    b"\0",
]
BITS += [
    b'encoding="\xff"',
    b"\xff\xfe",
    b"<title>",
    b' xmlns:x="',
    b' xml:base="',
    b' type="xhtml"',
    b"{",
    b"null",
]


@pytest.mark.parametrize("seed", range(20))
def test_any_damage_to_a_feed_gives_a_feed_or_a_refusal(seed):
    random = Random(seed)
    for _ in range(20):
        body = bytearray(random.choice([RSS, RDF, ATOM, JSON]).encode(random.choice(["utf-8", "utf-16"])))
        for _ in range(random.randint(1, 8)):
            at = random.randrange(len(body))
            body[at : at + random.randrange(30)] = random.choice(BITS)
        try:
            feed = reading(bytes(body), plain=True)
        except Rejected:
            continue
        for entry in feed.entries:
            entry.title.encode()
            assert "<script" not in entry.title


FRAGMENTS = "<p> </p> <br/> <BR\t/> <li> a b<3 &amp; &lt; &nbsp; <b> </b> <!-- --> <p/> < > é".split(" ")  # noqa: SIM905


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12))
@settings(deadline=None)
def test_tags_that_need_no_parser_leave_the_text_a_parser_would(parts):
    text = " ".join(parts)
    thorough = html.unescape(nh3.Cleaner(tags=set()).clean(BLOCK.sub(" <", text)))
    assert plain(text) == " ".join(thorough.split())


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001  # as hypothesis wants them
    st.sampled_from(["%a, %d %b %Y %H:%M:%S GMT", "%d %b %Y %H:%M:%S +0000", "%d %b %y %H:%M:%S GMT"]),
)
@settings(deadline=None)
def test_usual_dates_are_read_as_the_standard_library_reads_them(at, form):
    written = at.strftime(form)
    assert moment(written) == parsedate_to_datetime(written).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["Thu, 32 Jan 2026 10:00:00 GMT", "29 Feb 2023 10:00:00 GMT", "1 Jan 2026 10:00:60 GMT"]
)
def test_a_usual_date_that_cannot_be_is_none(written):
    assert moment(written) is None
