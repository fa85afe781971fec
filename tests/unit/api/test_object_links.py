"""Links into the folder of objects let in who has them, for what they are for, in their time."""

import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import ANY
from urllib.parse import urlsplit

import httpx
import pytest
from small_newsroom import SmallDesk

from trend_agent.api import application
from trend_agent.storage.address import parsed
from trend_agent.storage.folder import FolderObjects

SITE = "http://test.example"


@pytest.fixture
async def objects(tmp_path: Path) -> FolderObjects:
    made = FolderObjects(parsed(f"folder:{tmp_path}/objects", setting="TREND_OBJECTS"), site=SITE)
    await made.make_bucket("exports")
    return made


@pytest.fixture
async def reader(desk: SmallDesk, objects: FolderObjects) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(desk, objects=objects), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as made:
        yield made


async def test_a_link_gives_the_object_as_a_file_to_keep(
    reader: httpx.AsyncClient, objects: FolderObjects
) -> None:
    await objects.put("exports", "2026/a ü.html", b"<script>alert(1)</script>", kind="text/html")
    link = await objects.link("exports", "2026/a ü.html")
    assert link.startswith(f"{SITE}/objects/exports/2026/a%20%C3%BC.html?")
    answer = await reader.get(link)
    assert (answer.status_code, answer.content) == (200, b"<script>alert(1)</script>")
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''a%20%C3%BC.html"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    part = await reader.get(link, headers={"Range": "bytes=1-6"})
    assert (part.status_code, part.content) == (206, b"script")
    head = await reader.head(link)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "25")


async def test_a_link_to_write_stores_the_body(reader: httpx.AsyncClient, objects: FolderObjects) -> None:
    link = await objects.link("exports", "in", method="PUT")
    answer = await reader.put(link, content=b"data", headers={"Content-Type": "application/x-test"})
    assert answer.status_code == 204
    assert await objects.get("exports", "in") == b"data"
    about = await objects.about("exports", "in")
    assert (about.kind, about.sha256) == ("application/x-test", ANY)


async def test_a_link_is_good_for_nothing_else(reader: httpx.AsyncClient, objects: FolderObjects) -> None:
    await objects.make_bucket("other")
    for bucket in ("exports", "other"):
        for key in ("a", "b"):
            await objects.put(bucket, key, b"secret")
    link = await objects.link("exports", "a")
    query = urlsplit(link).query
    last = "0" if query[-1] != "0" else "1"
    until = dict(part.split("=") for part in query.split("&"))["until"]
    for bad in (
        f"/objects/exports/b?{query}",
        f"/objects/other/a?{query}",
        f"/objects/exports/a?{query[:-1]}{last}",
        f"/objects/exports/a?{query.replace(until, str(int(until) + 1))}",
        f"/objects/exports/a?until={until}&signature=",
        f"/objects/exports/a?until={until}&signature=%C3%BC",
    ):
        answer = await reader.get(bad)
        assert (answer.status_code, b"secret" in answer.content) == (403, False), bad
    assert (await reader.put(link, content=b"new")).status_code == 403
    for bad in ("/objects/exports/a", f"/objects/exports/a?until=soon&signature={last}"):
        assert (await reader.get(bad)).status_code == 422
    outside = await reader.get(f"/objects/exports/..%2F..%2Fetc%2Fpasswd?{query}")
    assert outside.status_code in (403, 404, 422)


async def test_a_link_ends_in_its_time(reader: httpx.AsyncClient, objects: FolderObjects) -> None:
    import asyncio

    await objects.put("exports", "a", b"data")
    link = await objects.link("exports", "a", lasting=timedelta(seconds=1))
    assert (await reader.get(link)).status_code == 200
    await asyncio.sleep(1.1)
    answer = await reader.get(link)
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "this link is not valid, or not any more; ask for a new one",
    )


async def test_another_process_over_the_same_folder_makes_the_same_links(
    reader: httpx.AsyncClient, objects: FolderObjects
) -> None:
    await objects.put("exports", "a", b"data")
    other = FolderObjects(objects.address, site=SITE)
    assert (await reader.get(await other.link("exports", "a"))).status_code == 200
    secret = objects.root / ".secret"
    assert secret.stat().st_mode & 0o077 == 0


async def test_a_secret_that_was_cut_off_lets_nobody_in(
    reader: httpx.AsyncClient, objects: FolderObjects
) -> None:
    await objects.put("exports", "a", b"data")
    link = await objects.link("exports", "a")
    (objects.root / ".secret").write_bytes(b"")
    forged = hmac.new(b"", f"GET\nexports\na\n{2**31}".encode(), "sha256").hexdigest()
    for asked in (link, f"{SITE}/objects/exports/a?until={2**31}&signature={forged}"):
        assert (await reader.get(asked)).status_code == 409


async def test_what_is_not_there_is_missing(reader: httpx.AsyncClient, objects: FolderObjects) -> None:
    assert (await reader.get(await objects.link("exports", "never"))).status_code == 404


async def test_where_no_folder_is_served_there_is_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/objects/exports/a?until=1&signature=x")).status_code == 404
