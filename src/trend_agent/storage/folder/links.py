"""Links into a folder: what lets their bearers in is a signature by a secret that lies in the folder."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from trend_agent.storage.folder.files import temporary
from trend_agent.storage.ports.objects import Method


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
            file.write_bytes(secrets.token_bytes(32))
            with suppress(FileExistsError):
                os.link(file, path)
    return path.read_bytes()
