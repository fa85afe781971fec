"""The pages as the server writes them: all that is promised is there without a script."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from newsroom import NOON, fill, hostile_items, ranked, take_in
from serving import Served

from trend_agent.api.desk import Notice
from trend_agent.errors import Unavailable
from trend_agent.items import Term, topic_id
from trend_agent.web.words import OF_THE_PAGE
from trend_agent.web.words import said as in_words

FERRY, COMET = topic_id("ferry"), topic_id("comet")


class Seen(HTMLParser):
    """The tags of a document with their attributes, and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def page(site: Served, path: str, status: int = 200) -> Seen:
    answer = httpx.get(site.address + path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Seen(answer.text)


def said(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_start_page_tells_of_each_trend_what_why_and_how_sure(site: Served) -> None:
    seen = page(site, "/")
    listed = httpx.get(f"{site.address}/api/v1/trends").json()["trends"]
    rows = [a["data-topic"] for a in seen.named("li") if "data-topic" in a]
    assert rows == [t["topic"] for t in listed]
    assert len(rows) == 12
    text = said(seen.text)
    for trend in listed:
        assert trend["headline"]["text"] in text
        assert f"×{len(trend['sources'])} source" in text
        own = [term for term in trend["receipt"]["terms"] if term["name"] not in OF_THE_PAGE]
        weightiest = max(own, key=lambda term: term["value"])
        assert in_words(Term(**weightiest)) in text
    for words in ("35 items, 7 copies", "% sure", "since 7 h ago", "last 1 min ago", "1 Mar 2026, 12:00 UTC"):
        assert words in text
    assert "✓ 130 items fetched = 107 kept + 23 duplicate + 0 filtered + 0 quarantined" in text
    assert len(seen.named("svg")) == 12


def test_titles_carry_their_direction_and_language(site: Served) -> None:
    links = {a["href"]: a for a in page(site, "/").named("a")}
    assert {links[f"/trends/{topic}"]["dir"] for topic in (FERRY, COMET)} == {"auto"}
    assert links[f"/trends/{COMET}"]["lang"] == "zh-Hans"
    assert links[f"/trends/{topic_id('seoul')}"]["lang"] == "ko"
    assert links[f"/trends/{topic_id('tower')}"]["lang"] == "de"


def test_a_choice_of_states_shows_those_alone(site: Served) -> None:
    seen = page(site, "/?state=rising")
    assert {a["class"] for a in seen.named("li") if "data-topic" in a} == {"trend state-rising"}
    assert "No trend here meets this choice" in page(site, "/?lang=xx").text


def test_more_than_a_page_is_a_link_away(site: Served) -> None:
    seen = page(site, "/?limit=5")
    assert len([a for a in seen.named("li") if "data-topic" in a]) == 5
    assert "?limit=55" in [a["href"] for a in seen.named("a")]
    assert "Show more" not in page(site, "/").text


def test_a_past_moment_has_its_own_page(site: Served) -> None:
    seen = page(site, "/?as_of=2026-03-01T09:00:00Z")
    assert "as it stood on 1 Mar 2026, 09:00 UTC" in said(seen.text)
    assert "Sleeper train" not in seen.text
    assert not seen.named("script")
    assert "Nothing was known yet" in page(site, "/?as_of=1999-01-01").text


def test_a_trend_page_shows_all_that_the_trend_rests_on(site: Served) -> None:
    seen = page(site, f"/trends/{FERRY}")
    trend = httpx.get(f"{site.address}/api/v1/trends/{FERRY}").json()
    text = said(seen.text)
    for words in (
        f"rank {trend['rank']}",
        f"{trend['score']:.2f}",
        "merged into this one",
        "1 copy",
        "7 h ago",
    ):
        assert words in text
    for term in trend["receipt"]["terms"]:
        assert f"{term['value']:+.2f}" in text
    for sentence in trend["summary"]:
        assert sentence["text"] in text
    linked = [a for a in seen.named("a") if (a["href"] or "").startswith("https://")]
    assert len(linked) == 35 + len(trend["summary"])
    assert {a["rel"] for a in linked} == {"noopener noreferrer nofollow ugc"}
    assert len(seen.named("rect")) == len(trend["receipt"]["terms"])


def test_an_old_id_leads_to_the_survivor(site: Served) -> None:
    answer = httpx.get(f"{site.address}/trends/t-old-ferry")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/trends/{FERRY}")


@pytest.mark.parametrize(("path", "status"), [("/trends/t0", 404), ("/?limit=0", 422), ("/?as_of=soon", 422)])
def test_what_goes_wrong_is_told_on_a_page(site: Served, path: str, status: int) -> None:
    seen = page(site, path, status)
    assert "/" in [a["href"] for a in seen.named("a")]


def test_a_person_who_is_lost_gets_a_page_and_a_program_a_problem(site: Served) -> None:
    person = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path, accept, kind in (
        ("/nowhere", person, "text/html; charset=utf-8"),
        ("/nowhere", {"Accept": "*/*"}, "application/problem+json"),
        ("/api/v1/nowhere", person, "application/problem+json"),
    ):
        answer = httpx.get(site.address + path, headers=accept)
        assert (answer.status_code, answer.headers["content-type"]) == (404, kind)
    refused = httpx.post(site.address, headers=person)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_a_desk_that_does_not_answer_makes_a_page_that_says_so(own_site: Served) -> None:
    own_site.desk.broken = Unavailable("locked", retry_after=7)
    answer = httpx.get(own_site.address)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert "try again later" in answer.text


async def test_an_empty_page_says_what_is_happening(own_site: Served) -> None:
    own_site.desk.told = [Notice("no answer within 20 s", "fault", "wire")]
    seen = page(own_site, "/")
    assert "Waiting for the first items" in seen.text
    assert "wire no answer within 20 s" in said(seen.text)
    await fill(own_site.desk.records, ["tea"])
    assert len([a for a in page(own_site, "/").named("li") if "data-topic" in a]) == 1


async def test_hostile_titles_stay_text(own_site: Served) -> None:
    records = own_site.desk.records
    for n, told in enumerate(hostile_items()):
        await take_in(records, f"t-odd-{n}", [told])
    await records.publish(await ranked(records, NOON))
    for path in ("/", *(f"/trends/t-odd-{n}" for n in range(4))):
        seen = page(own_site, path)
        assert len(seen.named("script")) <= 1
        assert not any(name.startswith("on") or name == "style" for _, attrs in seen.tags for name in attrs)
        assert all((a["href"] or "").startswith("/") for a in seen.named("a"))
        assert len(seen.text) < 20_000
    assert [a["src"] for a in page(own_site, "/").named("img")] == ["/static/icon.svg"]


def test_a_page_has_a_tag_that_spares_sending_it_again(site: Served) -> None:
    first = httpx.get(site.address)
    again = httpx.get(site.address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_on_a_page_needs_an_inline_script_or_style(site: Served) -> None:
    for path in ("/", f"/trends/{FERRY}"):
        answer = httpx.get(site.address + path)
        policy = dict(
            p.strip().partition(" ")[::2] for p in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert "style=" not in answer.text
        for attrs in (*Seen(answer.text).named("script"), *Seen(answer.text).named("link")):
            assert (attrs.get("src") or attrs.get("href") or "").startswith("/")


def test_the_server_tells_no_version(site: Served) -> None:
    assert "server" not in httpx.get(site.address).headers


def test_assets_are_served_and_their_folder_is_not(site: Served) -> None:
    for name, kind in (
        ("style.css", "text/css"),
        ("refresh.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
    ):
        answer = httpx.get(f"{site.address}/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
    assert httpx.get(f"{site.address}/static/").status_code == 404
