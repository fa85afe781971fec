"""GraphQL: the same answers as REST's, made quickly, with few statements, and told as the standard has it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from graphql import execute, parse
from small_newsroom import NOON, SmallDesk, made_item, made_trend
from sqlalchemy import event

from trend_agent.api import application
from trend_agent.api.access import READER
from trend_agent.api.graphql.context import Context
from trend_agent.api.graphql.rows import Rows
from trend_agent.api.graphql.schema import roots, scope_of, types
from trend_agent.api.kept import KeptDesk
from trend_agent.api.live import Live
from trend_agent.errors import Unavailable
from trend_agent.storage import Arrival, Health

OWN = "application/graphql-response+json"


@pytest.fixture
async def client(desk: SmallDesk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(desk), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.example") as made:
        yield made


async def asked(client: httpx.AsyncClient, query: str, /, **variables: Any) -> Any:
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    told = answer.json()
    assert "errors" not in told, told
    assert (answer.status_code, answer.headers["content-type"]) == (200, OWN)
    return told["data"]


async def refused(client: httpx.AsyncClient, query: str, /, **variables: Any) -> Any:
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    return answer.json()["errors"][0]


async def test_the_list_is_that_of_rest(client: httpx.AsyncClient) -> None:
    rest = (await client.get("/api/v1/trends")).json()
    told = (
        await asked(
            client,
            "{trends{nodes{topic at rank score state firstSeen alarm series sources headline{text items}}at}}",
        )
    )["trends"]
    assert told["at"] == rest["at"]
    for ours, theirs in zip(told["nodes"], rest["trends"], strict=True):
        same = {**theirs, "firstSeen": theirs["first_seen"]}
        assert ours == {name: same[name] for name in ours}


async def test_pages_go_on_where_rests_do(client: httpx.AsyncClient) -> None:
    query = "query($after:String!){trends(first:2,after:$after){nodes{topic}pageInfo{endCursor hasNextPage}}}"
    first = (await asked(client, query, after=""))["trends"]
    rest = (await client.get("/api/v1/trends?limit=2")).json()
    assert first["pageInfo"] == {"endCursor": rest["next"], "hasNextPage": True}
    second = (await asked(client, query, after=first["pageInfo"]["endCursor"]))["trends"]
    assert [t["topic"] for t in first["nodes"] + second["nodes"]] == ["t1", "t3", "t4"]
    assert second["pageInfo"] == {"endCursor": None, "hasNextPage": False}


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({"states": ["fading"]}, ["t3"]),
        ({"languages": ["de"]}, ["t4"]),
        ({"sources": ["courier"], "states": ["rising"]}, ["t1"]),
        ({"text": "river 3"}, ["t4"]),
        ({"window": "breaking"}, ["t1", "t3", "t4"]),
        ({"window": "1"}, ["t1", "t3", "t4"]),
        ({}, ["t1", "t3", "t4"]),
    ],
)
async def test_filters_are_those_of_the_list(
    client: httpx.AsyncClient, chosen: dict[str, Any], wanted: list[str]
) -> None:
    told = await asked(client, "query($f:TrendFilter){trends(filter:$f){nodes{topic}}}", f=chosen)
    assert [t["topic"] for t in told["trends"]["nodes"]] == wanted


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{trends(first:0){at}}", "first: input should be greater than or equal to 1"),
        (
            '{trends(filter:{states:["odd"]}){at}}',
            "states.0: input should be 'new', 'rising', 'peaking', 'fading' or 'steady'",
        ),
        ('{trend(id:"t0"){rank}}', "no topic 't0'"),
        (
            '{trends(after:"x"){at}}',
            "no page at the cursor 'x'; it should be the 'next' of an earlier answer",
        ),
        ('{search(query:""){way}}', "query: string should have at least 1 character"),
    ],
)
async def test_what_is_wrong_is_said_as_rest_says_it(client: httpx.AsyncClient, query: str, why: str) -> None:
    told = await refused(client, query)
    assert told["message"] == why
    assert told["path"]
    assert told["extensions"]["code"] in ("UNPROCESSABLE_ENTITY", "UNPROCESSABLE_CONTENT", "NOT_FOUND")


async def test_topics_items_searches_and_fates_are_told(client: httpx.AsyncClient, desk: SmallDesk) -> None:
    told = await asked(
        client,
        """{
          topic(id: "t2") { topic { id items } names
                            items(first: 2) { nodes { item { id } copyOf } pageInfo { hasNextPage } }
                            lineage { lineage { change other } } series { buckets { items } } headlines { at } }
          items(topic: "t3") { nodes { item { title seenAt } } }
          item(id: "wire:a/b:4") { fate { verdict of } }
          fates(address: "https://wire.example/otters/1") { item { id } }
          search(query: "otters", way: "keyword", first: 2) { nodes { item { id } topic trend { rank } } way }
          sources { source failures error }
          scorecard { scorecard { calls } }
        }""",
    )
    assert told["topic"]["topic"] == {"id": "t1", "items": 6}
    assert told["topic"]["names"] == ["t2"]
    assert told["topic"]["items"]["pageInfo"]["hasNextPage"]
    assert told["item"]["fate"] == {"verdict": "duplicate", "of": "wire:a/b:0"}
    assert told["sources"] == [{"source": "wire", "failures": 2, "error": "no answer"}]
    assert (await asked(client, "{ledger{balance{fetched}holds}}"))["ledger"]["holds"]
    assert len(told["search"]["nodes"]) == 2
    assert told["search"]["way"] == "keyword"


QUERIES = [
    "{trends{nodes{topic headline{text items}receipt{terms{name value inputs}items}}pageInfo{endCursor}at}}",
    "{trends{nodes{__typename topic headline{__typename}}}}",
    "{a:trends{nodes{t:topic u:topic topic}}b:trends(first:1){nodes{rank}}}",
    "query($y:Boolean=true){trends{nodes{topic @include(if:$y) rank @skip(if:$y)}}}",
    "{trends{nodes{...F ...on Trend{rank}}}}fragment F on Trend{rank headline{text}headline{items}}",
    '{trend(id:"t1"){at lastSeen alarm series languages newest(first:2){id seenAt engagement}}}',
    "{sources{source lastTry lastSuccess}}",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_rows_made_at_once_are_as_those_resolved_one_by_one(desk: SmallDesk, query: str) -> None:
    answers = []
    for kind in (Rows, None):
        kept = KeptDesk(desk)
        made: Any = execute(
            types(), parse(query), context_value=Context(kept, Live(kept), READER), executor_class=kind
        )
        result = await made
        assert result.errors is None
        answers.append(orjson.dumps(result.data, option=orjson.OPT_UTC_Z))
    assert answers[0] == answers[1]


async def statements(desk: SmallDesk, client: httpx.AsyncClient, query: str) -> int:
    run: list[str] = []

    def note(*told: Any) -> None:
        run.append(told[2])

    engine = desk.records.database._readers  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", note)
    try:
        await asked(client, query)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len([one for one in run if "editions" not in one and one != "BEGIN"])


async def test_many_rows_take_as_many_statements_as_one(client: httpx.AsyncClient, desk: SmallDesk) -> None:
    for query in (
        "{trends(first:%d){nodes{topic newest(first:3){title}}}}",
        '{search(query:"otters",way:"keyword",first:%d){nodes{topic trend{rank newest(first:2){id}}}}}',
    ):
        await asked(client, "{trends{at}}")  # the list is read once, whoever asks for it
        one, many = [await statements(desk, client, query % number) for number in (1, 50)]
        assert one == many <= 5


async def test_an_answer_is_kept_until_the_records_change(client: httpx.AsyncClient, desk: SmallDesk) -> None:
    query = "{trends{nodes{topic}}}"
    assert await statements(desk, client, query) > 0
    assert await statements(desk, client, query) == 0
    assert await statements(desk, client, '{topic(id:"t3"){rank}}') > 0
    await desk.records.publish([made_trend("t9", NOON + timedelta(hours=1), 1)])
    assert (await asked(client, query))["trends"]["nodes"] == [{"topic": "t9"}]


async def test_what_changes_without_the_records_edition_is_not_kept(
    client: httpx.AsyncClient, desk: SmallDesk
) -> None:
    query = "{sources{failures}trends{at}}"
    assert (await asked(client, query))["sources"] == [{"failures": 2}]
    await desk.records.tried(Health("wire", last_try=NOON, fetched=1))
    assert (await asked(client, query))["sources"] == [{"failures": 0}]


async def test_what_waits_is_told_though_an_answer_was_given_before(
    client: httpx.AsyncClient, desk: SmallDesk
) -> None:
    query = "{ledger{balance{fetched waiting}}}"
    before = (await asked(client, query))["ledger"]["balance"]
    await desk.records.ingest([Arrival(made_item(NOON, 77))])
    after = (await asked(client, query))["ledger"]["balance"]
    assert (after["fetched"], after["waiting"]) == (before["fetched"] + 1, before["waiting"] + 1)


async def test_variables_and_operations_have_answers_of_their_own(client: httpx.AsyncClient) -> None:
    document = "query A($n:Int=1){trends(first:$n){nodes{topic}}} query B{trends{at}}"
    answers = [
        (
            await client.post(
                "/graphql", json={"query": document, "operationName": name, "variables": values}
            )
        ).json()
        for name, values in (("A", {}), ("A", {"n": 3}), ("B", {}), ("A", {"n": 1}))
    ]
    assert [len(a["data"]["trends"].get("nodes", "")) for a in answers] == [1, 3, 0, 1]
    answer = await client.post("/graphql", json={"query": document})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "NO_SUCH_OPERATION"


async def test_faults_of_ours_are_told_as_no_more_than_that(
    client: httpx.AsyncClient, desk: SmallDesk
) -> None:
    desk.broken = ZeroDivisionError("secret")
    answer = await client.post("/graphql", json={"query": "{trends{at}}"})
    assert "secret" not in answer.text
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    desk.broken = Unavailable("/a/file is away")
    answer = await client.post("/graphql", json={"query": "{trends{at}}"})
    assert "/a/file" not in answer.text
    assert answer.status_code == 503


async def test_a_query_can_be_got_and_is_not_sent_again_unchanged(client: httpx.AsyncClient) -> None:
    params = {"query": "query($n:Int){trends(first:$n){at}}", "variables": '{"n":1}'}
    first = await client.get("/graphql", params=params)
    assert first.json()["data"]["trends"]["at"] == "2026-03-01T12:00:00Z"
    again = await client.get("/graphql", params=params, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", OWN),
        ("*/*", OWN),
        ("application/json", "application/json"),
        (f"application/json;q=0.9, {OWN}", OWN),
        (f"{OWN};q=0.1, application/json", "application/json"),
        ("text/html, application/*;q=0.8", OWN),
    ],
)
async def test_the_answer_is_of_the_kind_that_is_liked_best(
    client: httpx.AsyncClient, accept: str, kind: str
) -> None:
    answer = await client.post("/graphql", json={"query": "{trends{at}}"}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


@pytest.mark.parametrize(("accept", "status"), [(OWN, 400), ("application/json", 200)])
async def test_who_reads_plain_json_is_told_of_a_wrong_document_by_its_errors(
    client: httpx.AsyncClient, accept: str, status: int
) -> None:
    for query in ("{", "{nothing}", "query($n:Int!){trends(first:$n){at}}"):
        answer = await client.post("/graphql", json={"query": query}, headers={"Accept": accept})
        assert answer.status_code == status
        assert answer.json()["errors"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 400),
        (b"[]", {"Content-Type": "application/json"}, 400),
        (b"nonsense", {"Content-Type": "application/json"}, 400),
        (b'{"query":1}', {"Content-Type": "application/json"}, 400),
        (b'{"query":"{a}","variables":[]}', {"Content-Type": "application/json"}, 400),
        (b'{"query":"{a}","operationName":1}', {"Content-Type": "application/json"}, 400),
        (b"query={trends{at}}", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b'{"query":"{trends{at}}"}', {"Content-Type": "text/plain"}, 415),
        (b'{"query":"{trends{at}}"}', {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        (b'{"query":"{trends{at}}"}', {}, 415),
        (b'{"query":"' + b" " * 70_000 + b'"}', {"Content-Type": "application/json"}, 413),
        (b'{"query":"{trends{at}}"}', {"Content-Type": "application/json", "Accept": "text/html"}, 406),
    ],
)
async def test_what_is_no_request_of_graphql_is_refused(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    for accept in (OWN, "application/json"):
        answer = await client.post("/graphql", content=body, headers={"Accept": accept, **headers})
        assert answer.status_code == status
        assert answer.json()["errors"][0]["message"]
    assert (await client.put("/graphql", content=body)).status_code == 405


async def test_operations_asked_together_are_answered_in_order(client: httpx.AsyncClient) -> None:
    batch = [{"query": "{trends{at}}"}, {"query": "{nothing}"}, {"query": "{ledger{holds}}"}]
    told = (await client.post("/graphql", json=batch)).json()
    assert [sorted(one) for one in told] == [["data"], ["errors"], ["data"]]


async def test_a_subscription_is_not_asked_for_like_a_query(client: httpx.AsyncClient) -> None:
    told = await refused(client, "subscription{trends{gone}}")
    assert "text/event-stream" in told["message"]


def test_every_field_at_the_root_names_its_scope() -> None:
    found = {f"{kind.name}.{name}": scope_of(one) for kind in roots() for name, one in kind.fields.items()}
    assert {name for name, scope in found.items() if scope is None} == set()
    assert {name for name, scope in found.items() if scope != "read"} == {
        name for name in found if name.startswith("Mutation.")
    }


def test_every_field_at_the_root_says_what_it_is() -> None:
    assert [name for kind in roots() for name, one in kind.fields.items() if not one.description] == []
