"""An object as files: where they lie, and how they are replaced in one step."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from trend_agent.errors import Conflict, Missing, Rejected
from trend_agent.storage.ports.objects import About

PIECE = 1 << 20
LONGEST_NAME = 229
"""Bytes: what file systems hold, less what is added to a name."""

_about = TypeAdapter(About)


def sidecar(folder: Path, key: str) -> Path:
    *way, name = key.split("/")
    return folder.joinpath(*map(_safe, way), f"{_safe(name)}@.json")


def bytes_of(folder: Path, about: About) -> Path:
    return sidecar(folder, about.key).with_suffix(f".{about.sha256[:24]}")


def _safe(part: str) -> str:
    """A part of a key as a file name: `@` ends an object's name, and nothing begins with a dot."""
    part = part.replace("%", "%25").replace("@", "%40")
    part = f"%2E{part[1:]}" if part.startswith(".") else part
    if len(part.encode()) > LONGEST_NAME:
        raise Rejected(f"the key part {part[:80]!r} is too long as a file name")
    return part


def _part(name: str) -> str:
    return name.replace("%2E", ".").replace("%40", "@").replace("%25", "%")


def walk(folder: Path, way: str, prefix: str, after: bytes) -> Iterator[tuple[str, Path]]:
    """Keys below a folder and their sidecars, in the order of the keys' bytes."""
    entries = []
    for entry in os.scandir(folder):
        if entry.is_dir():
            entries.append((way + _part(entry.name) + "/", entry.path))
        elif entry.name.endswith("@.json") and not entry.name.startswith("."):
            entries.append((way + _part(entry.name.removesuffix("@.json")), entry.path))
    for key, path in sorted(entries, key=lambda pair: pair[0].encode()):
        if not key.endswith("/"):
            if key.startswith(prefix) and key.encode() > after:
                yield key, Path(path)
        elif key.startswith(prefix[: len(key)]) and key.encode() >= after[: len(key.encode())]:
            yield from walk(Path(path), key, prefix, after)


def sidecars(folder: Path) -> Iterator[Path]:
    return folder.rglob("*@.json")


def read(path: Path, key: str) -> About:
    try:
        return _about.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise Missing(f"no object {key!r}") from None
    except ValidationError:
        raise Conflict(f"the object {key!r} is damaged: {str(path)!r} cannot be read") from None


def write(folder: Path, about: About) -> None:
    """Replace the sidecar, in one step that is on disk when this returns."""
    path = sidecar(folder, about.key)
    with temporary(folder) as fresh:
        copied(_about.dump_json(about), fresh)
        fresh.replace(path)
    _sync(path.parent)


def install(folder: Path, about: About, fresh: Path) -> None:
    """Make the object be what lies in the file `fresh`."""
    path = bytes_of(folder, about)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh.replace(path)
    write(folder, about)
    for other in _versions(sidecar(folder, about.key)):
        if other != path:
            other.unlink(missing_ok=True)


def _versions(about: Path) -> list[Path]:
    """The files of bytes that belong, or belonged, to the object with this sidecar."""
    begin = about.name.removesuffix("json")
    return [
        Path(e.path) for e in os.scandir(about.parent) if e.name.startswith(begin) and e.name != about.name
    ]


def drop(folder: Path, key: str) -> None:
    about = sidecar(folder, key)
    if not about.parent.is_dir():
        return
    about.unlink(missing_ok=True)
    for path in _versions(about):
        path.unlink(missing_ok=True)
    _sync(about.parent)
    for parent in about.parents:
        if parent == folder:
            return
        try:
            parent.rmdir()
        except OSError:
            return


def copied(data: bytes | Path | BinaryIO, target: Path) -> tuple[int, str]:
    """Write what is given to a file that is on disk when this returns; its size and checksum."""
    seen, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        for piece in _pieces(data):
            seen.update(piece)
            size += out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return size, seen.hexdigest()


def _pieces(data: bytes | Path | BinaryIO) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
    elif isinstance(data, Path):
        with data.open("rb") as file:
            yield from _pieces(file)
    else:
        while piece := data.read(PIECE):
            yield piece


def compare(about: About, found: str) -> None:
    """Conflict unless the bytes have the checksum they were put with, where that is known."""
    if about.sha256 and found != about.sha256:
        raise Conflict(
            f"the object {about.key!r} is damaged: its bytes do not have the checksum it was put with"
        )


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else, in whatever process, changes meanwhile which objects the bucket in this folder holds."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not os.fstat(handle).st_nlink:
            raise Missing(f"the bucket {folder.name!r} was dropped meanwhile")
        yield
    finally:
        os.close(handle)


@contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=".part-", dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
