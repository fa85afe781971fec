"""What is changed by GraphQL: topics put right, watches kept, workflows run, each written down; and who may what."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from entrance import Entrance, entrance, everybody
from graphql import GraphQLObjectType, is_leaf_type, is_required_argument
from graphql.type import get_named_type
from matrix import refusal
from small_newsroom import SmallDesk
from workshop import Workshop

from principals import ADMINISTRATOR, As
from trend_agent.api import application
from trend_agent.api.graphql.schema import roots, scope_of
from trend_agent.api.hands import OwnHands
from trend_agent.storage.sql.watches import SqlWatches


@pytest.fixture
async def asking(desk: SmallDesk, hands: OwnHands) -> AsyncIterator[httpx.AsyncClient]:
    app = application(desk, hands=hands, watches=SqlWatches(desk.records.database), executions=Workshop())
    transport = httpx.ASGITransport(As(ADMINISTRATOR, app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.example") as made:
        yield made


async def did(client: httpx.AsyncClient, query: str, **variables: Any) -> Any:
    told = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in told, told
    return told["data"]


async def test_topics_are_put_right(asking: httpx.AsyncClient) -> None:
    split = await did(asking, 'mutation{splitTopic(topic:"t1",items:["wire:a/b:3"]){correction{id topic}}}')
    assert split["splitTopic"]["correction"]["topic"] != "t1"
    pinned = 'mutation{pinItem(item:"wire:a/b:2",topic:"t3"){stands}unpinItem(item:"wire:a/b:2"){stands}}'
    assert await did(asking, pinned) == {"pinItem": {"stands": True}, "unpinItem": {"stands": False}}
    number = split["splitTopic"]["correction"]["id"]
    undone = await did(asking, "mutation($n:Int!){undoCorrection(correction:$n){stands}}", n=number)
    assert undone == {"undoCorrection": {"stands": False}}
    made = await did(asking, 'mutation{mergeTopics(topics:["t3","t1"]){correction{kind by topic}stands}}')
    assert made["mergeTopics"]["stands"]
    assert made["mergeTopics"]["correction"] == {"kind": "merge", "by": "an administrator", "topic": "t3"}
    assert (await did(asking, '{topic(id:"t1"){topic{id}}}'))["topic"]["topic"]["id"] == "t3"
    told = (await did(asking, "{corrections{correction{kind}}}"))["corrections"]
    assert [one["correction"]["kind"] for one in told] == ["merge", "undo", "undo", "pin", "split"]


async def test_what_cannot_be_put_right_says_why_and_answers_in_full(asking: httpx.AsyncClient) -> None:
    answer = await asking.post("/graphql", json={"query": 'mutation{mergeTopics(topics:["t1"]){stands}}'})
    (fault,) = answer.json()["errors"]
    assert "correction.merge.topics" in fault["message"]
    assert fault["extensions"]["code"].startswith("UNPROCESSABLE")
    answer = await asking.post(
        "/graphql", json={"query": 'mutation{mergeTopics(topics:["t1","t0"]){stands}}'}
    )
    assert answer.json()["errors"][0]["message"] == "no topic 't0'"


async def test_watches_are_kept_changed_and_removed(asking: httpx.AsyncClient) -> None:
    made = await did(
        asking,
        'mutation{addWatch(name:"Otters",filter:{text:"otters",states:["rising"]}){id name filter{text states}}}',
    )
    watch = made["addWatch"]
    assert watch["filter"] == {"text": "otters", "states": ["rising"]}
    changed = await did(
        asking, "mutation($id:ID!){changeWatch(id:$id,enabled:false){enabled name}}", id=watch["id"]
    )
    assert changed["changeWatch"] == {"enabled": False, "name": "Otters"}
    assert [one["id"] for one in (await did(asking, "{watches{id}}"))["watches"]] == [watch["id"]]
    assert (await did(asking, "{alerts{id}}"))["alerts"] == []
    assert await did(asking, "mutation($id:ID!){removeWatch(id:$id)}", id=watch["id"]) == {
        "removeWatch": True
    }
    assert (await did(asking, "{watches{id}}"))["watches"] == []


async def test_workflows_are_run_shown_and_stepped_into(asking: httpx.AsyncClient) -> None:
    assert (await did(asking, "{workflowTemplates{name steps}}"))["workflowTemplates"][0]["name"] == "refresh"
    made = await did(asking, 'mutation{runWorkflow(template:"refresh"){id state steps{result error}}}')
    assert made["runWorkflow"]["steps"] == [{"result": {"topics": 3}, "error": ""}]
    for field, state in (
        ("pause", "paused"),
        ("resume", "running"),
        ("cancel", "cancelled"),
        ("approve", "done"),
    ):
        told = await did(asking, f'mutation{{it:{field}Workflow(id:"w1"){{state}}}}')
        assert told == {"it": {"state": state}}
    assert (await did(asking, '{workflow(id:"w1"){state}workflows{nodes{id}}}')) == {
        "workflow": {"state": "done"},
        "workflows": {"nodes": [{"id": "w1"}]},
    }


async def test_nothing_is_changed_by_a_get(asking: httpx.AsyncClient) -> None:
    answer = await asking.get(
        "/graphql", params={"query": 'mutation{mergeTopics(topics:["t3","t1"]){stands}}'}
    )
    assert answer.status_code == 405
    assert (await did(asking, '{topic(id:"t1"){topic{id}}}'))["topic"]["topic"]["id"] == "t1"


async def test_each_change_is_a_line_of_the_audit_log_and_a_question_is_none(
    desk: SmallDesk, hands: OwnHands
) -> None:
    async with entrance(desk) as door:
        door.app.state.hands = hands
        key = await door.key("write", "an editor")
        for query in ("{trends{at}}", 'mutation{mergeTopics(topics:["t3","t1"]){stands}}'):
            answer = await door.client.post("/graphql", json={"query": query}, headers=key)
            assert "errors" not in answer.json()
        (deed,) = await door.access.store.deeds(limit=10)
    assert (deed.name, deed.action, deed.status) == ("an editor", "POST /graphql", 200)
    assert deed.details["did"] == [{"what": "merge", "topics": ["t3", "t1"]}]


def document(root: GraphQLObjectType, name: str) -> str:
    """The shortest document that asks for a field."""
    field = root.fields[name]
    values = {"ID": '"t1"', "String": '"x"', "Int": "1", "[ID!]": '["t1","t3"]'}
    given = ",".join(
        f"{key}:{values[str(one.type).removesuffix('!')]}"
        for key, one in field.args.items()
        if is_required_argument(one)
    )
    kind: Any = get_named_type(field.type)
    inner = "" if is_leaf_type(kind) else "{__typename}"
    operation = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}[root.name]
    return f"{operation}{{{name}{f'({given})' if given else ''}{inner}}}"


FIELDS = {
    f"{root.name}.{name}": (document(root, name), scope_of(one))
    for root in roots()
    for name, one in root.fields.items()
}


async def status(door: Entrance, query: str, shown: dict[str, str]) -> int:
    """How a caller is answered; of a subscription whether it may be begun at all, which needs no stream."""
    answer = await door.client.post("/graphql", json={"query": query}, headers=shown)
    told = answer.json()
    codes = {one["extensions"]["code"] for one in told.get("errors", ()) if "extensions" in one}
    return {"UNAUTHORIZED": 401, "FORBIDDEN": 403}.get(next(iter(codes), ""), answer.status_code)


@pytest.mark.parametrize("anonymous", [False, True])
async def test_every_field_is_answered_to_whom_it_may_and_to_nobody_else(
    desk: SmallDesk, anonymous: bool
) -> None:
    wrong = []
    async with entrance(desk, anonymous=anonymous) as door:
        callers = await everybody(door)
        for name, (query, scope) in FIELDS.items():
            assert scope is not None
            for caller, shown in callers.items():
                found = await status(door, query, shown)
                expected = refusal(scope, caller, anonymous=anonymous)
                if found != expected if expected else found in (401, 403):
                    wrong.append((name, caller, expected, found))
    assert wrong == []


STREAMS = [
    "/api/v1/stream",
    "/feeds/trends.atom",
    "/feeds/trends.rss",
    "/feeds/trends.json",
    "/feeds/topics/t1.atom",
]
STREAMS += ["/feeds/search.atom?q=otters", "/feeds/sources.atom"]


@pytest.mark.parametrize("anonymous", [False, True])
async def test_every_stream_and_feed_is_answered_to_whom_it_may_and_to_nobody_else(
    desk: SmallDesk, anonymous: bool
) -> None:
    wrong = []
    async with entrance(desk, anonymous=anonymous) as door:
        callers = await everybody(door)
        door.app.state.live.close()  # whoever may follow is told that it ends, which is an answer too
        for path in STREAMS:
            for caller, shown in callers.items():
                found = (await door.client.get(path, headers=shown)).status_code
                expected = refusal("read", caller, anonymous=anonymous)
                if found != expected if expected else found in (401, 403):
                    wrong.append((path, caller, expected, found))
    assert wrong == []


async def test_who_is_logged_in_changes_nothing_without_saying_that_it_was_meant(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        _, text = await door.known.make("editor", "write")
        found = await door.known.log_in(text)
        assert found is not None
        cookie = {"Cookie": f"trend_session={found.cookie}"}
        query = {"query": "{trends{at}}"}
        assert (await door.client.post("/graphql", json=query, headers=cookie)).status_code == 403
        meant = {**cookie, "X-CSRF-Token": found.token}
        assert (await door.client.post("/graphql", json=query, headers=meant)).status_code == 200
