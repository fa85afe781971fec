"""Answers given once and the audit log, on every backend, beside an owner that is at work."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from places import database_at, opened
from trend_agent.api import errors
from trend_agent.api.access import WRITE
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.serving import Access, guard
from trend_agent.api.access.writes import note
from trend_agent.api.compression import Compression
from trend_agent.errors import Conflict, Rejected, Unavailable
from trend_agent.items import Item
from trend_agent.storage import Arrival
from trend_agent.storage.access import Deed, Key, Locked, Reply
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def owner(place: str) -> AsyncIterator[SqlRecords]:
    async with opened(database_at(place)) as records:
        yield records


@pytest.fixture
async def shared(place: str, owner: SqlRecords) -> AsyncIterator[Database]:
    """The database as another process than the owner opens it."""
    path = Path(place.removeprefix("sqlite:///"))
    database = Sqlite(path, shared=True) if place.startswith("sqlite") else database_at(place)
    yield database
    await database.close()


@pytest.fixture
def store(shared: Database) -> SqlAccess:
    return SqlAccess(shared)


class Till:
    """An application where one can put something in; each that is put in has its number."""

    def __init__(self, store: SqlAccess) -> None:
        self.effects: Counter[str] = Counter()
        self.fault: Exception | None = None
        self.app = FastAPI()
        errors.register(self.app)
        self.known = Known(store)

        @self.app.post("/api/v1/till", dependencies=[WRITE], status_code=201)
        async def put(request: Request, what: dict[str, Any]) -> dict[str, Any]:
            if self.fault:
                raise self.fault
            await asyncio.sleep(0.001)
            self.effects[what["for"]] += 1
            note(request, thing=what["for"])
            return {"number": self.effects.total(), **what}

        self.app.add_middleware(Compression)
        guard(self.app, Access(Doors(self.known)))

    def client(self, **how: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://till.example", **how)


@pytest.fixture
async def till(store: SqlAccess) -> AsyncIterator[Till]:
    made = Till(store)
    yield made
    await made.known.close()


@pytest.fixture
async def client(till: Till) -> AsyncIterator[httpx.AsyncClient]:
    _, key = await till.known.make("cashier", "write")
    async with till.client(headers={"Authorization": f"Bearer {key}"}, timeout=120) as made:
        yield made


async def put(client: httpx.AsyncClient, key: str, what: str = "otter") -> httpx.Response:
    return await client.post("/api/v1/till", json={"for": what}, headers={"Idempotency-Key": key})


async def test_a_thousand_requests_with_a_hundred_keys_have_a_hundred_effects(
    till: Till, client: httpx.AsyncClient, store: SqlAccess
) -> None:
    async def until_done(number: int) -> tuple[str, str]:
        key = f"key-{number % 100}"
        while (answer := await put(client, key, key)).status_code == 409:  # noqa: ASYNC110  # as a client does
            await asyncio.sleep(0.2)
        assert answer.status_code == 201, answer.text
        return key, answer.text

    answers = await asyncio.gather(*(until_done(number) for number in range(1000)))
    assert len(till.effects) == 100
    assert set(till.effects.values()) == {1}
    assert len(set(answers)) == 100
    deeds = [deed for deed in await store.deeds(1000) if deed.status == 201]
    assert len(deeds) == 100


async def test_an_answer_is_given_again_just_as_it_was(till: Till, client: httpx.AsyncClient) -> None:
    first, again = await put(client, "once"), await put(client, '"once"')
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert till.effects == {"otter": 1}


async def test_an_answer_that_was_asked_for_packed_can_be_read_by_who_asks_again_plainly(
    client: httpx.AsyncClient,
) -> None:
    first = await put(client, "once", "otter" * 1000)
    client.headers["Accept-Encoding"] = "identity"
    again = await put(client, "once", "otter" * 1000)
    assert again.json() == first.json() == {"number": 1, "for": "otter" * 1000}


async def test_methods_that_no_route_knows_are_refused_as_such(client: httpx.AsyncClient) -> None:
    await put(client, "once")
    answer = await client.request("QUERY", "/api/v1/till", headers={"Idempotency-Key": "once"})
    assert answer.status_code == 405


async def test_a_key_that_was_used_for_something_else_is_refused(
    till: Till, client: httpx.AsyncClient
) -> None:
    await put(client, "once", "otter")
    other = await put(client, "once", "heron")
    assert other.status_code == 422
    assert "used for another request" in other.json()["detail"]
    assert till.effects == {"otter": 1}


async def test_a_key_is_its_callers_own(till: Till, client: httpx.AsyncClient) -> None:
    _, key = await till.known.make("another", "write")
    await put(client, "once")
    async with till.client(headers={"Authorization": f"Bearer {key}"}) as other:
        assert "idempotency-replayed" not in (await put(other, "once")).headers
    assert till.effects == {"otter": 2}


@pytest.mark.parametrize("key", ["", "k" * 256, "with blank", "é", '""', "a\tb"])
async def test_a_key_that_is_none_is_refused(till: Till, client: httpx.AsyncClient, key: str) -> None:
    headers = [("Idempotency-Key", key.encode("latin-1"))]
    answer = await client.post("/api/v1/till", json={"for": "otter"}, headers=headers)
    assert answer.status_code == 400
    assert not till.effects


async def test_what_came_to_nothing_may_be_tried_again(till: Till, client: httpx.AsyncClient) -> None:
    till.fault = Unavailable("later")
    assert (await put(client, "once")).status_code == 503
    till.fault = None
    assert (await put(client, "once")).status_code == 201


@pytest.mark.parametrize("fault", [Rejected("never"), ZeroDivisionError("who knows how far it came")])
async def test_what_failed_is_not_begun_again(
    till: Till, client: httpx.AsyncClient, fault: Exception
) -> None:
    till.fault = fault
    first = await put(client, "once")
    till.fault = None
    assert (await put(client, "once")).status_code == (422 if first.status_code == 422 else 409)
    assert not till.effects


async def test_what_was_cut_off_is_left_to_its_sender(
    till: Till, client: httpx.AsyncClient, store: SqlAccess
) -> None:
    """A process that is killed leaves the row of `begin` and nothing more."""
    caller = (
        await client.get("/nowhere")
    ).status_code  # the key is used once, so that its use is written down
    assert caller == 404
    (key,) = await store.keys()
    body = b'{"for":"otter"}'
    from trend_agent.api.access.writes import _fingerprint

    asgi = {"method": "POST", "path": "/api/v1/till", "query_string": b""}
    assert await store.begin(key.id, "once", _fingerprint(asgi, body), datetime.now(UTC)) is None
    headers = {"Idempotency-Key": "once", "Content-Type": "application/json"}
    answer = await client.post("/api/v1/till", content=body, headers=headers)
    assert answer.status_code == 409
    assert "look whether it was done" in answer.json()["detail"]
    assert not till.effects


async def test_an_answer_is_forgotten_after_a_day(store: SqlAccess) -> None:
    begun = await store.begin("me", "once", "f", NOON)
    assert begun is None
    await store.done(None, caller="me", key="once", reply=Reply("f", 201, {"a": "b"}, b"x"))
    later = NOON + timedelta(hours=23)
    assert await store.begin("me", "once", "f", later) == Reply("f", 201, {"a": "b"}, b"x")
    assert await store.begin("me", "once", "g", NOON + timedelta(hours=25)) is None


async def test_every_write_has_its_line(till: Till, client: httpx.AsyncClient, store: SqlAccess) -> None:
    await put(client, "a", "otter")
    await client.post("/api/v1/till", json=[])
    await client.post("/api/v1/nowhere", json={}, headers={"X-Request-ID": "somebody-asked"})
    await client.get("/api/v1/till")
    async with till.client() as stranger:
        assert (await stranger.post("/api/v1/till", json={"for": "x"})).status_code == 401
    lines = [(d.action, d.status, d.name, dict(d.details), d.address) for d in await store.deeds(10)]
    assert lines == [
        ("POST /api/v1/nowhere", 404, "cashier", {}, "127.0.0.1"),
        ("POST /api/v1/till", 422, "cashier", {}, "127.0.0.1"),
        ("POST /api/v1/till", 201, "cashier", {"thing": "otter"}, "127.0.0.1"),
    ]
    assert (await store.deeds(1))[0].request == "somebody-asked"


def deed(number: int) -> Deed:
    return Deed(0, NOON, "me", "me", f"deed {number}", 200, "::1", "r", {"text": "a\x00b ü"})


async def test_lines_are_numbered_and_sealed_whoever_writes(owner: SqlRecords, store: SqlAccess) -> None:
    ours = SqlAccess(owner.database)
    await asyncio.gather(*((ours, store)[n % 2].done(deed(n)) for n in range(40)))
    found = await store.deeds(100)
    assert [d.number for d in found] == list(range(40, 0, -1))
    assert {d.action for d in found} == {f"deed {n}" for n in range(40)}
    assert await store.broken() is None
    assert [d.number for d in await store.deeds(2, before=10)] == [9, 8]
    assert await store.deeds(5, caller="nobody") == []


@pytest.mark.parametrize("change", ["UPDATE audit SET name = 'x'", "DELETE FROM audit WHERE number = 1"])
async def test_the_database_itself_refuses_to_change_a_line(
    shared: Database, store: SqlAccess, change: str
) -> None:
    await store.done(deed(1))
    with pytest.raises((DBAPIError, Unavailable, Rejected, Conflict)):
        await shared.write(lambda c: c.execute(text(change)))
    assert [d.name for d in await store.deeds(5)] == ["me"]


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ("UPDATE audit SET status = 500 WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 2", 2),
        ("UPDATE audit SET seal = 'x' WHERE number = 4", 4),
    ],
)
async def test_a_line_that_was_changed_all_the_same_shows(
    place: str, shared: Database, store: SqlAccess, change: str, first: int
) -> None:
    for number in range(5):
        await store.done(deed(number))
    if place.startswith("sqlite"):
        off = ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
    else:
        off = ["ALTER TABLE audit DISABLE TRIGGER USER"]
    await shared.write(lambda c: [c.execute(text(words)) for words in (*off, change)])
    assert await store.broken() == first


async def test_others_write_while_the_owner_settles(
    owner: SqlRecords, store: SqlAccess, made_batch: Callable[[int], list[Arrival]]
) -> None:
    """Both at once, each in short transactions: neither loses anything, nor waits for the other for long."""
    done = asyncio.Event()

    async def taking_in() -> None:
        for number in range(30):
            await owner.ingest(made_batch(number))
        done.set()

    async def making_keys() -> int:
        number = 0
        while not done.is_set():
            key = Key(f"key{number}", "n", "read", NOON)
            await store.add_key(Locked(key, "d"))
            await store.done(deed(number))
            number += 1
        return number

    _, made = await asyncio.gather(taking_in(), making_keys())
    assert made > 5
    assert len(await store.keys()) == made
    assert len(await owner.pending(10_000)) == 30 * 50
    assert await store.broken() is None


@pytest.fixture
def made_batch() -> Callable[[int], list[Arrival]]:
    def batch(number: int) -> list[Arrival]:
        return [
            Arrival(Item(id=f"wire:{number}-{n}", source="wire", title=f"Otter {n}", seen_at=NOON))
            for n in range(50)
        ]

    return batch


async def test_who_shares_does_not_own(place: str, shared: Database) -> None:
    if place.startswith("sqlite"):
        with pytest.raises(Conflict, match="does not own"):
            await shared.write(lambda c: None, alone=True)
    else:
        with pytest.raises(Conflict, match="another process is working"):
            await database_of_the_owner(shared)


async def database_of_the_owner(shared: Database) -> None:
    """The owner of the fixture upgraded the tables alone, and so holds the right."""
    await shared.write(lambda c: None, alone=True)
