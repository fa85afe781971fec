"""What links into the folder of objects lead to. A store of its own, such as S3, serves its links itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import FileResponse

from trend_agent.errors import Missing
from trend_agent.storage.folder import LINKS, FolderObjects
from trend_agent.storage.ports.objects import Method

LARGEST = 1 << 30
"""Bytes that are taken through a link."""

router = APIRouter(prefix=LINKS, include_in_schema=False)


def _objects(request: Request) -> FolderObjects:
    found = request.app.state.objects
    if found is None:
        raise Missing("no objects are served here")
    return cast(FolderObjects, found)


AtObjects = Annotated[FolderObjects, Depends(_objects)]


@router.get("/{bucket}/{key:path}")
async def get_object(objects: AtObjects, bucket: str, key: str, until: int, signature: str) -> Response:
    """The object's bytes, as a file to keep: a browser must not run what is in it."""
    await _let_in(objects, "GET", bucket, key, until, signature)
    about, path = await objects.file(bucket, key)
    name = quote(key.rpartition("/")[2], safe="")
    headers = {
        "Content-Disposition": f"attachment; filename*=utf-8''{name}",
        "Cache-Control": "private, no-store",
    }
    return FileResponse(path, media_type=about.kind, headers=headers)


@router.put("/{bucket}/{key:path}", status_code=204)
async def put_object(
    request: Request, objects: AtObjects, bucket: str, key: str, until: int, signature: str
) -> None:
    """Store the body, whole or not at all."""
    await _let_in(objects, "PUT", bucket, key, until, signature)
    kind = request.headers.get("content-type", "application/octet-stream")
    with TemporaryDirectory(prefix="trend-") as folder:
        path = Path(folder) / "body"
        await _written(request.stream(), path)
        await objects.put(bucket, key, path, kind=kind)


async def _let_in(
    objects: FolderObjects, method: Method, bucket: str, key: str, until: int, signature: str
) -> None:
    if not await objects.allowed(method, bucket, key, until=until, signature=signature):
        raise HTTPException(403, "this link is not valid, or not any more; ask for a new one")


async def _written(body: AsyncIterator[bytes], path: Path) -> None:
    size = 0
    with path.open("wb") as file:
        async for piece in body:
            size += len(piece)
            if size > LARGEST:
                raise HTTPException(413, f"an object taken through a link has at most {LARGEST} bytes")
            await asyncio.to_thread(file.write, piece)
