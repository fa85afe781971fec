"""A small service that knows people, on loopback: OpenID Connect as far as we speak it, with whatever tokens it is
told to hand out."""

import base64
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

CLIENT, SECRET = "trend-agent", "between us"


@dataclass
class SignOnService:
    """`token` makes the id token of a login; `codes` are those that were not used yet."""

    issuer: str = ""
    rsa: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}))
    ec: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    token: Callable[["SignOnService", dict[str, Any]], str] | None = None
    calls_itself: str = ""

    def claims(self, login: dict[str, str], **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "person-1",
            "exp": now + 300,
            "iat": now,
            "nonce": login["nonce"],
            "email": "Ada@desk.example",
            "email_verified": True,
        }
        return {name: value for name, value in {**told, **changes}.items() if value is not None}

    def signed(self, claims: dict[str, Any], **head: Any) -> str:
        return jwt.encode({"alg": "RS256", "kid": "rsa", **head}, claims, self.rsa)

    def log_in(self, address: str) -> tuple[str, str]:
        """What a browser does that is sent here: comes back with a code and the state."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return code, asked["state"]

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path.endswith("/openid-configuration"):
            return web.json_response(
                {
                    "issuer": self.calls_itself or self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                }
            )
        if request.path.endswith("/keys"):
            published = KeySet(
                [self.rsa, self.ec, OctKey.import_key("published secret of the service", {"kid": "oct"})]
            )
            return web.json_response(
                {"keys": [key.as_dict(private=key.kid == "oct") for key in published.keys]}
            )
        return await self._token(request)

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        login = self.codes.pop(str(form["code"]), None)
        verifier = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        basic = "Basic " + base64.b64encode(f"{CLIENT}:between%20us".encode()).decode()
        if (
            login is None
            or base64.urlsafe_b64encode(verifier).decode().rstrip("=") != login["code_challenge"]
            or form["redirect_uri"] != login["redirect_uri"]
            or request.headers["Authorization"] != basic
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        make = self.token or (lambda service, claims: service.signed(claims))
        return web.json_response({"id_token": make(self, self.claims(login)), "access_token": "x"})


@asynccontextmanager
async def running() -> AsyncIterator[SignOnService]:
    service = SignOnService()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        service.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}/realm"
        yield service
    finally:
        await runner.cleanup()
