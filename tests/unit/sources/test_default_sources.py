from collections import Counter
from urllib.parse import urlsplit

from trend_agent.egress import AddressPolicy
from trend_agent.sources.defaults import default_sources
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
