"""Links into a folder: what lets their bearers in is a signature by a secret that lies in the folder."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from trend_agent.errors import Conflict
from trend_agent.storage.folder.files import copied, temporary
from trend_agent.storage.ports.objects import Method

LENGTH = 32
"""Bytes of the secret: what is shorter was cut off, and would let anybody in."""


def signature(root: Path, method: Method, bucket: str, key: str, until: int) -> str:
    """HMAC-SHA256 over all that the link lets its bearer do; `until` is in seconds since 1970."""
    told = "\n".join((method, bucket, key, str(until))).encode()
    return hmac.new(_secret(root), told, "sha256").hexdigest()


def _secret(root: Path) -> bytes:
    """What links are signed with, made when first needed; whoever comes second uses the first one's."""
    path = root / ".secret"
    if not path.exists():
        root.mkdir(parents=True, exist_ok=True)
        with temporary(root) as file:
            copied(secrets.token_bytes(LENGTH), file)
            with suppress(FileExistsError):
                os.link(file, path)
    found = path.read_bytes()
    if len(found) < LENGTH:
        raise Conflict(f"the secret at {str(path)!r} is damaged; remove it, and links made so far end")
    return found
