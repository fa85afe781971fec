"""Logging in by another service's word, and every word of it that is not to be believed."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from entrance import Entrance, entrance
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sign_on_service import CLIENT, SECRET, SignOnService, running
from small_newsroom import SmallDesk

from trend_agent.api.access.oidc import SignOn
from trend_agent.storage.sql.watches import SqlWatches

START = "/api/v1/session/sign-on"
BACK = "/api/v1/session/sign-on/back"


@pytest.fixture
async def service() -> AsyncIterator[SignOnService]:
    async with running() as found:
        yield found


@pytest.fixture
async def door(desk: SmallDesk, service: SignOnService) -> AsyncIterator[Entrance]:
    sign_on = SignOn(
        service.issuer,
        client=CLIENT,
        secret=SECRET,
        scope="read",
        admins=frozenset({"ada@desk.example"}),
    )
    async with entrance(desk, sign_on=sign_on) as made:
        yield made


async def come_back(door: Entrance, service: SignOnService, **changes: str) -> httpx.Response:
    """Go there and come back, with what a browser would say or something else."""
    going = await door.client.get(START)
    assert going.status_code == 303, going.text
    code, state = service.log_in(going.headers["location"])
    return await door.client.get(BACK, params={"code": code, "state": state, **changes})


async def test_who_is_known_there_is_logged_in_here(door: Entrance, service: SignOnService) -> None:
    home = await come_back(door, service)
    assert (home.status_code, home.headers["location"]) == (303, "/"), home.text
    told = (await door.client.get("/api/v1/session")).json()
    assert (told["name"], told["kind"], told["scopes"]) == (
        "ada@desk.example",
        "session",
        ["read", "write", "admin"],
    )
    assert told["sign_on"] == START
    keys = await door.client.get("/api/v1/admin/keys")
    assert keys.status_code == 200


@pytest.mark.parametrize(
    "changes", [{"email": "eve@desk.example"}, {"email_verified": False}, {"email": None}]
)
async def test_an_administrator_is_one_by_a_verified_address(
    door: Entrance, service: SignOnService, changes: dict[str, Any]
) -> None:
    def token(service: SignOnService, claims: dict[str, Any]) -> str:
        return service.signed({k: v for k, v in {**claims, **changes}.items() if v is not None})

    service.token = token
    await come_back(door, service)
    assert (await door.client.get("/api/v1/session")).json()["scopes"] == ["read"]


async def test_a_token_of_an_elliptic_curve_is_as_good(door: Entrance, service: SignOnService) -> None:
    service.token = lambda service, claims: jwt.encode({"alg": "ES256", "kid": "ec"}, claims, service.ec)
    assert (await come_back(door, service)).status_code == 303


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(service: SignOnService, claims: dict[str, Any], **head: Any) -> str:
    return f"{part({'alg': 'none', **head})}.{part(claims)}."


def by_public_key(service: SignOnService, claims: dict[str, Any]) -> str:
    """Signed with the public key as if it were a shared secret."""
    body = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(claims)}"
    signature = hmac.digest(service.rsa.as_pem(private=False), body.encode(), "sha256")
    return f"{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def by_published_secret(service: SignOnService, claims: dict[str, Any]) -> str:
    secret = OctKey.import_key("published secret of the service")
    return jwt.encode({"alg": "HS256", "kid": "oct"}, claims, secret, algorithms=["HS256"])


def by_a_stranger(service: SignOnService, claims: dict[str, Any], **head: Any) -> str:
    stranger = RSAKey.generate_key(2048)
    public = stranger.as_dict(private=False)
    told = {name: public if name == "jwk" else value for name, value in head.items()}
    body = f"{part({'alg': 'RS256', 'kid': 'rsa', **told})}.{part(claims)}"
    signature = jwt.encode({"alg": "RS256"}, claims, stranger).rsplit(".", 1)[1]
    return f"{body}.{signature}"


NOW = int(time.time())
WRONG: dict[str, Any] = {
    "unsigned": unsigned,
    "unsigned in capitals": lambda s, c: unsigned(s, c, alg="NONE"),
    "signed with the public key as a secret": by_public_key,
    "signed with a secret that is published": by_published_secret,
    "signed by a stranger": by_a_stranger,
    "with the address of its keys": lambda s, c: by_a_stranger(s, c, jku=f"{s.issuer}/canary"),
    "with the address of its certificate": lambda s, c: by_a_stranger(s, c, x5u=f"{s.issuer}/canary"),
    "with its own key": lambda s, c: by_a_stranger(s, c, jwk=True),
    "with a path for a key id": lambda s, c: by_a_stranger(s, c, kid="../../../../dev/null"),
    "with a query for a key id": lambda s, c: by_a_stranger(s, c, kid="x' UNION SELECT 'secret"),
    "with a number for a key id": lambda s, c: by_a_stranger(s, c, kid=7),
    "with an unknown critical extension": lambda s, c: by_a_stranger(s, c, crit=["exp2"], exp2=1),
    "by an algorithm its key is not for": lambda s, c: by_a_stranger(s, c, alg="ES256"),
    "of another issuer": lambda s, c: s.signed({**c, "iss": "https://elsewhere.example"}),
    "for another client": lambda s, c: s.signed({**c, "aud": "other"}),
    "for several, of whom we are not the one": lambda s, c: s.signed({**c, "aud": ["other", CLIENT]}),
    "of another login": lambda s, c: s.signed({**c, "nonce": "other"}),
    "of no login": lambda s, c: s.signed({k: v for k, v in c.items() if k != "nonce"}),
    "expired": lambda s, c: s.signed({**c, "exp": NOW - 120}),
    "without an end": lambda s, c: s.signed({k: v for k, v in c.items() if k != "exp"}),
    "with a text for an end": lambda s, c: s.signed({**c, "exp": "2999"}),
    "of the future": lambda s, c: s.signed({**c, "iat": NOW + 3600}),
    "not good yet": lambda s, c: s.signed({**c, "nbf": NOW + 3600}),
    "of nobody": lambda s, c: s.signed({**c, "sub": ""}),
    "a mebibyte": lambda s, c: s.signed({**c, "x": "x" * (1 << 20)}),
    "no token": lambda s, c: "x",
    "three dots": lambda s, c: "...",
    "a list for a head": lambda s, c: f"{part([])}.{part(c)}.x",
    "no base64": lambda s, c: "é.é.é",
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG.keys())
async def test_a_token_is_refused(door: Entrance, service: SignOnService, make: Any) -> None:
    service.token = make
    answer = await come_back(door, service)
    assert answer.status_code == 401, answer.text
    assert "trend_session" not in answer.cookies
    assert (await door.client.get("/api/v1/session")).json()["kind"] == "anonymous"
    assert not any("canary" in path for path in service.asked)


@pytest.mark.parametrize(
    "changes", [{"state": "x"}, {"state": ""}, {"code": ""}, {"code": "guessed"}, {"state": "é"}]
)
async def test_a_login_that_was_not_begun_here_is_refused(
    door: Entrance, service: SignOnService, changes: dict[str, str]
) -> None:
    assert (await come_back(door, service, **changes)).status_code == 401


async def test_a_login_begun_in_another_browser_is_refused(door: Entrance, service: SignOnService) -> None:
    going = await door.client.get(START)
    code, state = service.log_in(going.headers["location"])
    door.client.cookies.clear()
    assert (await door.client.get(BACK, params={"code": code, "state": state})).status_code == 401


async def test_a_code_is_good_once(door: Entrance, service: SignOnService) -> None:
    going = await door.client.get(START)
    code, state = service.log_in(going.headers["location"])
    kept = door.client.cookies["trend_sign_on"]
    assert (await door.client.get(BACK, params={"code": code, "state": state})).status_code == 303
    door.client.cookies.set("trend_sign_on", kept)
    assert (await door.client.get(BACK, params={"code": code, "state": state})).status_code == 401


async def test_a_new_key_of_the_service_is_asked_for_at_most_now_and_then(
    door: Entrance, service: SignOnService
) -> None:
    await come_back(door, service)
    service.token = lambda service, claims: by_a_stranger(service, claims, kid="new")
    for _ in range(3):
        assert (await come_back(door, service)).status_code == 401
    assert sum(path.endswith("/keys") for path in service.asked) == 1


async def test_a_service_that_is_another_is_not_trusted(door: Entrance, service: SignOnService) -> None:
    service.calls_itself = "https://elsewhere.example"
    assert (await door.client.get(START)).status_code == 503


async def test_nobody_is_asked_where_none_is_named(desk: SmallDesk) -> None:
    async with entrance(desk) as made:
        assert (await made.client.get(START)).status_code == 404
        assert (await made.client.get(BACK)).status_code == 404


def as_person(service: SignOnService, **claims: Any) -> None:
    service.token = lambda service, told: service.signed(
        {k: v for k, v in {**told, **claims}.items() if v is not None}
    )


@pytest.fixture
async def writers(desk: SmallDesk, service: SignOnService) -> AsyncIterator[Entrance]:
    """Whoever is known may write, and everybody may read."""
    sign_on = SignOn(service.issuer, client=CLIENT, secret=SECRET, scope="write", admins=frozenset())
    async with entrance(desk, sign_on=sign_on, anonymous=True) as made:
        made.app.state.watches = SqlWatches(desk.records.database)
        yield made


async def test_what_one_person_watches_is_shown_to_nobody_else(
    writers: Entrance, service: SignOnService
) -> None:
    client = writers.client
    await come_back(writers, service)
    token = (await client.get("/api/v1/session")).json()["csrf_token"]
    channels = {"webhook": "https://hooks.example/secret"}
    made = await client.post(
        "/api/v1/watches", json={"name": "mine", "channels": channels}, headers={"X-CSRF-Token": token}
    )
    assert made.status_code == 201, made.text
    place = made.headers["location"]
    client.cookies.clear()
    nobody = await client.get("/api/v1/watches"), await client.get(place)
    as_person(service, sub="person-2", email="eve@desk.example")
    await come_back(writers, service)
    other = await client.get("/api/v1/watches"), await client.get(place)
    for listed, shown in (nobody, other):
        assert listed.json()["watches"] == []
        assert shown.status_code == 404
    client.cookies.clear()
    service.token = None
    await come_back(writers, service)
    assert (await client.get(place)).json()["channels"] == channels


@pytest.mark.parametrize("called", ["ada@desk.example", "ada@desk.example\x00\n", "x" * 200, ""])
async def test_who_calls_themselves_as_somebody_else_is_not_taken_for_them(
    writers: Entrance, service: SignOnService, called: str
) -> None:
    names = set()
    for sub in ("person-2", "person-3"):
        as_person(service, sub=sub, email=None, preferred_username=called)
        writers.client.cookies.clear()
        await come_back(writers, service)
        names.add((await writers.client.get("/api/v1/session")).json()["name"])
    assert len(names) == 2
    assert "ada@desk.example" not in names
    assert all(name.isprintable() for name in names)


async def test_who_comes_back_is_sent_to_where_this_is_reached_from_outside(
    writers: Entrance, service: SignOnService
) -> None:
    writers.app.state.site = "https://trends.example/"
    going = await writers.client.get(START, headers={"Host": "evil.example"})
    asked = dict(parse_qsl(urlsplit(going.headers["location"]).query))
    assert asked["redirect_uri"] == f"https://trends.example{BACK}"
    code, state = service.log_in(going.headers["location"])
    home = await writers.client.get(BACK, params={"code": code, "state": state})
    assert home.status_code == 303, home.text
