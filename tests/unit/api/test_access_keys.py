"""Keys: what they look like, how they live and die, and what is refused in their place."""

import asyncio
import math
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from entrance import bearing, broken, entrance, sealed_anew
from small_newsroom import SmallDesk
from sqlalchemy import select
from structlog.testing import capture_logs

from trend_agent.api.access import secrets
from trend_agent.api.access.knowing import USED_EVERY, Known
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.schema import keys, replies

PATH = "/api/v1/admin/keys"


def test_a_key_has_a_prefix_160_bits_and_a_checksum() -> None:
    assert secrets.SECRET * math.log2(len(secrets.ALPHABET)) >= 160
    texts = {secrets.made().written for _ in range(200)}
    assert len(texts) == 200
    for text in texts:
        assert text.startswith("trend_")
        assert secrets.read(text) is not None
        assert secrets.MENTIONED.fullmatch(text)


def test_any_one_slip_of_the_pen_shows() -> None:
    text = secrets.made().written
    slips = [
        text[:place] + character + text[place + 1 :]
        for place in range(len(text))
        for character in ("A", "b", "7", "_", "é", "\x00")
        if text[place] != character
    ]
    assert len(slips) > 200
    assert [slip for slip in slips if secrets.read(slip)] == []


def test_a_secret_is_not_printed_by_chance() -> None:
    secret = secrets.made()
    assert secret.secret not in repr(secret)
    with pytest.raises(TypeError):
        str(secret)


async def test_a_key_is_made_shown_once_and_kept_as_a_hash(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        admin = await door.key("admin")
        made = await door.client.post(PATH, json={"name": "screen", "scope": "write"}, headers=admin)
        assert made.status_code == 201
        text = made.json()["text"]
        assert (await door.client.get("/api/v1/session", headers=bearing(text))).json()["scopes"] == [
            "read",
            "write",
        ]
        listed = (await door.client.get(PATH, headers=admin)).json()["keys"]
        assert {key["name"] for key in listed} == {"screen", "somebody"}
        rows = await desk.records.database.read(lambda c: [str(row) for row in c.execute(select(keys))])
        secret = secrets.read(text)
        assert secret is not None
        assert not any(secret.secret in row for row in [*rows, str(listed)])


@pytest.mark.parametrize(
    "extra",
    [{"id": "mine"}, {"created_at": "2026-01-01T00:00:00Z"}, {"scopes": ["admin"]}, {"is_admin": True}],
)
async def test_what_is_not_to_be_said_of_a_key_is_refused(desk: SmallDesk, extra: dict[str, Any]) -> None:
    async with entrance(desk) as door:
        admin = await door.key("admin")
        answer = await door.client.post(PATH, json={"name": "x", **extra}, headers=admin)
        assert answer.status_code == 422
        assert len(await door.access.store.keys()) == 1


async def test_a_secret_is_not_kept_to_be_told_again(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        admin = await door.key("admin")
        key, _ = await door.known.make("screen", "read")
        for path, asked in ((PATH, {"name": "desk"}), (f"{PATH}/{key.id}/rotate", {"grace_hours": 1})):
            under = {**admin, "Idempotency-Key": f"once-{len(path)}"}
            first = await door.client.post(path, json=asked, headers=under)
            assert first.is_success
            again = await door.client.post(path, json=asked, headers=under)
            assert (again.status_code, again.headers["idempotency-replayed"]) == (409, "true")
            assert again.headers["content-type"] == "application/problem+json"
            secret = first.json()["text"].encode()
            kept = await desk.records.database.read(lambda c: c.execute(select(replies.c.body)).all())
            assert kept
            assert not any(secret in body for (body,) in kept)
        names = [one["name"] for one in (await door.client.get(PATH, headers=admin)).json()["keys"]]
        assert names.count("desk") == 1


async def test_a_rotated_key_has_two_secrets_for_the_time_of_grace(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        admin = await door.key("admin")
        key, first = await door.known.make("feed", "read")
        answer = await door.client.post(f"{PATH}/{key.id}/rotate", json={"grace_hours": 2}, headers=admin)
        second = answer.json()["text"]

        async def opens() -> list[bool]:
            return [bool(await door.known.by_key(text)) for text in (first, second)]

        assert await opens() == [True, True]
        door.clock.on(hours=2)
        assert await opens() == [False, True]
        third = (await door.known.rotate(key.id, grace=timedelta()))[1]
        assert await opens() == [False, False]
        assert await door.known.by_key(third)


async def test_a_key_expires(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        _, text = await door.known.make("soon", "read", expires_at=door.clock.now + timedelta(hours=1))
        assert await door.known.by_key(text)
        door.clock.on(hours=1)
        assert await door.known.by_key(text) is None


async def test_what_is_good_no_more_is_not_rotated(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        admin = await door.key("admin")
        key, _ = await door.known.make("gone", "read")
        assert (await door.client.delete(f"{PATH}/{key.id}", headers=admin)).status_code == 200
        assert (await door.client.delete(f"{PATH}/{key.id}", headers=admin)).status_code == 200
        again = await door.client.post(f"{PATH}/{key.id}/rotate", json={}, headers=admin)
        assert again.status_code == 409
        assert (await door.client.delete(f"{PATH}/nobody", headers=admin)).status_code == 404


async def test_a_revoked_key_is_refused_by_another_process_within_a_second(desk: SmallDesk) -> None:
    database = desk.records.database
    ours, theirs = Known(SqlAccess(database)), Known(SqlAccess(database))
    key, text = await ours.make("leaked", "admin")
    assert await theirs.by_key(text)
    await ours.revoke(key.id)
    since = monotonic()
    assert await ours.by_key(text) is None
    while await theirs.by_key(text):  # noqa: ASYNC110  # what it waits for happens in another process
        await asyncio.sleep(0.01)
    assert monotonic() - since < 1
    for one in (ours, theirs):
        await one.close()


async def test_many_who_show_a_key_at_once_ask_the_database_once(desk: SmallDesk) -> None:
    class Counting(SqlAccess):
        asked = 0

        async def locked(self, key: str) -> Any:
            self.asked += 1
            return await super().locked(key)

    store = Counting(desk.records.database)
    known = Known(store, believed=60)
    _, text = await known.make("busy", "read")
    found = await asyncio.gather(*(known.by_key(text) for _ in range(50)))
    assert all(found)
    assert store.asked == 1
    await known.close()


async def test_when_a_key_was_used_last_is_written_now_and_then(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        key, text = await door.known.make("watched", "read")

        async def used() -> Any:
            await door.known.by_key(text)
            await door.known.close()
            (found,) = [k for k in await door.access.store.keys() if k.id == key.id]
            return found.used_at

        first = await used()
        assert first == door.clock.now
        door.clock.on(seconds=1)
        assert await used() == first
        door.clock.now += USED_EVERY
        assert await used() == door.clock.now


async def test_the_first_key_is_made_once(desk: SmallDesk) -> None:
    known = Known(SqlAccess(desk.records.database))
    texts = await asyncio.gather(*(known.make_first() for _ in range(10)))
    (only,) = [text for text in texts if text]
    principal = await known.by_key(only)
    assert principal is not None
    assert "admin" in principal.scopes
    assert await known.make_first() == ""
    await known.close()


async def test_what_opens_nothing_is_401_and_nowhere_in_the_log(desk: SmallDesk) -> None:
    async with entrance(desk, anonymous=True, logged="all") as door:
        good = (await door.known.make("good", "admin"))[1]
        wrong: list[list[tuple[str, bytes]]] = [
            [("Authorization", b"Bearer " + bad)]
            for bad in (
                broken(good).encode(),
                sealed_anew(good).encode(),
                good[:-1].encode(),
                b"",
                b"trend_",
                b"x" * 10_000,
                "schlüssel".encode(),
                "schlüssel".encode("latin-1"),
                good.encode() + b" extra",
            )
        ]
        wrong += [
            [("Authorization", good.encode())],
            [("Authorization", b"Basic " + good.encode())],
            [("Authorization", b"Bearer " + good.encode())] * 2,
        ]
        with capture_logs() as logged:
            for headers in wrong:
                answer = await door.client.get("/api/v1/trends", headers=headers)
                assert answer.status_code == 401, headers
                assert answer.headers["www-authenticate"].startswith('Bearer realm="trend"')
                assert answer.json()["status"] == 401
            for name in ("key", "access_token", "q"):
                answer = await door.client.get("/api/v1/trends", params={name: good})
                assert answer.status_code == 401
            answer = await door.client.delete(f"{PATH}/{good}", headers=bearing(good))
            assert answer.status_code == 401
        text = str(logged) + str(await door.known.store.deeds(10))
        assert len(logged) == len(wrong) + 4
        assert good not in text
        assert good.split("_")[2][:12] not in text


async def test_readers_of_feeds_show_a_key_as_a_password(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        _, text = await door.known.make("reader", "read")

        async def status(path: str, password: str) -> int:
            return (await door.client.get(path, auth=("anybody", password))).status_code

        assert await status("/feeds/none", text) == 404
        assert await status("/feeds/none", broken(text)) == 401
        assert await status("/api/v1/trends", text) == 401
        answer = await door.client.get("/feeds/none", headers={"Authorization": "Basic ***"})
        assert answer.status_code == 401
