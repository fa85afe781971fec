from collections import Counter
from urllib.parse import urlsplit

import pytest

from trend_agent.egress import AddressPolicy
from trend_agent.errors import Misconfigured
from trend_agent.sources.defaults import default_sources, sources_from
from trend_agent.sources.rss import Rss


def feeds():
    return [one for one in default_sources() if isinstance(one, Rss)]


def test_the_list_is_wide_in_languages_and_subjects():
    assert len(feeds()) >= 25
    assert len({feed.language for feed in feeds()}) >= 10
    assert len({feed.category for feed in feeds()}) >= 4
    assert {one.name for one in default_sources()} == {"rss", "hackernews"}


def test_every_feed_says_who_speaks_in_which_language_about_what():
    for feed in feeds():
        assert feed.publisher
        assert len(feed.language) == 2
        assert feed.category.isalpha()


def test_every_address_may_be_asked_and_is_encrypted():
    for feed in feeds():
        assert AddressPolicy().parsed(feed.url).scheme == "https"


def test_no_two_sources_share_a_cursor_or_a_name():
    for attribute in ("key", "label"):
        counts = Counter(getattr(one, attribute) for one in default_sources())
        assert [name for name, count in counts.items() if count > 1] == []


def test_no_host_is_asked_by_more_than_a_few():
    hosts = Counter(urlsplit(feed.url).hostname for feed in feeds())
    assert max(hosts.values()) <= 8


def test_the_pace_is_a_choice():
    assert {one.interval for one in default_sources(every=1800)} == {1800}


def test_a_file_names_its_own_sources(tmp_path):
    file = tmp_path / "sources.toml"
    file.write_text("""
        [hackernews]
        feed = "best"
        [[rss]]
        url = "https://a.example/feed"
        [[rss]]
        url = "https://b.example/feed"
        called = "b"
    """)
    assert [one.key for one in sources_from(file)] == [
        "hackernews:best",
        "rss:https://a.example/feed",
        "rss:https://b.example/feed",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no source at all"),
        ("[[rss]", "no TOML"),
        ("[[nope]]", "no source called 'nope'; there are .*hackernews.*rss"),
        ("rss = 3", "no table"),
        ("[[rss]]", "url: must be given"),
        ("[[rss]]\nurl = 'https://a.example/'\ncolour = 1", "colour: no such setting"),
        ("[[rss]]\nurl = 'https://a.example/'\n[[rss]]\nurl = 'https://a.example/'", "twice"),
        ("[hackernews]\nlimit = 9999", "limit: should be 500 or less"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path, text, said):
    file = tmp_path / "sources.toml"
    file.write_text(text)
    with pytest.raises(Misconfigured, match=said):
        sources_from(file)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(Misconfigured, match=r"nowhere\.toml"):
        sources_from(tmp_path / "nowhere.toml")
