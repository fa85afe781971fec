"""What is answered about keys, sessions and what was done, with an example of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson

from trend_agent.storage.access import Deed, Key, Scope


@dataclass(frozen=True, slots=True)
class KeyPage:
    """All keys there ever were, newest first; no secret can be shown again."""

    keys: Sequence[Key]
    next: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its text, which is shown this once."""

    key: Key
    text: str


@dataclass(frozen=True, slots=True)
class Who:
    """Who is asking, and all they may do. `csrf_token` goes into the header X-CSRF-Token of whatever a session
    changes; it is empty for who shows a key. `sign_on` is where one logs in by another service, if anywhere."""

    kind: Literal["anonymous", "key", "session"]
    key_id: str
    name: str
    scopes: Sequence[Scope]
    csrf_token: str
    expires_at: datetime | None
    sign_on: str


@dataclass(frozen=True, slots=True)
class DeedPage:
    """The audit log, newest first."""

    deeds: Sequence[Deed]
    next: str | None
    at: datetime | None


def _json(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_UTC_Z))


_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
_KEY = Key("4fKq0ZtR2w", "newsroom screen", "read", _AT, expires_at=_AT + timedelta(days=365))
_DEED = Deed(
    number=17,
    at=_AT,
    caller="9hB2mXcV1s",
    name="the first key",
    action="POST /api/v1/admin/keys",
    status=201,
    address="203.0.113.7",
    request="5d1f0c7a9be24e36",
    details={"key": _KEY.id},
    seal="b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
)
KEY = _json(_KEY)
KEY_PAGE = _json(KeyPage([_KEY], None, _AT))
NEW_KEY = _json(NewKey(_KEY, f"trend_{_KEY.id}_…"))
WHO = _json(Who("session", _KEY.id, _KEY.name, ["read"], "0d9a…", _AT + timedelta(hours=12), ""))
DEED_PAGE = _json(DeedPage([_DEED], "d17", _AT))
