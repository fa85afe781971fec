"""Feeds: of the standards they name, read back by a reader of feeds, without a thing told twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import feedparser
import httpx
import orjson
import pytest
from lxml import etree
from small_newsroom import NOON, SmallDesk, made_item, made_trend, take_in

from trend_agent.api import application
from trend_agent.api.feeds.entries import of_health
from trend_agent.api.feeds.feed import Entry, Feed, address, permanent
from trend_agent.api.feeds.forms import FORMS, Form
from trend_agent.items import Lineage, Membership, Sentence
from trend_agent.sources.feeds import reading
from trend_agent.storage import Health, Settled, Visit

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ["trends", "topics/t1", "search", "sources"]
HOSTILE = "a ]]> b <script>x</script> & \x00\x0b\ud800 \u202etxt.exe\u202c \uffff \"'"


async def got(client: httpx.AsyncClient, path: str, **params: Any) -> httpx.Response:
    if path.startswith("search"):
        params.setdefault("q", "otters")
    answer = await client.get(f"/feeds/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer


def check_atom(body: bytes) -> list[str]:
    """RFC 4287, 4.1: what a feed and its entries must hold, and how often. Returns the ids of its entries."""
    feed = etree.fromstring(body)
    assert feed.tag == f"{ATOM}feed"
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1, name
        assert UUID(part.findtext(f"{ATOM}id"))
        for date in (*part.findall(f"{ATOM}updated"), *part.findall(f"{ATOM}published")):
            assert datetime.fromisoformat(date.text).utcoffset() == timedelta(0)
        links = [(link.get("rel"), link.get("hreflang")) for link in part.findall(f"{ATOM}link")]
        assert len(set(links)) == len(links)
        assert all(link.get("href").startswith("http") for link in part.findall(f"{ATOM}link"))
        for person in part.findall(f"{ATOM}author"):
            assert len(person.findall(f"{ATOM}name")) == 1
    assert feed.find(f"{ATOM}link[@rel='self']") is not None
    assert feed.find(f"{ATOM}author") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    return ids


def check_rss(body: bytes) -> list[str]:
    """RSS 2.0: the channel's three parts, and for each item a guid and dates of RFC 822."""
    root = etree.fromstring(body)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    for name in ("title", "link", "description", "lastBuildDate"):
        assert len(channel.findall(name)) == 1
        assert channel.findtext(name)
    for item in channel.findall("item"):
        assert item.findtext("title")
        assert item.findtext("link").startswith("http")
        assert item.find("guid").get("isPermaLink") == "false"
        assert parsedate_to_datetime(item.findtext("pubDate")).tzinfo is not None
    return [item.findtext("guid") for item in channel.findall("item")]


def check_json(body: bytes) -> list[str]:
    """JSON Feed 1.1: version and title; of an item an id and a content; dates of RFC 3339."""
    feed = orjson.loads(body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert isinstance(feed["items"], list)
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert isinstance(item["content_html"], str)
        assert datetime.fromisoformat(item["date_published"]).tzinfo
        assert all(author["name"] for author in item.get("authors", []))
    return [item["id"] for item in feed["items"]]


CHECKS = {"atom": check_atom, "rss": check_rss, "json": check_json}


@pytest.mark.parametrize("path", FEEDS)
async def test_every_feed_is_of_its_standard_and_the_same_in_all_forms(
    client: httpx.AsyncClient, path: str
) -> None:
    ids = []
    for form, check in CHECKS.items():
        answer = await got(client, f"{path}.{form}")
        assert answer.headers["content-type"].split(";")[0] == FORMS[form].kind  # type: ignore[index]
        ids.append(check(answer.content))
    assert ids[0] == ids[1] == ids[2]
    assert ids[0]


@pytest.mark.parametrize("form", ["atom", "rss"])
async def test_a_feed_is_read_back_as_it_was_written(client: httpx.AsyncClient, form: Form) -> None:
    read = feedparser.parse((await got(client, f"trends.{form}")).content)
    assert not read.bozo
    first = read.entries[0]
    assert first.title == "Otters return to the river 1"
    assert first.link == "http://test.example/trends/t1"
    assert "Sentence number 0 tells of otters." in first.get("summary", "") + str(first.get("content"))
    assert datetime(*first.published_parsed[:6], tzinfo=UTC) == NOON - timedelta(hours=3)
    assert datetime(*first.updated_parsed[:6], tzinfo=UTC) == NOON - timedelta(minutes=4)


@pytest.mark.parametrize("form", FORMS)
async def test_we_read_our_own_feeds(client: httpx.AsyncClient, form: Form) -> None:
    answer = await got(client, f"topics/t1.{form}")
    document = reading.Document(answer.content, dict(answer.headers), "http://test.example/feed")
    feed = reading.read(document)
    assert next(entry.title for entry in feed.entries).startswith("Otters")


@pytest.mark.parametrize("form", FORMS)
def test_hostile_text_stays_text(form: Form) -> None:
    entry = Entry(
        permanent("item", HOSTILE), HOSTILE, "http://x.example/", NOON, NOON, [HOSTILE], [HOSTILE], [HOSTILE]
    )
    body = FORMS[form].write(
        Feed(permanent("feed", "f"), HOSTILE, HOSTILE, "http://x/", "http://x/", [entry])
    )
    CHECKS[form](body)
    for hidden in ("\x00", "\x0b", "\u202e", "\uffff"):
        assert hidden not in body.decode()
    if form != "json":
        read = feedparser.parse(body)
        assert not read.bozo
        said = [part.value for part in read.entries[0].get("content", [])] + [
            read.entries[0].get("summary", "")
        ]
        assert "<script" not in str(said)
        assert "x</script>" in read.entries[0].title or form == "rss"  # in Atom a title is text, and stays it
    else:
        assert "<script" not in orjson.loads(body)["items"][0]["content_html"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "", "http://", "ftp://x.example/", "http://[", "/x"])
def test_only_addresses_of_the_web_are_links(link: str) -> None:
    assert address(link) == ""


@pytest.mark.parametrize("form", FORMS)
async def test_an_unchanged_feed_is_not_sent_again(
    client: httpx.AsyncClient, desk: SmallDesk, form: Form
) -> None:
    first = await got(client, f"trends.{form}")
    tag, date = first.headers["etag"], first.headers["last-modified"]
    drifted = [
        replace(t, at=NOON + timedelta(minutes=1), score=t.score - 1) for t in await desk.records.trends()
    ]
    await desk.records.publish(drifted)  # nothing that an entry says has changed
    for known in ({"If-None-Match": tag}, {"If-Modified-Since": date}):
        again = await client.get(f"/feeds/trends.{form}", headers=known)
        assert (again.status_code, again.content) == (304, b"")
    changed = [replace(drifted[0], at=NOON + timedelta(minutes=2), last_seen=NOON), *drifted[1:]]
    await desk.records.publish(changed)
    for known in ({"If-None-Match": tag}, {"If-Modified-Since": date}):
        assert (await client.get(f"/feeds/trends.{form}", headers=known)).status_code == 200


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"state": "fading"}, ["t3"]),
        ({"lang": "de"}, ["t4"]),
        ({"source": "courier"}, ["t1"]),
        ({"limit": 2}, ["t1", "t3"]),
    ],
)
async def test_every_filter_of_the_list_works(
    client: httpx.AsyncClient, filters: dict[str, Any], wanted: list[str]
) -> None:
    body = (await got(client, "trends.json", **filters)).json()
    assert [item["url"].rpartition("/")[2] for item in body["items"]] == wanted


async def test_a_filter_nobody_knows_the_value_of_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/feeds/trends.atom?state=odd")).status_code == 422
    assert (await client.get("/feeds/trends.pdf")).status_code == 422
    assert (await client.get("/feeds/topics/t0.atom")).status_code == 404


async def test_links_are_of_the_public_address_where_it_is_known(desk: SmallDesk) -> None:
    app = application(desk, site="https://trends.example/sub/")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside") as client:
        body = (await got(client, "trends.json", lang="de")).json()
    assert body["feed_url"] == "https://trends.example/sub/feeds/trends.json?lang=de"
    assert body["items"][0]["url"] == "https://trends.example/sub/trends/t4"


class Reader:
    """A reader of feeds: shows an entry as new when it has not met its id."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    async def visit(self, client: httpx.AsyncClient, path: str = "trends.atom") -> list[str]:
        read = feedparser.parse((await got(client, path)).content)
        new = [entry.title for entry in read.entries if entry.id not in self.seen]
        self.seen |= {entry.id for entry in read.entries}
        return new


async def merge(desk: SmallDesk, item: str, gone: str, into: str, at: datetime) -> None:
    (told,) = await desk.records.fate(item=item)
    assert told.topic == gone
    await desk.records.settle(
        Settled(
            last_seq=await desk.records.settled_until(),
            fates=[],
            memberships=[Membership(item, into, at)],
            lineage=[Lineage(gone, "merged", at, into)],
        )
    )


async def publish(desk: SmallDesk, minutes: int, *topics: str) -> None:
    at = NOON + timedelta(minutes=minutes)
    trends = [
        made_trend(topic, at, rank, headline=Sentence(f"Story of {topic}", ["wire:a/b:0"]))
        for rank, topic in enumerate(topics, 1)
    ]
    await desk.records.publish(trends)


async def settle_alone(desk: SmallDesk, topic: str, number: int) -> str:
    item = made_item(NOON, number)
    await desk.records.ingest([])
    await take_in(desk.records, topic, [item], copies={})
    return item.id


async def test_a_reader_sees_no_story_twice_after_topics_merge(
    client: httpx.AsyncClient, desk: SmallDesk
) -> None:
    older, newer = [await settle_alone(desk, topic, n) for topic, n in (("m1", 20), ("m2", 21))]
    reader = Reader()
    await publish(desk, 10, "m1", "m2")
    assert await reader.visit(client) == ["Story of m1", "Story of m2"]
    await merge(desk, newer, "m2", "m1", NOON + timedelta(minutes=15))
    await publish(desk, 20, "m1")
    assert await reader.visit(client) == []
    assert older


async def test_a_story_is_the_same_where_it_is_merged_into_one_nobody_has_read_of(
    client: httpx.AsyncClient, desk: SmallDesk
) -> None:
    await settle_alone(desk, "m1", 20)
    read = await settle_alone(desk, "m2", 21)
    third = await settle_alone(desk, "m3", 22)
    reader = Reader()
    await publish(desk, 10, "m2", "m3")
    assert len(await reader.visit(client)) == 2
    await merge(desk, read, "m2", "m1", NOON + timedelta(minutes=15))
    await publish(desk, 20, "m1", "m3")  # of this hour the earlier list is gone by now
    assert await reader.visit(client) == []
    await merge(desk, third, "m3", "m1", NOON + timedelta(minutes=25))
    await publish(desk, 30, "m1")
    assert await reader.visit(client) == []


async def test_a_merged_topics_feed_goes_on_with_the_survivors_items(client: httpx.AsyncClient) -> None:
    survivor = (await got(client, "topics/t1.json")).json()["items"]
    assert (await got(client, "topics/t2.json")).json()["items"] == survivor
    assert len(survivor) == 5  # the copy is left out, the item of the merged topic is there


async def test_items_have_one_id_in_every_feed(client: httpx.AsyncClient) -> None:
    ids = {item["id"] for item in (await got(client, "topics/t1.json")).json()["items"]}
    found = {item["id"] for item in (await got(client, "search.json", topic="t1")).json()["items"]}
    assert ids <= found


def turns(visits: Sequence[tuple[int, str]], health: Sequence[Health] = ()) -> list[tuple[str, str]]:
    made = [Visit("coast", NOON + timedelta(hours=hour), 1, error) for hour, error in visits]
    return [(entry.title, entry.id) for entry in of_health(health, made, "http://x")]


def test_a_source_that_fails_is_told_of_once_and_once_that_it_answers_again() -> None:
    told = turns([(0, ""), (1, "no answer"), (2, "no answer"), (3, "")])
    assert [title for title, _ in told] == ["coast answers again", "coast fails"]
    assert turns([(0, ""), (1, "no answer"), (2, "no answer"), (3, ""), (4, "")]) == told


def test_a_source_that_fails_for_long_keeps_its_entry() -> None:
    health = [Health("coast", last_success=NOON, failures=9, error="gone")]
    told = turns([(5, "gone"), (6, "gone")], health)
    assert [title for title, _ in told] == ["coast fails"]
    assert turns([(6, "gone"), (7, "gone")], health) == told


async def test_the_feeds_that_are_collected_are_a_list_for_other_readers(admin: httpx.AsyncClient) -> None:
    answer = await got(admin, "sources.opml")
    assert answer.headers["content-type"].startswith("text/x-opml")
    assert answer.content == (await admin.get("/api/v1/sources/opml")).content
    assert etree.fromstring(answer.content).tag == "opml"
