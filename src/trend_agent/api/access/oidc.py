"""Asking another service who people are: OpenID Connect, the authorization code flow with PKCE.

Only what the service signed with a key it publishes is believed, by the algorithms named here: never by what a token
says of how it wants to be checked or where its key lies. Everything is asked of origins that the service the operator
named tells of itself.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic, time
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import HTTPException
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from yarl import URL

from trend_agent.egress.service import Service
from trend_agent.errors import Unavailable
from trend_agent.observability.log import logger
from trend_agent.storage.access import Scope

log = logger("access")

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""What an id token may be signed by: none of them takes a secret that both sides know."""

LEEWAY = 60
"""Seconds by which two clocks may differ."""

LARGEST = 16_384
"""Bytes of a token."""

ASK_AGAIN = 60.0
"""Seconds between two looks for new keys of the service."""

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the service knows, and what they may do here."""

    name: str
    scope: Scope


class SignOn:
    """One service that knows people. Who it knows may do what `scope` allows; `admins` are its verified addresses of
    those who may administrate."""

    def __init__(
        self, issuer: str, *, client: str, secret: str, scope: Scope, admins: frozenset[str]
    ) -> None:
        self.issuer = issuer
        self.client = client
        self.secret = secret
        self.scope: Scope = scope
        self.admins = admins
        self._services: dict[URL, Service] = {}
        self._found: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None
        self._keys_at = -ASK_AGAIN

    async def begin(self, *, back: str) -> tuple[str, str]:
        """Where to send somebody, and what their browser keeps until they are back."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = await self._endpoint("authorization_endpoint")
        return (
            f"{address}{'&' if address.query_string else '?'}{urlencode(asked)}",
            f"{state}.{nonce}.{verifier}",
        )

    async def end(self, *, kept: str, code: str, state: str, back: str) -> Person:
        """Who came back. 401 where that does not hold together."""
        mine, _, rest = kept.partition(".")
        nonce, _, verifier = rest.partition(".")
        if not (code and state and verifier and hmac.compare_digest(mine.encode(), state.encode())):
            raise _refused("this login was not begun in this browser, or too long ago; begin again")
        token = await self._token(code, verifier, back)
        return self._person(await self._checked(token, nonce))

    async def close(self) -> None:
        for service in self._services.values():
            await service.close()

    async def _token(self, code: str, verifier: str, back: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.client,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.secret:
            told = f"{quote(self.client, safe='')}:{quote(self.secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(told.encode()).decode()}"
        answer = await self._ask(
            "POST", await self._endpoint("token_endpoint"), urlencode(form).encode(), headers
        )
        token = answer.get("id_token")
        if not isinstance(token, str) or not token.isascii() or len(token) > LARGEST:
            raise _refused("the service told nothing of who this is")
        return token

    async def _checked(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What a token says, if the service signed it for us, just now, for this very login."""
        try:
            found = jwt.decode(token, await self._keys_for(token), algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError, KeyError, binascii.Error) as fault:
            log.warning("a token was refused", error=type(fault).__name__)
            raise _refused("what the service says of who this is cannot be verified") from None
        claims, now = found.claims, time()
        audience = claims.get("aud")
        several = audience if isinstance(audience, list) else [audience]
        if (
            claims.get("iss") != self.issuer
            or self.client not in several
            or (len(several) > 1 and claims.get("azp") != self.client)
            or not _within(claims.get("exp"), least=now - LEEWAY, most=now + 86_400 * 30)
            or not _within(claims.get("iat"), least=now - 3600, most=now + LEEWAY)
            or not _within(claims.get("nbf", now), least=0, most=now + LEEWAY)
            or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
            or not claims.get("sub")
        ):
            raise _refused("what the service says of who this is was not meant for this login")
        return claims

    def _person(self, claims: Mapping[str, Any]) -> Person:
        told = str(claims.get("email", ""))
        email = told.lower() if claims.get("email_verified") is True and told.isprintable() else ""
        name = email or _called(claims)
        return Person(name, "admin" if email and email in self.admins else self.scope)

    async def _keys_for(self, token: str) -> KeySet:
        """The keys of the service, asked for again where the token names one that is not among them."""
        known, wanted = self._keys, _key_named(token)
        unknown = known is None or (wanted and all(key.kid != wanted for key in known.keys))
        if unknown and monotonic() - self._keys_at >= ASK_AGAIN:
            self._keys_at = monotonic()
            known = self._keys = await self._fetched_keys()
        if known is None:
            raise Unavailable(f"the keys of {self.issuer!r} are not known yet", retry_after=ASK_AGAIN)
        return known

    async def _fetched_keys(self) -> KeySet:
        told = await self._ask("GET", await self._endpoint("jwks_uri"))
        given = told.get("keys")
        public = (
            [k for k in given if isinstance(k, dict) and k.get("kty") in {"RSA", "EC", "OKP"}]
            if given
            else []
        )
        return KeySet.import_key_set({"keys": public})

    async def _endpoint(self, name: str) -> URL:
        """One of the addresses the service tells of itself; over TLS wherever the service itself is."""
        if self._found is None:
            told = await self._ask("GET", URL(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
            if told.get("issuer") != self.issuer:
                raise Unavailable(
                    f"{self.issuer!r} calls itself {str(told.get('issuer'))[:200]!r}; TREND_OIDC is wrong"
                )
            self._found = told
        url = URL(str(self._found.get(name, "")))
        if not url.host or (url.scheme != "https" and URL(self.issuer).scheme == "https"):
            raise Unavailable(f"{self.issuer!r} tells of no {name} we could use")
        return url

    async def _ask(
        self, method: str, url: URL, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        service = self._services.get(url.origin())
        if service is None:
            service = self._services[url.origin()] = Service(
                f"the sign-on at {url.host}",
                tls=url.scheme == "https",
                host=url.host or "",
                port=url.port or 443,
                seconds=SECONDS,
            )
        reply = await service.ask(method, url.path, query=url.query_string, body=body, headers=headers)
        if method == "POST" and 400 <= reply.status < 500:
            raise _refused("the service does not know this login any more; begin again")
        try:
            found = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            found = None
        if reply.status != 200 or not isinstance(found, dict):
            raise Unavailable(f"{self.issuer!r} answers {reply.status} at {url.path!r}")
        return found


def _called(claims: Mapping[str, Any]) -> str:
    """The name of somebody without a verified address. People choose what they are called, and may choose what others
    are called: the service's own id for them stands beside it."""
    subject, called = _plain(claims["sub"]), _plain(claims.get("preferred_username") or "")
    return f"{called[:100]} ({subject})" if called and called != subject else f"({subject})"


def _plain(told: object) -> str:
    """What can be kept and shown of a text from elsewhere."""
    return "".join(sign for sign in str(told) if sign.isprintable())


def _within(value: object, *, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _key_named(token: str) -> object:
    """The id of the key a token says it is signed with. `ValueError` or `TypeError` where it is no token."""
    head = orjson.loads(_decoded(token.split(".", maxsplit=1)[0]))
    if not isinstance(head, dict):
        raise TypeError("the head of a token should be an object")
    return head.get("kid")


def _decoded(part: str) -> bytes:
    return binascii.a2b_base64(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4))


def _refused(why: str) -> HTTPException:
    return HTTPException(401, why, {"WWW-Authenticate": 'Bearer realm="trend"'})
