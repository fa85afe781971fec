"""Who may do what, as it is stored: keys, sessions, answers that are given once, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")
"""From the least to the most; each contains those before it."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it may be shown; the secret itself is nowhere.

    While it is rotated, the former secret is good until `former_until`. `used_at` is right to some minutes.
    """

    id: str
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None = None
    former_until: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """A key with the SHA-256 of the secrets that open it, in hexadecimal; `former` is empty where there is none."""

    key: Key
    digest: str
    former: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in, by a key or, where `key` is empty, by what another service says of them."""

    digest: str
    key: str
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered to a request that may come again; `status` is None while it is being answered."""

    fingerprint: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the audit log: who did what, from where, and what came of it.

    `seal` is a hash over this line and the seal before it; a line that was changed or taken out breaks the chain.
    """

    number: int
    at: datetime
    caller: str
    name: str
    action: str
    status: int
    address: str
    request: str
    details: Mapping[str, Any]
    seal: str = ""
