"""Workflows over HTTP: the real engine, on SQLite and on PostgreSQL, behind the routes."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from engines import engine_at
from openapi_schema_validator import OAS31Validator
from plain_steps import lines

from trend_agent.api import application
from trend_agent.api.access import Principal
from trend_agent.api.access.principal import PLACE, contained
from trend_agent.api.desk import Notice
from trend_agent.api.executions import Execution
from trend_agent.items import Trend
from trend_agent.processing.search import Index
from trend_agent.storage import Listed
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.workflow import create_custom_workflow
from trend_agent.workflow.asked import EngineExecutions

WRITER = Principal("key", "k1", "Ada", contained("write"))
READER = Principal("key", "k2", "Bob", contained("read"))
ROOT = "/api/v1/workflows"
ALL = f"http://test.example{ROOT}"


class BareDesk:
    """Nothing is shown beside the workflows."""

    index: Index | None = None

    def __init__(self, records: SqlRecords) -> None:
        self.records = records

    @property
    def collected(self) -> SqlRecords:
        return self.records

    async def trends(self, limit: int, as_of: datetime | None) -> Sequence[Trend]:
        return []

    async def listed(self, limit: int, after_rank: int, as_of: datetime | None = None) -> Listed:
        return Listed([])

    def notices(self) -> Sequence[Notice]:
        return []

    def ready(self) -> tuple[bool, dict[str, str]]:
        return True, {}


class Office:
    """Clients of one application, by who they are."""

    def __init__(self, records: SqlRecords, executions: EngineExecutions | None) -> None:
        self.app = application(BareDesk(records), executions=executions)

    @asynccontextmanager
    async def seen_by(self, who: Principal) -> AsyncIterator[httpx.AsyncClient]:
        async def signed(scope: Any, receive: Any, send: Any) -> None:
            await self.app({**scope, PLACE: who}, receive, send)

        transport = httpx.ASGITransport(signed, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ALL) as made:
            yield made


@pytest.fixture
async def executions(place: str) -> AsyncIterator[EngineExecutions]:
    async with engine_at(place) as engine:
        yield EngineExecutions(engine)


@pytest.fixture
async def client(records: SqlRecords, executions: EngineExecutions) -> AsyncIterator[httpx.AsyncClient]:
    async with Office(records, executions).seen_by(WRITER) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines"


def note(name: str, file: Path, **more: Any) -> dict[str, Any]:
    return {"kind": "note", "name": name, "file": str(file), **more}


def mine(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"workflow": {"name": "mine", "steps": list(steps), **more}}


async def begun(client: httpx.AsyncClient, asked: Any, **headers: str) -> str:
    answer = await client.post("/execute", json=asked, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{ROOT}/{answer.json()['id']}"
    return str(answer.json()["id"])


async def until(client: httpx.AsyncClient, execution: str, *states: str, step: str = "") -> dict[str, Any]:
    """The execution once it, or a step of it, is in one of these states."""
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await client.get(f"/{execution}")).json()
            seen = found["state"] if not step else {s["name"]: s["state"] for s in found["steps"]}[step]
            if seen in states:
                return found
            await asyncio.sleep(0.05)


async def test_a_workflow_is_run_and_tells_how_it_went(client: httpx.AsyncClient, file: Path) -> None:
    execution = await begun(client, mine(note("a", file), note("b", file, gives_back=7)))
    done = await until(client, execution, "done", "failed")
    assert (done["state"], done["progress"], done["workflow"]) == ("done", 1.0, "mine")
    assert done["seconds"] >= 0
    assert [s["result"] for s in done["steps"]] == [
        {"value": 1, "seen": []},
        {"value": 7, "seen": ["a"]},
    ]
    assert [(s["state"], s["needs"], s["attempts"], s["progress"]) for s in done["steps"]] == [
        ("done", [], 1, 1.0),
        ("done", ["a"], 1, 1.0),
    ]
    assert all(s["began"] and s["ended"] and s["seconds"] >= 0 for s in done["steps"])


async def test_answers_are_of_the_schema_that_is_promised(client: httpx.AsyncClient, file: Path) -> None:
    document = (await client.get("http://test.example/openapi.json")).json()
    answer = await client.post("/execute", json=mine(note("a", file)))
    await until(client, execution := answer.json()["id"], "done")
    found = {f"{ROOT}/execute": ("post", "202", answer)}
    for path, at in (("/templates", "/templates"), ("", ALL), ("/{id}", f"/{execution}")):
        found[f"{ROOT}{path}"] = ("get", "200", await client.get(at))
    for path, (method, code, told) in found.items():
        assert told.status_code == int(code)
        promised = document["paths"][path][method]["responses"][code]["content"]["application/json"]["schema"]
        OAS31Validator({**promised, "components": document["components"]}).validate(told.json())


async def test_templates_say_what_they_can_be_told_and_what_steps_there_are(
    client: httpx.AsyncClient,
) -> None:
    found = (await client.get("/templates")).json()
    full = next(t for t in found["templates"] if t["name"] == "full_pipeline")
    assert full["steps"][0] == "collect"
    parameters = {p["name"]: p for p in full["parameters"]}
    assert parameters["top_n_trends"]["default"] == 100
    assert parameters["top_n_trends"]["schema"]["maximum"] == 1000
    rank = next(k for k in found["kinds"] if k["kind"] == "rank")
    assert rank["gives"] == ["at", "limit"]
    assert rank["schema"]["properties"]["limit"]["maximum"] == 1000


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"template": "nope"}, "no template called 'nope'; there are collection_only"),
        ({"template": "refresh", "parameters": {"top": 1}}, "has no parameter 'top'; it has top_n_trends"),
        ({"template": "refresh", "parameters": {"top_n_trends": 0}}, "top_n_trends: input should be greater"),
        (
            {"template": "refresh", "parameters": {"timeout": "soon"}},
            "timeout: input should be a valid number",
        ),
        (
            {"template": "collection_only", "parameters": {"sources": "abc"}},
            "sources: 'str' instances are not allowed",
        ),
        ({}, "either a `template` or a `workflow`"),
        ({"template": "refresh", "workflow": {"steps": ["rank"]}}, "either a `template` or a `workflow`"),
        (mine("nope"), "no step called 'nope'; there are approval, cluster"),
        (mine({"kind": "rank", "limit": 0}), "step 'rank': limit: input should be greater"),
        (mine({"kind": "rank", "name": "best", "top": 1}), "step 'best': top: extra inputs"),
        (mine({"kind": "rank", "\ud800": 1}), "step 'rank': : input should be a valid string"),
        (mine({"kind": "rank", "name": "a", "needs": ["b"]}), "step 'a' needs 'b', which is no step"),
        (mine({"kind": "rank", "name": "a", "needs": ["a"]}), "a cycle: a needs a"),
        (mine("persist"), "missing input: step 'persist' takes 'at'"),
        (mine(7), "body.workflow.steps.0"),
        (mine("rank", timeout=-1), "body.workflow.timeout: input should be greater than 0"),
        (mine({"kind": "collect", "sources": ["\ud800?"]}), "cannot be written down"),
        (mine({"kind": "collect", "sources": ["x" * 300_000]}), "wanted are 262,144 at most"),
        ({"template": "refresh", "more": 1}, "body.more: extra inputs"),
    ],
)
async def test_what_is_wrong_with_a_workflow_is_named_before_anything_runs(
    records: SqlRecords, tmp_path: Path, asked: Any, words: str
) -> None:
    executions = EngineExecutions(engine_at(f"sqlite:///{tmp_path}/none.sqlite3"))
    async with Office(records, executions).seen_by(WRITER) as client:
        body = json.dumps(asked)
        answer = await client.post("/execute", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert not (tmp_path / "none.sqlite3").exists()


async def test_the_same_key_is_the_same_execution_and_another_workflow_under_it_a_conflict(
    client: httpx.AsyncClient, file: Path
) -> None:
    key = {"Idempotency-Key": "once"}
    many = await asyncio.gather(*(begun(client, mine(note("a", file)), **key) for _ in range(20)))
    assert len(set(many)) == 1
    await until(client, many[0], "done")
    assert await begun(client, mine(note("a", file)), **key) == many[0]
    assert lines(file) == ["a", "a end"]
    other = await client.post("/execute", json=mine(note("b", file)), headers=key)
    assert other.status_code == 409
    assert "used before, for another workflow" in other.json()["detail"]
    assert len((await client.get(ALL)).json()["executions"]) == 1


async def test_keys_of_two_callers_are_two_keys(
    records: SqlRecords, executions: EngineExecutions, file: Path
) -> None:
    office, found = Office(records, executions), []
    for key_id in ("k1", "k3"):
        async with office.seen_by(Principal("key", key_id, key_id, contained("write"))) as client:
            found.append(await begun(client, mine(note("a", file)), **{"Idempotency-Key": "once"}))
    assert found[0] != found[1]


async def test_pages_hold_each_execution_once_the_newest_first(client: httpx.AsyncClient, file: Path) -> None:
    made = [await begun(client, mine(note("a", file))) for _ in range(7)]
    await asyncio.sleep(0.01)  # a moment of its own
    made.append(await begun(client, {"template": "refresh"}))
    await asyncio.gather(*(until(client, one, "done", "failed") for one in made))
    seen, cursor, pages = [], "", 0
    while True:
        page = (await client.get(ALL, params={"limit": 3, "cursor": cursor})).json()
        seen += [e["id"] for e in page["executions"]]
        pages += 1
        if not (cursor := page["next"]):
            break
    assert (pages, len(seen), set(seen)) == (3, 8, set(made))
    assert seen[0] == made[-1]
    assert all(not e["steps"] for e in page["executions"])
    only = (await client.get(ALL, params={"template": "refresh"})).json()["executions"]
    assert [e["id"] for e in only] == made[-1:]
    assert only[0]["state"] == "failed"  # this crew knows no chore
    done = (await client.get(ALL, params={"state": "done"})).json()["executions"]
    assert {e["id"] for e in done} == set(made[:-1])
    assert (await client.get(ALL, params={"state": "asleep"})).status_code == 422
    assert (await client.get(ALL, params={"cursor": "nowhere"})).status_code == 422


async def test_paused_resumed_and_cancelled_and_at_the_wrong_time_a_conflict(
    client: httpx.AsyncClient, file: Path
) -> None:
    execution = await begun(client, mine(note("a", file), note("slow", file, sleep=30)))
    running = await until(client, execution, "running", step="slow")
    assert (running["state"], running["progress"]) == ("running", 0.5)
    assert (await client.post(f"/{execution}/resume")).status_code == 409
    paused = (await client.post(f"/{execution}/pause")).json()
    assert (paused["state"], paused["steps"][1]["state"]) == ("paused", "cut")
    resumed = await client.post(f"/{execution}/resume")
    assert resumed.json()["state"] in ("waiting", "running")
    await until(client, execution, "running", step="slow")
    cancelled = (await client.post(f"/{execution}/cancel")).json()
    assert (cancelled["state"], bool(cancelled["ended"])) == ("cancelled", True)
    again = await client.post(f"/{execution}/cancel")
    assert again.status_code == 409
    assert again.json()["detail"] == f"execution {execution!r} is cancelled, not waiting or running or paused"
    assert lines(file).count("a") == 1


@pytest.mark.parametrize(
    ("decision", "state"), [(None, "done"), ({"yes": False, "note": "not today"}, "failed")]
)
async def test_a_step_that_waits_for_a_person_hears_who_decided(
    client: httpx.AsyncClient, file: Path, decision: Any, state: str
) -> None:
    execution = await begun(client, mine({"kind": "approval", "name": "ask"}, note("a", file)))
    await until(client, execution, "approval", step="ask")
    wrong = await client.post(f"/{execution}/approve", json={"step": "other"})
    assert wrong.status_code == 409
    assert (await client.post(f"/{execution}/approve", json=decision)).status_code == 200
    ended = await until(client, execution, "done", "failed")
    assert ended["state"] == state
    if decision:
        assert "Ada said no: not today" in ended["error"]
    else:
        assert ended["steps"][0]["result"]["by"] == "Ada"
    assert (await client.post(f"/{execution}/approve")).status_code == 409


async def test_who_may_read_may_not_run_and_who_is_unknown_is_asked_for_a_key(
    records: SqlRecords, executions: EngineExecutions
) -> None:
    office = Office(records, executions)
    deeds = ["/execute", "/x/cancel", "/x/pause", "/x/resume", "/x/approve"]
    async with office.seen_by(READER) as client:
        assert [(await client.post(deed, json={})).status_code for deed in deeds] == [403] * 5
        assert (await client.get(ALL)).status_code == 200
    async with office.seen_by(Principal("anonymous")) as client:
        assert [(await client.post(deed, json={})).status_code for deed in deeds] == [401] * 5
        assert [(await client.get(path)).status_code for path in (ALL, "/templates", "/x")] == [401] * 3


async def test_an_execution_nobody_knows_is_not_found(client: httpx.AsyncClient, file: Path) -> None:
    await until(client, await begun(client, mine(note("a", file))), "done")
    assert (await client.get("/nothing")).status_code == 404
    for deed in ("cancel", "pause", "resume", "approve"):
        assert (await client.post(f"/nothing/{deed}")).status_code == 404


async def test_where_nobody_ever_ran_a_workflow_there_are_none_and_none_can_be_run(
    records: SqlRecords, tmp_path: Path
) -> None:
    afar = EngineExecutions(engine_at(f"sqlite:///{tmp_path}/none.sqlite3"))
    async with Office(records, afar).seen_by(WRITER) as client:
        assert (await client.get(ALL)).json()["executions"] == []
        assert (await client.post("/execute", json={"template": "refresh"})).status_code == 503
    async with Office(records, None).seen_by(WRITER) as client:
        assert (await client.get(ALL)).status_code == 503


async def test_another_process_than_the_one_that_runs_can_step_in(
    records: SqlRecords, executions: EngineExecutions, place: str, file: Path
) -> None:
    afar = EngineExecutions(engine_at(place))
    try:
        async with Office(records, afar).seen_by(WRITER) as client:
            execution = await begun(client, mine({"kind": "approval", "name": "ask"}, note("a", file)))
            await until(client, execution, "approval", step="ask")
            assert (await client.post(f"/{execution}/pause")).json()["state"] == "paused"
            await client.post(f"/{execution}/resume")
            await until(client, execution, "approval", step="ask")
            await client.post(f"/{execution}/approve")
            done = await until(client, execution, "done", "failed")
        assert (done["state"], done["executor"]) == ("done", "local")
    finally:
        await afar.engine.repository.close()


async def heard(executions: EngineExecutions, ids: set[str], into: list[Execution]) -> None:
    """Listen until all of these have come to an end."""
    async for change in executions.changes():
        into.append(change)
        ids -= {change.id} if change.ended else set()
        if not ids:
            return


@pytest.mark.parametrize("afar", [False, True])
async def test_who_listens_hears_every_execution_to_its_end_here_and_elsewhere(
    executions: EngineExecutions, place: str, file: Path, afar: bool
) -> None:
    listening = EngineExecutions(engine_at(place)) if afar else executions
    told: list[list[Execution]] = [[], []]
    engine = executions.engine
    steps = [note("a", file), {"kind": "approval", "name": "ask"}]
    try:
        async with asyncio.timeout(30):
            ears = [asyncio.create_task(heard(listening, {"long", "short"}, into)) for into in told]
            await engine.enqueue(create_custom_workflow("long", steps), key="long")
            await engine.enqueue(create_custom_workflow("short", [note("c", file)]), key="short")
            while not all(any(c.progress == 0.5 for c in changes) for changes in told):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await engine.approve("long")
            await asyncio.gather(*ears)
    finally:
        if afar:
            await listening.engine.repository.close()
    for changes in told:
        progress = [c.progress for c in changes if c.id == "long"]
        assert progress == sorted(progress)
        assert [c.state for c in changes if c.id == "long"][-1] == "done"
        assert [c.steps[0].name for c in changes if c.id == "short"][-1] == "c"
