"""The port of the objects: large things under a key, such as raw captures, exports and backups."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from trend_agent.errors import Missing, Rejected

StorageClass = Literal["standard", "infrequent", "archive"]
Method = Literal["GET", "PUT"]

BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,29}[a-z0-9]")
METADATA = re.compile(r"[a-z][a-z0-9-]{0,30}")
LONGEST_KEY = 900
LONGEST_PART = 200
"""Bytes of a key, and of what lies between two of its slashes: what every file system and S3 can hold."""
MOST_METADATA = 500
"""Bytes of all metadata of an object: S3 takes 2 kB, once it is written in ASCII."""
LONGEST_LINK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an object. `sha256` is of its bytes, as hexadecimal digits; empty where it came through a
    link and nobody has counted it. `kind` is a media type."""

    key: str
    size: int
    sha256: str
    kind: str
    modified_at: datetime
    storage_class: StorageClass = "standard"
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a list names it."""

    key: str
    size: int
    modified_at: datetime
    storage_class: StorageClass


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, by the bytes of the keys; `next` is where the next part starts, None at the end."""

    objects: Sequence[Listed]
    next: str | None


class Objects(Protocol):
    """Every method raises Rejected for names it cannot keep, Missing for a bucket or object that is not
    there, Unavailable or Denied for the backend's faults."""

    async def make_bucket(self, bucket: str) -> None:
        """Making one that is there does nothing."""
        ...

    async def buckets(self) -> list[str]: ...

    async def drop_bucket(self, bucket: str) -> None:
        """Conflict while anything is in it."""
        ...

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
        """Store bytes or a file, whole or not at all, in place of what was there. Large ones go in parts."""
        ...

    async def get(self, bucket: str, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of [start, end). The whole is compared with its checksum: Conflict when it is damaged,
        and when it is archived and has to be restored first."""
        ...

    async def save(self, bucket: str, key: str, path: Path) -> About:
        """Bring the object to a file, whole or not at all; the same errors as `get`."""
        ...

    async def about(self, bucket: str, key: str) -> About: ...

    async def page(self, bucket: str, *, prefix: str = "", after: str = "", limit: int = 1000) -> Page:
        """Objects whose keys begin with `prefix` and come after `after`."""
        ...

    async def move(self, bucket: str, key: str, storage_class: StorageClass) -> None:
        """Keep the object in another storage class."""
        ...

    async def restore(self, bucket: str, key: str, *, days: int = 1) -> None:
        """Ask for an archived object to be readable for some days; where it is so already, nothing happens."""
        ...

    async def delete(self, bucket: str, *keys: str) -> None:
        """Deleting what is not there does nothing."""
        ...

    async def link(
        self, bucket: str, key: str, *, method: Method = "GET", lasting: timedelta = timedelta(hours=1)
    ) -> str:
        """An address that lets whoever has it read or write this object for a while, without credentials."""
        ...

    async def tidy(self, bucket: str, *, before: datetime) -> int:
        """Throw away what interrupted uploads of before left behind; how many they were."""
        ...

    async def check(self) -> list[str]:
        """What is wrong with the backend, in words; empty when it can be used."""
        ...

    async def close(self) -> None: ...


def named(bucket: str) -> str:
    if not BUCKET.fullmatch(bucket):
        raise Rejected(
            f"no name for a bucket: {bucket[:80]!r}; 3 to 31 of lower case, digits and - were expected"
        )
    return bucket


def fit(key: str) -> str:
    """The key, or Rejected."""
    parts = key.split("/")
    if not key.isprintable() or "\\" in key or any(part in {"", ".", ".."} for part in parts):
        raise Rejected(f"no key for an object: {key[:80]!r}; names between single slashes were expected")
    if len(key.encode()) > LONGEST_KEY or any(len(part.encode()) > LONGEST_PART for part in parts):
        raise Rejected(
            f"the key {key[:80]!r} is too long; {LONGEST_KEY} bytes, {LONGEST_PART} per part are the most"
        )
    return key


def fit_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    found = dict(metadata or {})
    for name, value in found.items():
        if not METADATA.fullmatch(name) or not (value.isprintable() or value == ""):
            raise Rejected(
                f"no metadata: {name[:80]!r} = {value[:80]!r}; a lower-case name and printable text"
            )
    if sum(len(name) + len(value.encode()) for name, value in found.items()) > MOST_METADATA:
        raise Rejected(f"the metadata have more than {MOST_METADATA} bytes")
    return found


def fit_data(data: bytes | Path) -> None:
    if isinstance(data, Path) and not data.is_file():
        raise Missing(f"no file {str(data)!r} to store")


def fit_lasting(lasting: timedelta) -> int:
    """Seconds a link lasts, or Rejected."""
    if not timedelta(seconds=1) <= lasting <= LONGEST_LINK:
        raise Rejected(f"a link cannot last {lasting}; up to {LONGEST_LINK.days} days were expected")
    return int(lasting.total_seconds())


def fit_range(start: int, end: int | None) -> None:
    if start < 0 or (end is not None and end <= start):
        raise Rejected(f"no range of bytes: [{start}, {end})")
