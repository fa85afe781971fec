"""Pages, marks, limits and complaints of the platforms, each as its documentation has it."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from scripted_platform import refused, scripted, visited

from trend_agent.errors import Denied, Misconfigured, Missing, Rejected, Unavailable
from trend_agent.items import Cursor
from trend_agent.sources import known

X = {"bearer_token": "made-up", "query": "lindvik", "root": "{server}"}
NOW = datetime.now(UTC)


def x_id(minutes_ago):
    """An id of that age: its first bits are milliseconds since the platform's own epoch."""
    return (int((NOW - timedelta(minutes=minutes_ago)).timestamp() * 1000) - 1_288_834_974_657) << 22


def x_page(*ages, token=None):
    rows = [{"id": str(x_id(age)), "text": f"post of {age} minutes ago"} for age in ages]
    return {"data": rows, "meta": {"result_count": len(rows), **({"next_token": token} if token else {})}}


async def test_a_first_visit_reads_as_many_pages_as_are_wanted_and_no_history():
    def answers(request):
        asked.append(request.query.get("next_token"))
        return x_page(len(asked), token=f"after-{len(asked)}")

    asked = []
    items, cursors = await visited("twitter", answers, pages=3, **X)
    assert asked == [None, "after-1", "after-2"]
    assert len(items) == 3
    assert cursors[-1] == {"mark": x_id(1)}


async def test_a_visit_goes_on_behind_the_newest_that_was_read():
    def answers(request):
        asked.append(request.query.get("since_id"))
        return x_page(1, 2)

    asked = []
    _, cursors = await visited("twitter", answers, since={"mark": x_id(30)}, **X)
    assert asked == [str(x_id(30))]
    assert cursors[-1] == {"mark": x_id(1)}


async def test_an_id_too_old_to_search_from_is_not_sent():
    def answers(request):
        asked.append("since_id" in request.query)
        return x_page(1)

    asked = []
    await visited("twitter", answers, since={"mark": x_id(8 * 1440)}, **X)
    assert asked == [False]


async def test_what_a_visit_leaves_over_the_next_one_reads():
    """Ten new posts, one page a visit: the second visit goes on where the first one stopped, and only when
    everything down to the old mark is read is the newest one the mark."""

    def first(request):
        return x_page(1, 2, token="more")

    def second(request):
        asked.append(request.query.get("next_token"))
        return x_page(3, 4)

    asked = []
    _, cursors = await visited("twitter", first, since={"mark": x_id(60)}, **X)
    left = cursors[-1]
    assert left["mark"] == x_id(60)
    assert left["newest"] == x_id(1)
    left["next"] = "{server}" + left["next"][left["next"].index("/tweets") :]
    items, cursors = await visited("twitter", second, since=left, **X)
    assert asked == ["more"]
    assert len(items) == 2
    assert cursors[-1] == {"mark": x_id(1)}


async def test_a_place_that_cannot_be_asked_for_any_more_is_begun_anew():
    def answers(request):
        if "next_token" in request.query:
            return refused(400, {"title": "Invalid Request", "detail": "the token is stale", "errors": [{}]})
        return x_page(1)

    since = {"mark": x_id(60), "newest": x_id(10), "next": "{server}/tweets/search/recent?next_token=stale"}
    items, cursors = await visited("twitter", answers, since=since, **X)
    assert len(items) == 1
    assert cursors[-1] == {"mark": x_id(1)}


async def test_where_no_requests_are_left_the_next_visit_waits_for_them():
    reset = int(datetime.now(UTC).timestamp()) + 600

    def answers(request):
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
        return web.json_response(x_page(1, token="more"), headers=headers)

    items, cursors = await visited("twitter", answers, pages=5, **X)
    assert len(items) == 1
    assert abs(cursors[-1]["not_before"] - reset) < 2
    with pytest.raises(Unavailable, match="left alone") as fault:
        await visited("twitter", answers, since=cursors[-1], **X)
    assert 500 < fault.value.retry_after <= 600


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-ratelimit-reset", lambda now: "300"),
        ("x-ratelimit-reset", lambda now: str(int(now.timestamp()) + 300)),
        ("X-RateLimit-Reset", lambda now: (now + timedelta(seconds=300)).isoformat()),
    ],
)
async def test_a_limit_is_understood_however_its_end_is_written(header, value):
    def answers(request):
        said = {"x-ratelimit-remaining": "0", header: value(datetime.now(UTC))}
        return web.json_response({"message": "no more"}, status=403, headers=said)

    with pytest.raises(Unavailable, match="no requests left") as fault:
        await visited("github", answers, root="{server}")
    assert 280 < fault.value.retry_after <= 300


NEWS = {"api_key": "made-up", "root": "{server}"}


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "apiKeyInvalid", Denied),
        (429, "rateLimited", Unavailable),
        (400, "parameterInvalid", Misconfigured),
        (426, "maximumResultsReached", Rejected),
        (500, "unexpectedError", Unavailable),
    ],
)
async def test_newsapi_says_in_a_code_what_is_wrong(status, code, error):
    body = {"status": "error", "code": code, "message": "These are its words."}
    with pytest.raises(error, match=f"{code} These are its words"):
        await visited("newsapi", lambda request: refused(status, body), **NEWS)


async def test_newsapi_is_asked_for_pages_until_all_results_are_there():
    def answers(request):
        page = int(request.query["page"])
        asked.append(page)
        rows = [
            {"title": f"{page}-{n}", "url": f"https://a.example/{page}/{n}", "source": {}} for n in range(100)
        ]
        return {"status": "ok", "totalResults": 230, "articles": rows[: 100 if page < 3 else 30]}

    asked = []
    items, _ = await visited("newsapi", answers, pages=9, **NEWS)
    assert asked == [1, 2, 3]
    assert len(items) == 230


async def test_a_search_of_newsapi_goes_on_from_the_newest_article():
    def answers(request):
        asked.append(request.query.get("from"))
        return {
            "status": "ok",
            "totalResults": 1,
            "articles": [
                {
                    "title": "Bridge",
                    "url": "https://a.example/1",
                    "source": {"name": "A"},
                    "publishedAt": "2026-03-01T08:00:00Z",
                }
            ],
        }

    asked = []
    _, cursors = await visited("newsapi", answers, query="bridge", **NEWS)
    await visited("newsapi", answers, since=cursors[-1], query="bridge", **NEWS)
    assert asked == [None, "2026-03-01T08:00:00"]


TUBE = {"api_key": "made-up", "root": "{server}"}


async def test_the_quota_of_youtube_is_counted_and_kept():
    def answers(request):
        assert request.headers["X-Goog-Api-Key"] == "made-up"
        return {"kind": "youtube#searchListResponse", "items": [], "nextPageToken": "more"}

    settings = {"query": "bridge", "quota": 350, "pages": 2, **TUBE}
    _, cursors = await visited("youtube", answers, **settings)
    assert [cursor["used"] for cursor in cursors] == [100, 200]
    with pytest.raises(Unavailable, match="has used 200 of its 350 units today") as fault:
        await visited("youtube", answers, since=cursors[-1], **settings)
    assert 60 <= fault.value.retry_after <= 86400
    yesterday = cursors[-1] | {"day": "2026-01-01"}
    _, cursors = await visited("youtube", answers, since=yesterday, **settings)
    assert cursors[-1]["used"] == 200


async def test_requests_that_youtube_refuses_count_as_well():
    def answers(request):
        asked.append(request.query.get("pageToken"))
        if asked[-1] != "broken":
            return {"kind": "youtube#searchListResponse", "items": [], "nextPageToken": "broken"}
        return refused(500, {"error": {"code": 500, "message": "Backend error."}})

    asked = []
    kept = await kept_of_a_failed_visit("youtube", answers, query="bridge", pages=3, **TUBE)
    assert asked == [None, "broken"]
    assert kept["used"] == 200
    again = await kept_of_a_failed_visit(
        "youtube", lambda _: refused(503, {}), since=kept, query="bridge", pages=3, **TUBE
    )
    assert again["used"] == 300
    assert again.get("next") == kept.get("next")


async def kept_of_a_failed_visit(name, answers, since=None, **settings):
    """What the last cursor held before the fault."""
    async with scripted(answers) as (server, http):
        settings = {n: server if v == "{server}" else v for n, v in settings.items()}
        source, last = known()[name](**settings), None
        with pytest.raises(Unavailable):
            async for found in source.collect(http, Cursor(source.key, since or {})):
                last = found
    return last.value


async def test_a_spent_quota_of_youtube_is_no_matter_of_the_key():
    errors = [{"domain": "youtube.quota", "reason": "quotaExceeded", "message": "The quota is used up."}]
    body = {"error": {"code": 403, "message": "The quota is used up.", "errors": errors}}
    with pytest.raises(Unavailable, match="quotaExceeded The quota is used up") as fault:
        await visited("youtube", lambda request: refused(403, body), **TUBE)
    assert 60 <= fault.value.retry_after <= 86400


CHANNEL = "UCmadeupmadeupmadeupmade"
FEED = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Two Walkers</title><entry><id>yt:video:aaaaaaaaaa1</id>
<title>We walked back</title><link rel="alternate" href="https://www.youtube.com/watch?v=aaaaaaaaaa1"/>
<published>2026-03-01T08:00:00+00:00</published></entry></feed>"""


async def test_a_channel_of_youtube_needs_no_key():
    def answers(request):
        assert request.query["channel_id"] == CHANNEL
        return web.Response(body=FEED, content_type="application/atom+xml", headers={"ETag": '"1"'})

    items, cursors = await visited("youtube", answers, channel=CHANNEL, feeds="{server}/feeds")
    assert [(item.source, item.title) for item in items] == [("youtube", "We walked back")]
    again, _ = await visited("youtube", answers, since=cursors[-1], channel=CHANNEL, feeds="{server}/feeds")
    assert again == []


async def test_the_uploads_of_a_channel_are_a_playlist():
    def answers(request):
        asked.append(request.query["playlistId"])
        about = {"title": "Back", "publishedAt": "2026-03-01T08:00:00Z", "resourceId": {"videoId": "v1"}}
        row = {"kind": "youtube#playlistItem", "id": "long", "snippet": about}
        return {"kind": "youtube#playlistItemListResponse", "items": [row]}

    asked = []
    items, _ = await visited("youtube", answers, channel=CHANNEL, **TUBE)
    assert asked == [f"UU{CHANNEL[2:]}"]
    assert items[0].url == "https://www.youtube.com/watch?v=v1"


async def test_reddit_is_read_from_its_feeds_without_keys():
    def answers(request):
        asked.append(request.path)
        return web.Response(body=FEED, content_type="application/atom+xml")

    asked = []
    items, _ = await visited("reddit", answers, community="lindvik", sort="new", login="{server}")
    assert asked == ["/r/lindvik/new/.rss"]
    assert [(item.source, item.title) for item in items] == [("reddit", "We walked back")]


REDDIT = {"client_id": "id", "client_secret": "secret", "login": "{server}", "root": "{server}/api"}


def reddit_page(*ages, after=None):
    at = int(NOW.timestamp())
    rows = [
        {
            "kind": "t3",
            "data": {"name": f"t3_{age}", "title": f"post {age}", "created_utc": at - age, "url": ""},
        }
        for age in ages
    ]
    return {"kind": "Listing", "data": {"children": rows, "after": after}}


async def test_new_posts_of_reddit_are_read_until_one_is_known():
    def answers(request):
        if request.path == "/api/v1/access_token":
            assert request.headers["Authorization"] == "Basic aWQ6c2VjcmV0"
            return {"access_token": "token"}
        assert request.headers["Authorization"] == "Bearer token"
        asked.append(request.query.get("after"))
        return reddit_page(5, 6, after="t3_6") if not asked[-1] else reddit_page(7, 300, after="t3_300")

    asked = []
    since = {"mark": int(NOW.timestamp()) - 300}
    items, cursors = await visited("reddit", answers, since=since, sort="new", pages=9, **REDDIT)
    assert asked == [None, "t3_6"]
    assert len(items) == 4
    assert cursors[-1] == {"mark": int(NOW.timestamp()) - 5}


async def test_an_application_reddit_does_not_know_is_denied():
    def answers(request):
        return refused(401, {"message": "Unauthorized", "error": 401})

    with pytest.raises(Denied, match="401 Unauthorized"):
        await visited("reddit", answers, **REDDIT)


async def test_a_token_that_is_none_is_denied():
    with pytest.raises(Denied, match="no token for the application 'id'"):
        await visited("reddit", lambda request: {"error": None}, **REDDIT)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("client-forbidden", Denied),
        ("usage-capped", Unavailable),
        ("invalid-request", Misconfigured),
        ("resource-not-found", Missing),
    ],
)
async def test_x_says_in_a_type_what_is_wrong(kind, error):
    body = {
        "title": "No",
        "detail": "These are its words.",
        "type": f"https://api.twitter.com/2/problems/{kind}",
    }
    with pytest.raises(error, match=f"{kind} These are its words"):
        await visited("twitter", lambda request: refused(403, body), **X)


async def test_posts_that_were_not_found_do_not_spoil_those_that_were():
    page = x_page(1) | {"errors": [{"title": "Not Found Error", "detail": "gone", "type": "x"}]}
    items, _ = await visited("twitter", lambda request: page, **X)
    assert len(items) == 1


def test_x_wants_to_know_what_to_read():
    with pytest.raises(ValueError, match="exactly one of query, account_id and list_id"):
        known()["twitter"](query="a", account_id="1")


async def test_stack_exchange_is_left_alone_for_as_long_as_it_asks():
    page = {"items": [], "has_more": True, "backoff": 30, "quota_remaining": 9}
    _, cursors = await visited("stackexchange", lambda request: page, pages=5, root="{server}")
    assert 25 < cursors[-1]["not_before"] - datetime.now(UTC).timestamp() <= 30


async def test_stack_exchange_says_when_there_are_requests_again():
    said = "too many requests from this IP, more requests available in 4639 seconds"
    body = {"error_id": 502, "error_name": "throttle_violation", "error_message": said}
    with pytest.raises(Unavailable, match="throttle_violation") as fault:
        await visited("stackexchange", lambda request: refused(400, body), root="{server}")
    assert fault.value.retry_after == 4639


async def test_pages_of_stack_exchange_are_turned_while_it_has_more():
    def answers(request):
        asked.append(request.query["page"])
        row = {"question_id": len(asked), "title": "q", "creation_date": 1}
        return {"items": [row], "has_more": len(asked) < 3}

    asked = []
    items, _ = await visited("stackexchange", answers, pages=9, root="{server}")
    assert (asked, len(items)) == (["1", "2", "3"], 3)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Please limit requests to one every 5 seconds or contact us.", Unavailable),
        ("The specified phrase is too short.", Misconfigured),
    ],
)
async def test_gdelt_says_in_plain_text_what_is_wrong(said, error):
    with pytest.raises(error, match=said):
        await visited("gdelt", lambda request: web.Response(text=said), query="bridge", root="{server}")


async def test_gdelt_passes_titles_on_as_they_were_found():
    body = (
        b'{"articles": [{"url": "https://a.example/1", "title": "A \\& B\\u00e9\n!", "language": "German"}]}'
    )
    items, _ = await visited(
        "gdelt", lambda request: web.Response(body=body), query="bridge", root="{server}"
    )
    assert [(item.title, item.lang) for item in items] == [("A \\& Bé !", "de")]


async def test_gdelt_with_nothing_to_tell_is_no_fault():
    items, _ = await visited("gdelt", lambda request: {}, query="bridge", root="{server}")
    assert items == []


async def test_an_error_of_arxiv_is_an_entry_of_its_feed():
    feed = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>ArXiv</title><entry>
    <id>http://arxiv.org/api/errors#incorrect_id_format</id><title>Error</title>
    <summary>incorrect query</summary></entry></feed>"""
    with pytest.raises(Misconfigured, match="incorrect query"):
        await visited("arxiv", lambda request: web.Response(body=feed), root="{server}")


def starred(**stars):
    rows = [{"full_name": name, "stargazers_count": number, "html_url": ""} for name, number in stars.items()]
    return {"total_count": len(rows), "items": rows}


async def test_repositories_are_told_by_the_stars_they_gained():
    _, cursors = await visited("github", lambda _: starred(old=5000, other=70), show="known", root="{server}")
    found = {"show": "known", "gained": 20, "root": "{server}"}
    items, _ = await visited(
        "github", lambda _: starred(old=5030, other=75, fresh=900), since=cursors[-1], **found
    )
    assert [(item.title, item.engagement["gained"]) for item in items] == [("old", 30)]


async def test_all_stars_of_a_new_repository_are_gained():
    items, cursors = await visited("github", lambda _: starred(fresh=900), root="{server}")
    assert items[0].engagement["gained"] == 900
    again, _ = await visited("github", lambda _: starred(fresh=903), since=cursors[-1], root="{server}")
    assert again == []


async def test_pages_of_mastodon_are_turned_by_their_offset():
    def answers(request):
        here = int(request.query["offset"])
        asked.append(here)
        return [{"name": f"tag{n}", "history": []} for n in range(here, min(here + 20, 25))]

    asked = []
    items, _ = await visited("mastodon", answers, show="tags", pages=5, server="{server}")
    assert (asked, len(items)) == ([0, 20], 25)


async def test_a_long_post_of_mastodon_is_told_by_its_beginning():
    text = "<p>" + "word " * 200 + "</p>"
    row = {"uri": "https://m.example/1", "content": text, "language": "en", "account": {"acct": "a"}}
    items, _ = await visited("mastodon", lambda _: [row], show="statuses", server="{server}")
    assert len(items[0].title) <= 302
    assert items[0].title.endswith(" …")
    assert items[0].body.count("word") == 200


async def test_a_feed_of_bluesky_is_read_page_after_page():
    def answers(request):
        asked.append(request.query.get("cursor"))
        record = {"text": f"post {len(asked)}", "createdAt": "2026-03-01T08:00:00Z", "langs": ["en"]}
        post = {"uri": f"at://did:plc:x/app.bsky.feed.post/{len(asked)}", "record": record, "likeCount": 3}
        page = {"feed": [{"post": post | {"author": {"handle": "ana.example"}}}]}
        return page | ({"cursor": "a&b"} if len(asked) < 2 else {})

    asked = []
    items, _ = await visited("bluesky", answers, show="discover", pages=5, root="{server}")
    assert asked == [None, "a&b"]
    assert items[1].url == "https://bsky.app/profile/ana.example/post/2"


async def test_bluesky_says_in_a_name_what_is_wrong():
    body = {"error": "UnknownFeed", "message": "could not find feed"}
    with pytest.raises(Missing, match="UnknownFeed could not find feed"):
        await visited("bluesky", lambda _: refused(400, body), show="at://did/x/y", root="{server}")


DAY = """{{Current events|year=2026|month=03|day=1|content=
<!-- All news items below this line -->
'''Disasters and accidents'''
*[[2026 Lindvik storm]]
**At least '''three''' [[ship]]s are lost off [[Lindvik|the harbour]]. [https://herald.example/ships (Harbour Herald)]
*A [[bridge]] closes. [https://valley.example/bridge (Valley Times)] [https://b.example/2 (B)]
;Sports
*Nothing is told of this
<!-- All news items above this line -->}}"""


async def test_current_events_are_lines_with_a_reference_below_their_subjects():
    def answers(request):
        page = request.query["page"].replace("_", " ")
        return {"parse": {"title": page, "wikitext": DAY}}

    items, _ = await visited("wikipedia", answers, show="current_events", pages=1, root="{server}")
    first, second = items
    assert first.title == "At least 'three' ships are lost off the harbour."
    assert (first.url, first.extra["publisher"]) == ("https://herald.example/ships", "Harbour Herald")
    assert first.extra["about"] == "2026 Lindvik storm"
    assert first.extra["category"] == "Disasters and accidents"
    assert first.published_at.date() == datetime.now(UTC).date()
    assert second.title == "A bridge closes."
    assert "about" not in second.extra


async def test_a_day_that_has_no_page_yet_is_no_fault():
    body = {"error": {"code": "missingtitle", "info": "The page you specified doesn't exist."}}
    items, _ = await visited("wikipedia", lambda _: body, show="current_events", root="{server}")
    assert items == []


async def test_a_fault_of_wikipedia_is_one():
    body = {"error": {"code": "readonly", "info": "The wiki is read-only."}}
    with pytest.raises(Rejected, match="readonly The wiki is read-only"):
        await visited("wikipedia", lambda _: body, show="current_events", root="{server}")


async def test_news_of_wikipedia_are_told_without_markup():
    story = {"story": '<!--x-->The <a href="./B">bridge</a> opens.', "links": [{"extract": "It spans."}]}
    items, _ = await visited("wikipedia", lambda _: {"news": [story]}, show="news", pages=1, root="{server}")
    assert [(item.title, item.body) for item in items] == [("The bridge opens.", "It spans.")]


async def test_lobsters_turns_pages_by_their_number():
    def answers(request):
        asked.append(request.path)
        return [{"short_id": f"s{len(asked)}", "title": "t", "comments_url": "https://lobste.rs/s/x"}]

    asked = []
    items, _ = await visited("lobsters", answers, feed="newest", pages=2, root="{server}")
    assert asked == ["/newest.json", "/newest/page/2.json"]
    assert len(items) == 2


def interest(values, *, partial=False):
    rows = [
        {"time": str(1772323200 + 3600 * n), "value": value, "hasData": [True] * len(value)}
        for n, value in enumerate(values)
    ]
    rows[-1] |= {"isPartial": True} if partial else {}
    return {"default": {"timelineData": rows}}


def guarded(value):
    return web.Response(body=b")]}'\n" + web.json_response(value).body)


async def test_interest_is_told_once_for_every_whole_hour():
    def answers(request):
        asked.append(parse_qs(request.query_string).get("token"))
        if request.path.endswith("/explore"):
            return guarded({"widgets": [{"id": "TIMESERIES", "token": "made-up", "request": {"a": 1}}]})
        return guarded(interest([[100, 2], [80, 3], [70, 4]], partial=True))

    asked = []
    settings = {"keywords": "pizza, bagel", "root": "{server}"}
    items, cursors = await visited("google_trends", answers, **settings)
    assert asked == [None, ["made-up"]]
    assert [(i.title, i.engagement["interest"]) for i in items] == [
        ("pizza", 100),
        ("bagel", 2),
        ("pizza", 80),
        ("bagel", 3),
    ]
    again, _ = await visited("google_trends", answers, since=cursors[-1], **settings)
    assert again == []


async def test_stories_of_hacker_news_can_be_searched():
    def answers(request):
        asked.append(request.query.get("numericFilters"))
        hit = {
            "objectID": "7",
            "title": "Yarn",
            "created_at_i": 1772323200,
            "points": 3,
            "num_comments": None,
        }
        return {"hits": [hit]}

    asked = []
    items, cursors = await visited("hackernews", answers, query="yarn", search="{server}")
    assert (items[0].id, items[0].engagement) == ("hackernews:7", {"points": 3})
    await visited("hackernews", answers, since=cursors[-1], query="yarn", search="{server}")
    assert asked == [None, "created_at_i>=1772323200"]


@pytest.mark.parametrize("body", [b"not json", b"{}", b"[]", b"null", b'"text"', b"[1, null]"])
@pytest.mark.parametrize(
    "name", ["reddit", "newsapi", "youtube", "twitter", "stackexchange", "github", "bluesky"]
)
async def test_an_answer_of_another_kind_is_never_taken_for_an_empty_one(name, body):
    settings = {"reddit": REDDIT, "twitter": X}.get(name, {"root": "{server}"})

    def answers(request):
        return {"access_token": "x"} if "access_token" in request.path else web.Response(body=body)

    with pytest.raises(Rejected):
        await visited(name, answers, **settings)
