"""What is answered about access is what the document promises."""

from typing import Any

from entrance import bearing, entrance
from openapi_schema_validator import OAS31Validator
from small_newsroom import SmallDesk

from trend_agent.api import application


async def test_answers_about_access_are_of_the_schema_that_is_promised(desk: SmallDesk) -> None:
    document = application(desk).openapi()

    def conforms(name: str, method: str, status: str, value: Any) -> None:
        promised = document["paths"][name][method]["responses"][status]["content"]["application/json"][
            "schema"
        ]
        OAS31Validator({**promised, "components": document["components"]}).validate(value)

    async with entrance(desk) as door:
        _, text = await door.known.make("first", "admin")
        admin = bearing(text)
        made = await door.client.post("/api/v1/admin/keys", json={"name": "x"}, headers=admin)
        conforms("/api/v1/admin/keys", "post", "201", made.json())
        key = made.json()["key"]["id"]
        conforms(
            "/api/v1/admin/keys",
            "get",
            "200",
            (await door.client.get("/api/v1/admin/keys", headers=admin)).json(),
        )
        rotated = await door.client.post(f"/api/v1/admin/keys/{key}/rotate", json={}, headers=admin)
        conforms("/api/v1/admin/keys/{id}/rotate", "post", "200", rotated.json())
        revoked = await door.client.delete(f"/api/v1/admin/keys/{key}", headers=admin)
        conforms("/api/v1/admin/keys/{id}", "delete", "200", revoked.json())
        begun = await door.client.post("/api/v1/session", json={"key": text})
        conforms("/api/v1/session", "post", "201", begun.json())
        conforms("/api/v1/session", "get", "200", (await door.client.get("/api/v1/session")).json())
        log = await door.client.get("/api/v1/admin/audit?limit=2", headers=admin)
        conforms("/api/v1/admin/audit", "get", "200", log.json())
        rest = await door.client.get(f"/api/v1/admin/audit?cursor={log.json()['next']}", headers=admin)
        actions = [deed["action"] for deed in [*log.json()["deeds"], *rest.json()["deeds"]]]
        assert actions == [
            "POST /api/v1/session",
            f"DELETE /api/v1/admin/keys/{key}",
            f"POST /api/v1/admin/keys/{key}/rotate",
            "POST /api/v1/admin/keys",
        ]
