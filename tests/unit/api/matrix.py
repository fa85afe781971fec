"""What every operation asks of who calls. An operation without a row fails the tests, and so does a row without one.

`open` lets everybody in, whatever they show; `session` lets everybody in who shows nothing wrong.
"""

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "GET /api/v1/admin/audit": "admin",
    "GET /api/v1/admin/keys": "admin",
    "POST /api/v1/admin/keys": "admin",
    "DELETE /api/v1/admin/keys/{id}": "admin",
    "POST /api/v1/admin/keys/{id}/rotate": "admin",
    "GET /api/v1/fate": "read",
    "GET /api/v1/items/{id}/fate": "read",
    "GET /api/v1/ledger": "read",
    "GET /api/v1/missed": "read",
    "GET /api/v1/scorecard": "read",
    "GET /api/v1/search": "read",
    "DELETE /api/v1/session": "session",
    "GET /api/v1/session": "session",
    "POST /api/v1/session": "session",
    "GET /api/v1/sources": "read",
    "GET /api/v1/stream": "read",
    "GET /api/v1/trends": "read",
    "GET /api/v1/trends/{id}": "read",
    "GET /api/v1/trends/{id}/items": "read",
    "GET /api/v1/trends/{id}/lineage": "read",
    "GET /api/v1/trends/{id}/series": "read",
    "GET /healthz": "open",
    "GET /metrics": "read",
    "GET /readyz": "open",
}

ALLOWED = {
    "open": {"none", "read", "write", "admin", "revoked", "expired", "foreign", "broken"},
    "session": {"none", "read", "write", "admin"},
    "read": {"read", "write", "admin"},
    "write": {"write", "admin"},
    "admin": {"admin"},
}
KNOWN = {"read", "write", "admin"}


def refusal(scope: str, caller: str, *, anonymous: bool) -> int | None:
    """The status by which a caller is refused; None where they are not."""
    if caller in ALLOWED[scope] or (anonymous and (scope, caller) == ("read", "none")):
        return None
    return 403 if caller in KNOWN else 401
