"""Objects in a folder: the default, which needs no service.

An object is a file of JSON beside a file of its bytes, under the path its key says. The bytes' name holds their
checksum and the JSON names it, so that replacing the JSON, which is one step, replaces the object. Links are
addresses of this program's own API, signed with a secret that lies in the folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import BinaryIO, TypeVar
from urllib.parse import quote, urlencode

from trend_agent.errors import Conflict, Denied, Misconfigured, Missing, Unavailable
from trend_agent.storage.address import Address
from trend_agent.storage.folder import files, links
from trend_agent.storage.ports.objects import (
    About,
    Listed,
    Method,
    Page,
    StorageClass,
    fit,
    fit_data,
    fit_lasting,
    fit_metadata,
    fit_range,
    named,
)

T = TypeVar("T")
LINKS = "/objects"
"""Where the API serves what links lead to."""


class FolderObjects:
    """`Objects` below one folder: `folder:PATH`. The option `site` is the address readers reach the API under."""

    def __init__(self, address: Address, *, site: str) -> None:
        address.known({"site"})
        if not address.path:
            raise Misconfigured(f"{address.setting} should be folder:PATH, found no path")
        self.address = address
        self.root = Path(address.path)
        self.site = address.options.get("site", site).rstrip("/")

    async def make_bucket(self, bucket: str) -> None:
        await self._run(lambda: (self.root / named(bucket)).mkdir(parents=True, exist_ok=True))

    async def buckets(self) -> list[str]:
        def look() -> list[str]:
            found = self.root.iterdir() if self.root.exists() else ()
            return sorted(p.name for p in found if p.is_dir() and not p.name.startswith("."))

        return await self._run(look)

    async def drop_bucket(self, bucket: str) -> None:
        def drop() -> None:
            folder = self._bucket(bucket)
            with files.alone(folder):
                if next(files.sidecars(folder), None):
                    raise Conflict(f"the bucket {bucket!r} is not empty")
                shutil.rmtree(folder)

        await self._run(drop)

    async def put(
        self,
        bucket: str,
        key: str,
        data: bytes | Path,
        *,
        kind: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        storage_class: StorageClass = "standard",
    ) -> About:
        known = fit_metadata(metadata)
        fit_data(data)

        def store() -> About:
            folder = self._bucket(bucket)
            with files.temporary(folder) as temporary:
                size, digest = files.copied(data, temporary)
                now = datetime.now(UTC)
                about = About(fit(key), size, digest, kind, now, storage_class, known)
                with files.alone(folder):
                    files.install(folder, about, temporary)
            return about

        return await self._run(store)

    async def get(self, bucket: str, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        fit_range(start, end)

        def read() -> bytes:
            about, file = self._opened(bucket, key)
            with file:
                file.seek(start)
                found = file.read() if end is None else file.read(end - start)
            if start == 0 and (end is None or end >= about.size):
                files.compare(about, hashlib.sha256(found).hexdigest())
            return found

        return await self._run(read)

    async def save(self, bucket: str, key: str, path: Path) -> About:
        def copy() -> About:
            about, file = self._opened(bucket, key)
            with file, files.temporary(path.parent) as temporary:
                files.compare(about, files.copied(file, temporary)[1])
                temporary.replace(path)
            return about

        return await self._run(copy)

    async def about(self, bucket: str, key: str) -> About:
        return await self._run(lambda: files.read(files.sidecar(self._bucket(bucket), fit(key)), key))

    async def page(self, bucket: str, *, prefix: str = "", after: str = "", limit: int = 1000) -> Page:
        def look() -> Page:
            found: list[Listed] = []
            for key, path in files.walk(self._bucket(bucket), "", prefix, after.encode()):
                if len(found) == limit:
                    return Page(found, found[-1].key)
                with suppress(Missing):  # deleted while we look
                    about = files.read(path, key)
                    found.append(Listed(key, about.size, about.modified_at, about.storage_class))
            return Page(found, None)

        return await self._run(look)

    async def move(self, bucket: str, key: str, storage_class: StorageClass) -> None:
        def change() -> None:
            folder = self._bucket(bucket)
            with files.alone(folder):
                about = files.read(files.sidecar(folder, fit(key)), key)
                files.write(folder, replace(about, storage_class=storage_class))

        await self._run(change)

    async def restore(self, bucket: str, key: str, *, days: int = 1) -> None:
        """All that is in a folder can be read at once."""
        await self.about(bucket, key)

    async def delete(self, bucket: str, *keys: str) -> None:
        def drop() -> None:
            folder = self._bucket(bucket)
            with files.alone(folder):
                for key in keys:
                    files.drop(folder, fit(key))

        await self._run(drop)

    async def link(
        self, bucket: str, key: str, *, method: Method = "GET", lasting: timedelta = timedelta(hours=1)
    ) -> str:
        until = int(time()) + fit_lasting(lasting)
        await self._run(lambda: self._bucket(bucket))
        signed = await self._run(lambda: links.signature(self.root, method, bucket, fit(key), until))
        query = urlencode({"until": until, "signature": signed})
        return f"{self.site}{LINKS}/{bucket}/{quote(key)}?{query}"

    async def allowed(self, method: Method, bucket: str, key: str, *, until: int, signature: str) -> bool:
        """Whether a link with this signature lets its bearer do it now."""
        wanted = await self._run(lambda: links.signature(self.root, method, named(bucket), fit(key), until))
        return hmac.compare_digest(wanted.encode(), signature.encode()) and until > time()

    async def file(self, bucket: str, key: str) -> tuple[About, Path]:
        """What is known of an object, and where its bytes lie."""

        def look() -> tuple[About, Path]:
            about, file = self._opened(bucket, key)
            with file:
                return about, Path(file.name)

        return await self._run(look)

    async def tidy(self, bucket: str, *, before: datetime) -> int:
        def sweep() -> int:
            folder = self._bucket(bucket)
            old = [p for p in folder.glob(".part-*") if p.stat().st_mtime < before.timestamp()]
            for path in old:
                path.unlink(missing_ok=True)
            return len(old)

        return await self._run(sweep)

    async def check(self) -> list[str]:
        def look() -> list[str]:
            self.root.mkdir(parents=True, exist_ok=True)
            if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
                return [f"the folder {str(self.root)!r} cannot be written to"]
            return []

        return await self._run(look)

    async def close(self) -> None:
        """Nothing is held open."""

    async def _run(self, work: Callable[[], T]) -> T:
        with _our_errors(self.root):
            return await asyncio.to_thread(work)

    def _bucket(self, bucket: str) -> Path:
        folder = self.root / named(bucket)
        if not folder.is_dir():
            raise Missing(f"no bucket {bucket!r} in {str(self.root)!r}")
        return folder

    def _opened(self, bucket: str, key: str) -> tuple[About, BinaryIO]:
        """What is known of an object, and its bytes."""
        folder = self._bucket(bucket)
        for _ in range(3):  # it may be replaced between the two steps
            about = files.read(files.sidecar(folder, fit(key)), key)
            with suppress(FileNotFoundError):
                return about, files.bytes_of(folder, about).open("rb")
        raise Conflict(f"the object {key!r} is damaged: its bytes are gone")


@contextmanager
def _our_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as fault:
        raise Denied(f"may not use {fault.filename!r} in the folder of objects {str(root)!r}") from fault
    except OSError as fault:
        raise Unavailable(f"the folder of objects {str(root)!r} cannot be used: {fault.strerror}") from fault
