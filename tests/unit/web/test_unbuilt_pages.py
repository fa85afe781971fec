"""A checkout whose pages were not built says so, and answers programs all the same."""

from pathlib import Path
from typing import Any, cast

import httpx

from trend_agent.api import application
from trend_agent.web import add_pages


async def test_a_checkout_without_built_pages_says_what_to_do(tmp_path: Path) -> None:
    app = application(cast(Any, None))
    add_pages(app, tmp_path / "nothing")
    carried = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=carried, base_url="http://here") as client:
        told = await client.get("/", headers={"Accept": "text/html"})
        assert told.status_code == 503
        assert "make setup" in told.text
        assert (await client.get("/openapi.json")).status_code == 200
