"""Logging in by pages."""

from datetime import timedelta

import httpx
import pytest
from entrance import Entrance, bearing, client_of, entrance
from small_newsroom import SmallDesk

from trend_agent.api.access.knowing import SESSION

PATH = "/api/v1/session"
KEYS = "/api/v1/admin/keys"


async def logged_in(door: Entrance, scope: str = "admin") -> tuple[str, str, httpx.Response]:
    """The key's id, the token for unsafe requests, and the answer; the client keeps the cookie."""
    key, text = await door.known.make("person", scope)  # type: ignore[arg-type]
    answer = await door.client.post(PATH, json={"key": text})
    assert answer.status_code == 201, answer.text
    return key.id, answer.json()["csrf_token"], answer


@pytest.mark.parametrize("secure", [False, True])
async def test_the_cookie_is_for_this_site_and_for_no_script(desk: SmallDesk, secure: bool) -> None:
    async with entrance(desk, secure=secure) as door:
        _, _, answer = await logged_in(door)
        parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
        assert {"httponly", "samesite=strict", "path=/"} <= parts
        assert ("secure" in parts) == secure


async def test_a_login_does_what_its_key_may(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        assert (await door.client.get("/api/v1/trends")).status_code == 401
        _, token, _ = await logged_in(door)
        told = (await door.client.get(PATH)).json()
        assert (told["kind"], told["name"], told["csrf_token"]) == ("session", "person", token)
        assert told["scopes"] == ["read", "write", "admin"]
        assert (await door.client.get("/api/v1/trends")).status_code == 200
        made = await door.client.post(KEYS, json={"name": "x"}, headers={"X-CSRF-Token": token})
        assert made.status_code == 201


@pytest.mark.parametrize("token", ["", "0" * 40, "é"])
async def test_what_a_page_of_a_stranger_sends_is_refused(desk: SmallDesk, token: str) -> None:
    async with entrance(desk) as door:
        await logged_in(door)
        headers = [("X-CSRF-Token", token.encode())] if token else []
        answer = await door.client.post(KEYS, json={"name": "x"}, headers=headers)
        assert answer.status_code == 403
        assert len(await door.access.store.keys()) == 1


async def test_the_token_of_one_login_is_of_no_use_to_another(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        _, first, _ = await logged_in(door)
        await logged_in(door)
        answer = await door.client.post(KEYS, json={"name": "x"}, headers={"X-CSRF-Token": first})
        assert answer.status_code == 403


async def test_a_login_ends_with_its_key(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        key, _, _ = await logged_in(door)
        await door.known.revoke(key)
        assert (await door.client.get("/api/v1/trends")).status_code == 401
        assert (await door.client.get(PATH)).json()["kind"] == "anonymous"


async def test_a_login_ends_with_its_time(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        made = await door.known.log_in((await door.known.make("person", "read"))[1])
        assert made is not None
        assert await door.known.by_cookie(made.cookie)
        door.clock.now += SESSION
        assert await door.known.by_cookie(made.cookie) is None


async def test_a_login_is_no_longer_than_its_key(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        soon = door.clock.now + timedelta(minutes=5)
        made = await door.known.log_in((await door.known.make("person", "read", expires_at=soon))[1])
        assert made is not None
        assert made.session.expires_at == soon


async def test_who_logs_out_is_nobody_even_with_the_old_cookie(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        _, token, answer = await logged_in(door)
        old = answer.headers["set-cookie"].split(";")[0]
        gone = await door.client.delete(PATH, headers={"X-CSRF-Token": token})
        assert gone.status_code == 204
        async with client_of(door.app) as other:
            assert (await other.get("/api/v1/trends", headers={"Cookie": old})).status_code == 401


async def test_a_wrong_key_logs_nobody_in(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        for key in ("trend_", "x" * 200, "trend_0000000000_" + "0" * 38):
            answer = await door.client.post(PATH, json={"key": key})
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers
        assert (await door.client.post(PATH, json={"key": "x" * 201})).status_code == 422


async def test_a_cookie_that_is_worth_nothing_is_like_none(desk: SmallDesk) -> None:
    async with entrance(desk, anonymous=True) as door:
        for cookie in ("", "x", "a" * 5000, "\x00", "é"):
            headers = [("Cookie", f"other=1; trend_session={cookie}".encode())]
            assert (await door.client.get("/api/v1/trends", headers=headers)).status_code == 200
            assert (await door.client.get(KEYS, headers=headers)).status_code == 401


async def test_a_key_tells_who_it_is_and_needs_no_token(desk: SmallDesk) -> None:
    async with entrance(desk) as door:
        key, text = await door.known.make("robot", "write")
        told = (await door.client.get(PATH, headers=bearing(text))).json()
        assert (told["kind"], told["key_id"], told["csrf_token"]) == ("key", key.id, "")
